#!/bin/bash
# SPDX-License-Identifier: MIT
# What a person sees: muster on a pseudo-terminal, read by a terminal emulator.
exec /usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/terminal.py" "$@"
