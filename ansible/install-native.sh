#!/usr/bin/env bash
# Puts the release binary of this machine's architecture into the collection, with its SHA-256 in its name
# (a stale file cannot be taken for a new one) and a gzip beside it, which is what travels to targets.
# usage: ansible/install-native.sh [binary]
set -euo pipefail
cd "$(dirname "$0")/.."

binary=${1:-.build/release/vigie-module}
[ -x "$binary" ] || { echo "ansible/install-native.sh: no $binary; has \`make build\` been run?" >&2; exit 1; }
folder=ansible/collections/ansible_collections/vigie/dba/plugins/native/$(uname -m)
digest=$(sha256sum "$binary" | cut -d' ' -f1)
target=$folder/vigie-module-$digest

mkdir -p "$folder"
if ! [ -f "$target" ] || ! [ -f "$target.gz" ]; then
    rm -f "$folder"/vigie-module-*
    gzip -9 -n -c "$binary" > "$target.gz.part"
    mv "$target.gz.part" "$target.gz"
    install -m 0755 "$binary" "$target.part"
    mv "$target.part" "$target"
fi
