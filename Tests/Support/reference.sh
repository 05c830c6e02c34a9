#!/usr/bin/env bash
# Reference pages of the modules, docs/reference/modules/<module>.md, from the modules' own declarations.
#   Tests/Support/reference.sh write|check
# check writes nothing, shows what is stale and fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

binary=${VIGIE_MODULE:-.build/release/vigie-module}
folder=docs/reference/modules
fresh=$(mktemp -d)
trap 'rm -rf -- "$fresh"' EXIT

for module in $("$binary" --list); do
    "$binary" --describe "$module" > "$fresh/$module.md"
done
case "${1:-}" in
    write)
        mkdir -p "$folder"
        rm -f "$folder"/*.md
        cp "$fresh"/*.md "$folder/"
        ;;
    check)
        diff -ru "$folder" "$fresh" || { echo "stale: run make docs" >&2; exit 1; }
        ;;
    *) sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
