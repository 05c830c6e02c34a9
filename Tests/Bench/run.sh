#!/usr/bin/env bash
# Our modules against community.postgresql's, in one run: a task of each module that leaves nothing to change (module
# process alone, by ansible-playbook, over ssh; its statements), and roles and grants by two loops.
#   VIGIE_PEER_CHECKOUT        a checkout of community.postgresql (4.2.0 is the reference); without it, ours only
#   VIGIE_BENCH_RUNS           runs of each module process (default 30)
#   VIGIE_BENCH_TASKS          tasks in each playbook of ping and user (default 20)
#   VIGIE_BENCH_ROUNDS         rounds of these playbooks (default 4)
#   VIGIE_BENCH_MODULE_TASKS   tasks in each playbook of every module (default 10; 0 leaves this part out)
#   VIGIE_BENCH_MODULE_ROUNDS  rounds of these playbooks (default 2)
#   VIGIE_BENCH_ROLES          roles, and grants, of the two loops (default 300; 0 leaves this part out)
# Exit status 1 when a goal is missed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
here=$PWD/Tests/Ansible
repository=$PWD
# shellcheck source=SCRIPTDIR/../Ansible/support.sh
source "$here/support.sh"

module_binary=$(realpath "${VIGIE_MODULE:-.build/release/vigie-module}")
ansible_bin=$repository/.venv/bin
tester_password=unused

workspace
settings=$(Tests/Support/cluster.sh start "$work/cluster")
eval "$settings"
trap 'Tests/Support/cluster.sh stop "$work/cluster"; finish' EXIT
trap 'exit 130' INT TERM

install_collection
compiler=$(command -v clang || command -v cc)
"$compiler" -O2 -o "$work/measure" Tests/Bench/measure.c
if [ -n "${VIGIE_PEER_CHECKOUT:-}" ]; then
    HOME=$user_home ansible/setup.sh peer
    mkdir -p "$work/collections/ansible_collections/community"
    ln -s "$(realpath "$VIGIE_PEER_CHECKOUT")" "$work/collections/ansible_collections/community/postgresql"
else
    echo "VIGIE_PEER_CHECKOUT is not set: no comparison with community.postgresql, only our own figures."
fi
ssh=no
if [ "$(id -u)" = 0 ] && unshare --mount true 2> /dev/null; then
    private_etc
    bare_root
    start_sshd
    ssh=yes
else
    echo "Root and mount namespaces are needed for the loopback sshd: local figures only."
fi
inventory

"$ansible_bin/python" Tests/Bench/bench.py --work "$work" --module "$module_binary" --ssh "$ssh"
