#!/usr/bin/env bash
# The collection through real ansible-playbook runs: as ordinary binary modules, with the action plugin, over a
# loopback sshd, and on a target that has no Python.
#   VIGIE_MODULE      release binary (default .build/release/vigie-module)
#   VIGIE_TEST_PG*    a private cluster as Tests/Support/cluster.sh gives it; started here when not set
#   VIGIE_TEST_KEEP   keep the workspace
# `Tests/Ansible/run.sh PATTERN` runs only the parts of checks/ whose names begin so.
# One line for each check and a closing line of totals; exit status 1 when a check failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
here=$PWD/Tests/Ansible
repository=$PWD
# shellcheck source=SCRIPTDIR/support.sh
source "$here/support.sh"

module_binary=$(realpath "${VIGIE_MODULE:-.build/release/vigie-module}")
ansible_bin=${VIGIE_ANSIBLE_BIN:-$repository/.venv/bin}
tester_password="tester's secret"

workspace
trap finish EXIT
trap 'exit 130' INT TERM
if [ -z "${VIGIE_TEST_PGHOST:-}" ]; then
    settings=$(Tests/Support/cluster.sh start "$work/cluster")
    eval "$settings"
    trap 'Tests/Support/cluster.sh stop "$work/cluster"; finish' EXIT
fi

check "stubs and runtime.yml are what the modules declare" ansible/generate-stubs.sh --check "$module_binary"
check "the collection builds and installs as a tarball" install_collection

targets=yes
if [ "$(id -u)" != 0 ]; then
    targets="root is needed for sshd with other accounts"
elif ! unshare --mount true 2> /dev/null; then
    targets="this machine forbids mount namespaces"
fi
if [ "$targets" = yes ]; then
    private_etc
    bare_root
    start_sshd
fi
inventory
mapfile -t modules < <("$module_binary" --list | awk '{ print $1 }')

for part in "$here"/checks/*.sh; do
    [ -z "${1:-}" ] || [[ $(basename "$part") == $1* ]] || continue
    # shellcheck disable=SC1090
    source "$part"
done

echo "Ansible: $passed passed, $failed failed$([ $skipped = 0 ] || echo ", $skipped skipped")"
[ "$failed" = 0 ]
