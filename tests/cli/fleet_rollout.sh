#!/bin/bash
# SPDX-License-Identifier: MIT
# Rollouts on a fleet of real OpenSSH servers.
exec /usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/fleet_rollout.py" "$@"
