#!/bin/bash
# SPDX-License-Identifier: MIT
# The README's pictures show what a run shows now.
set -euo pipefail
exec "$MUSTER_SOURCE_DIR/packaging/pictures" --check
