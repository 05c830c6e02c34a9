#!/usr/bin/env bash
# The lint suite: what `swift format` refuses is one failure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
if swift format lint --strict --recursive Package.swift Sources Tests; then
    echo "1 passed, 0 failed"
else
    echo "0 passed, 1 failed"
    exit 1
fi
