#!/usr/bin/env bash
# Figures, ratios and goals, in two parts; arguments choose one, else both are measured.
#   modules   our modules against community.postgresql's, in one run: a task of each module that leaves nothing to change
#             (module process alone, by ansible-playbook, over ssh; its statements), and roles and grants by two loops
#   runbook   the runbook executor beside make, a shell loop, go-task and ansible-playbook: what a step costs, start-up,
#             long runs, the journal
# Modules:
#   VIGIE_PEER_CHECKOUT        a checkout of community.postgresql (4.2.0 is the reference); without it, ours only
#   VIGIE_BENCH_RUNS           runs of each module process (default 30)
#   VIGIE_BENCH_TASKS          tasks in each playbook of ping and user (default 20)
#   VIGIE_BENCH_ROUNDS         rounds of these playbooks (default 4)
#   VIGIE_BENCH_MODULE_TASKS   tasks in each playbook of every module (default 10; 0 leaves this part out)
#   VIGIE_BENCH_MODULE_ROUNDS  rounds of these playbooks (default 2)
#   VIGIE_BENCH_ROLES          roles, and grants, of the two loops (default 300; 0 leaves this part out)
# Runbook:
#   VIGIE_BENCH_STEPS          steps of each document, targets of each Makefile and so on (default 100)
#   VIGIE_BENCH_STEP_ROUNDS    rounds of them (default 20)
#   VIGIE_BENCH_LONG_STEPS     steps of the long run (default 10000)
#   VIGIE_BENCH_RECORDS        records of the journal that is resumed and verified (default 100000)
# Exit status 1 when a goal is missed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
here=$PWD/Tests/Ansible
repository=$PWD
# shellcheck source=SCRIPTDIR/../Ansible/support.sh
source "$here/support.sh"

ansible_bin=$repository/.venv/bin
tester_password=unused

bench_modules() {
    local module_binary ssh=no
    module_binary=$(realpath "${VIGIE_MODULE:-.build/release/vigie-module}")
    settings=$(Tests/Support/cluster.sh start "$work/cluster")
    eval "$settings"
    trap 'Tests/Support/cluster.sh stop "$work/cluster"; finish' EXIT
    install_collection
    if [ -n "${VIGIE_PEER_CHECKOUT:-}" ]; then
        HOME=$user_home ansible/setup.sh peer
        mkdir -p "$work/collections/ansible_collections/community"
        ln -s "$(realpath "$VIGIE_PEER_CHECKOUT")" "$work/collections/ansible_collections/community/postgresql"
    else
        echo "VIGIE_PEER_CHECKOUT is not set: no comparison with community.postgresql, only our own figures."
    fi
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
}

bench_runbook() {
    local runbook
    runbook=$(realpath "${RUNBOOK:-.build/release/runbook}")
    [ -x "$ansible_bin/task" ] \
        || HOME=$user_home "$ansible_bin/python" -m pip install --quiet --disable-pip-version-check 'go-task-bin>=3.54,<4' \
        || echo "go-task cannot be installed, therefore left out."
    mkdir -p "$work/runbook"
    "$ansible_bin/python" Tests/Bench/runbook.py --work "$work/runbook" --measure "$work/measure" --runbook "$runbook"
}

parts=("$@")
[ $# -gt 0 ] || parts=(modules runbook)
for part in "${parts[@]}"; do
    case $part in
        modules | runbook) ;;
        *) echo "Tests/Bench/run.sh: no part $part; modules or runbook?" >&2; exit 2 ;;
    esac
done
if [ "${#parts[@]}" -gt 1 ]; then
    missed=0
    for part in "${parts[@]}"; do Tests/Bench/run.sh "$part" || missed=1; done
    exit "$missed"
fi

workspace
trap finish EXIT
trap 'exit 130' INT TERM
compiler=$(command -v clang || command -v cc)
"$compiler" -O2 -o "$work/measure" Tests/Bench/measure.c
"bench_${parts[0]}"
