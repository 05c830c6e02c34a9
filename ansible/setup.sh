#!/usr/bin/env bash
# Python environment in .venv with Ansible from PyPI. Does nothing when it is already there.
# `ansible/setup.sh peer` also installs psycopg2, which only the comparison with community.postgresql needs.
set -euo pipefail
cd "$(dirname "$0")/.."

ansible_core="ansible-core>=2.19.14,<2.20"
peer="psycopg2-binary>=2.9,<3"
venv=.venv

usable() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

if ! [ -x "$venv/bin/python" ] || ! usable "$venv/bin/python"; then
    for python in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 /usr/bin/python3; do
        [ -n "$python" ] && usable "$python" && break
        python=
    done
    [ -n "$python" ] || { echo "ansible/setup.sh: no Python 3.11 or newer; is it installed?" >&2; exit 1; }
    rm -rf "$venv"
    "$python" -m venv "$venv"
fi

wanted=("$ansible_core")
[ "${1:-}" = peer ] && wanted+=("$peer")
stamp="$venv/installed"
if [ "$(cat "$stamp" 2>/dev/null)" != "${wanted[*]}" ] && ! grep -qxF "${wanted[*]} $peer" "$stamp" 2>/dev/null; then
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "${wanted[@]}"
    printf '%s\n' "${wanted[*]}" > "$stamp"
fi
