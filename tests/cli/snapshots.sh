#!/bin/bash
# SPDX-License-Identifier: MIT
# Command lines and what they print, as tests/cli/snapshots.txt has them. With MUSTER_UPDATE=1 that file is written anew.
exec python3 "$MUSTER_SOURCE_DIR/tests/cli/snapshots.py" "$MUSTER_SOURCE_DIR/tests/cli/snapshots.txt"
