#!/usr/bin/env bash
# Builds dist/vigie-dba-<version>.tar.gz: the collection with the binary of this machine's architecture.
# usage: ansible/build-collection.sh [binary]
set -euo pipefail
cd "$(dirname "$0")/.."

ansible/install-native.sh "$@"
mkdir -p dist
.venv/bin/ansible-galaxy collection build --force --output-path dist \
    ansible/collections/ansible_collections/vigie/dba
