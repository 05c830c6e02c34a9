#!/usr/bin/env bash
# The demonstration: deploys the town hall's database on this machine, backs it up, breaks it, and restores it with
# a runbook that is killed on the way. Asks nothing, installs nothing, and may be run again and again.
#
#   inventories/demo/demo.sh run      what `make demo` calls once the programs are built
#   inventories/demo/demo.sh clean    stops the server and removes everything that run made
#
# Everything lies in one folder (`inventories/demo/cluster.sh home`), the modules' copy on the "target" too: the
# demonstration gives Ansible a home of its own.
set -Eeuo pipefail
umask 022
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
repository=$PWD
cluster=inventories/demo/cluster.sh
runbook=$repository/.build/release/runbook
document=runbooks/restauration-base.yml
host=mairie-demo

fail() { printf '\ndemo.sh: %s\n' "$*" >&2; exit 1; }
title() { printf '\n\033[1m== %s\033[0m\n' "$*" | if [ -t 1 ]; then cat; else sed $'s/\033\\[[0-9]*m//g'; fi; }
trap 'echo "demo.sh: line $LINENO failed" >&2' ERR
seconds() { awk -v a="$1" -v b="${2:-$EPOCHREALTIME}" 'BEGIN { printf "%.1f", b - a }'; }
sql() { psql -XAtq -v ON_ERROR_STOP=1 "$@"; }

# play PLAYBOOK [ARGUMENT...]: its log in $logs, its recap on the screen; play_changed and play_seconds afterwards.
play() {
    local name=$1 log begin=$EPOCHREALTIME
    shift
    plays=$((plays + 1))
    log=$logs/$plays-$name.log
    env HOME="$home/compte" ANSIBLE_CONFIG="$home/compte/ansible.cfg" ANSIBLE_HOME="$home/compte/.ansible" \
        ANSIBLE_REMOTE_TEMP="$home/compte/.ansible/tmp" ANSIBLE_NOCOLOR=1 \
        ANSIBLE_LOCALHOST_WARNING=False LC_ALL=C.UTF-8 \
        "$repository/.venv/bin/ansible-playbook" -i inventories/demo/hosts.yml "playbooks/$name.yml" "$@" \
        > "$log" 2>&1 < /dev/null \
        || { tail -n 40 "$log" >&2; fail "playbooks/$name.yml failed; the whole log is in $log"; }
    play_seconds=$(seconds "$begin")
    play_changed=$(sed -n '/^PLAY RECAP/,$s/.* changed=\([0-9]*\).*/\1/p' "$log" | awk '{ n += $1 } END { print n + 0 }')
    sed -n '/^PLAY RECAP/,$s/^[a-z].* : ok=.*/  &/p' "$log" | tr -s ' '
    echo "  playbooks/$name.yml: $play_changed changed, $play_seconds s"
}

# Each table with its exact number of rows.
row_counts() {
    sql -d mairie << 'SQL'
SELECT c.oid::regclass AS nom,
       (xpath('/row/n/text()', query_to_xml('SELECT count(*) AS n FROM ' || c.oid::regclass, false, true, '')))[1]::text
FROM pg_class AS c
WHERE c.relkind = 'r' AND c.relnamespace::regnamespace::text IN (
    'referentiel', 'securite', 'citoyen', 'demande', 'rdv', 'audit', 'vigie_meta')
ORDER BY c.oid::regclass::text;
SQL
}
total() { awk -F'|' '{ n += $2 } END { print n + 0 }' "$1"; }
# Ends executors and supervisors of the demonstration's own runs: an interrupted demonstration may leave them.
end_runs() {
    local file process
    for file in /proc/[0-9]*/environ; do
        process=${file//[^0-9]/}
        case $(readlink "/proc/$process/exe" 2> /dev/null || true) in
            */runbook | */runbook-supervisor) ;;
            *) continue ;;
        esac
        if tr '\0' '\n' < "$file" 2> /dev/null | grep -xF "RUNBOOK_STATE_DIR=$1" > /dev/null; then
            kill -9 "$process" 2> /dev/null || true
            while kill -0 "$process" 2> /dev/null; do sleep 0.05; done
        fi
    done
}

# A demonstration that was stopped half-way leaves a damaged base or an open run: both are made anew.
forget_unfinished() {
    local base
    if [ -e "$unfinished" ]; then
        end_runs "$executions"
        echo "  an earlier demonstration was interrupted: its database is dropped and deployed again"
        sql -d postgres -c 'DROP DATABASE IF EXISTS mairie WITH (FORCE)'
        rm -rf -- "$executions"
    fi
    for base in $(sql -d postgres -c "SELECT datname FROM pg_database WHERE datname ~ '^mairie_(avant|neuve)_'"); do
        echo "  dropping $base, which an earlier demonstration set aside"
        sql -d postgres -c "DROP DATABASE \"$base\" WITH (FORCE)"
    done
    rm -f -- "$unfinished"
}

appointments() {
    local log=$logs/rendez-vous.log
    (cd ansible/roles/mairie/files/postgresql/demonstration \
        && PGUSER=agt_1004 PGPASSWORD=$(< "$home/secrets/agt_1004") psql -X -d mairie -f rendez_vous.sql) > "$log" 2>&1 \
        || { cat "$log" >&2; fail "the appointments failed"; }
    grep -q 'SQLSTATE MR005' "$log" || { cat "$log" >&2; fail "the second appointment on a full slot was not refused"; }
    sed 's/^/  /' "$log"
}

# Kills the executor while the command of the step `restaurer` runs.
run_and_kill() {
    local log=$logs/runbook-run.log executor journal="" earlier
    earlier=$(ls "$executions"/runs/*/journal.jsonl 2> /dev/null || true)
    "$runbook" run --lang fr "$document" -p sauvegarde="$backup" -p hote="$PGHOST" -p port="$PGPORT" > "$log" 2>&1 \
        < /dev/null &
    executor=$!
    disown "$executor"  # the shell says nothing about the kill
    for _ in {1..1200}; do
        [ -n "$journal" ] || journal=$(ls "$executions"/runs/*/journal.jsonl 2> /dev/null | grep -vxF "$earlier" | tail -n 1 || true)
        if [ -n "$journal" ] && grep '"kind":"intent"' "$journal" | grep -q '"step":"restaurer"'; then break; fi
        kill -0 "$executor" 2> /dev/null || { cat "$log" >&2; fail "the runbook ended before it could be killed"; }
        sleep 0.05
    done
    kill -9 "$executor" 2> /dev/null || { cat "$log" >&2; fail "the runbook ended before it could be killed"; }
    while kill -0 "$executor" 2> /dev/null; do sleep 0.05; done
    sed 's/^/  /' "$log"
    run=$(basename "$(dirname "$journal")")
}

run() {
    local begin=$EPOCHREALTIME home logs executions unfinished plays=0 play_seconds play_changed
    local tool
    for tool in "$runbook" .build/release/vigie-module .build/release/devtool .venv/bin/ansible-playbook; do
        [ -x "$tool" ] || fail "$tool is missing: start the demonstration with make demo"
    done

    title "A private PostgreSQL, on a Unix socket"
    $cluster start
    eval "$($cluster env)"
    home=$VIGIE_DEMO_HOME logs=$home/journaux executions=$home/executions unfinished=$home/en-cours
    export RUNBOOK_STATE_DIR=$executions
    mkdir -p "$home/compte" "$logs"
    echo "[defaults]" > "$home/compte/ansible.cfg"  # not the one that this account may have
    rm -f -- "$logs"/*.log
    forget_unfinished

    title "Deployment: roles, database, schema, 1 % of the town's data, backup, audit"
    play site
    local first_seconds=$play_seconds first_changed=$play_changed
    title "The same deployment again: nothing may change"
    play site
    [ "$play_changed" = 0 ] || fail "the second deployment changed $play_changed things"
    local second_seconds=$play_seconds
    play audit
    local report=$home/rapports/audit-$host.json

    title "An appointment that is committed, and one that is rolled back (role agt_1004, a desk clerk)"
    appointments

    title "A backup of now"
    row_counts > "$home/comptes-avant"
    play backup -e mairie_sauvegarde_intervalle=0s
    [ "$play_changed" != 0 ] || fail "no backup was made"
    local backup manifest
    manifest=$(find "$home/sauvegardes" -name manifest.json -not -path "$home/sauvegardes/*/.*" -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d' ' -f2-)
    [ -n "$manifest" ] || fail "no manifest below $home/sauvegardes"
    backup=$(dirname "$manifest")
    local backup_seconds=$play_seconds
    local backup_bytes
    backup_bytes=$(du -sb "$backup" | cut -f1)
    echo "  $(basename "$backup"): $backup_bytes bytes, every table counted in the dump's own snapshot"

    title "The accident: a DELETE without WHERE, and one with the wrong one"
    touch "$unfinished"
    sql -d mairie -c 'SET session_replication_role = replica' -c 'DELETE FROM citoyen.contact' \
        -c "DELETE FROM demande.demande_statut_histo WHERE demande_id % 2 = 0"
    row_counts > "$home/comptes-accident"
    local rows lost
    rows=$(total "$home/comptes-avant")
    lost=$((rows - $(total "$home/comptes-accident")))
    [ "$lost" -gt 0 ] || fail "the accident deleted nothing"
    join -t '|' "$home/comptes-avant" "$home/comptes-accident" \
        | awk -F'|' '$2 != $3 { printf "  %-40s %8d rows -> %8d\n", $1, $2, $3 }'

    title "The runbook restores beside the damaged base, compares and swaps. Its executor is killed on the way."
    local run="" restore_begin=$EPOCHREALTIME
    run_and_kill
    echo "  kill -9: the executor is gone; the command of its step goes on"

    title "runbook resume: what was finished is not repeated"
    "$runbook" resume --lang fr "$run" > "$logs/runbook-resume.log" 2>&1 < /dev/null \
        || { cat "$logs/runbook-resume.log" >&2; fail "resume ended with an error"; }
    local restore_seconds journal=$executions/runs/$run/journal.jsonl intents head
    restore_seconds=$(seconds "$restore_begin")
    sed 's/^/  /' "$logs/runbook-resume.log"
    intents=$(grep '"kind":"intent"' "$journal" | grep '"step":"restaurer"' | grep -c '"purpose":"run"')
    "$runbook" verify "$run" > "$logs/runbook-verify.log" 2>&1 || { cat "$logs/runbook-verify.log" >&2; fail "the journal does not verify"; }
    head=$(grep -oE '[0-9a-f]{64}' "$logs/runbook-verify.log" "$logs/runbook-resume.log" -h | tail -n 1)
    row_counts > "$home/comptes-apres"
    diff "$home/comptes-avant" "$home/comptes-apres" > /dev/null \
        || { diff "$home/comptes-avant" "$home/comptes-apres" >&2 || true; fail "the counts are not those of before"; }
    rm -f -- "$unfinished"

    title "Summary"
    cat << END
  deployed     $first_changed changes in $first_seconds s; the second run changed 0 in $second_seconds s
  data         $rows rows in $(grep -c . "$home/comptes-avant") tables
  audit        $("$repository/.venv/bin/python" - "$report" << 'PYTHON'
import json, sys
summary = json.load(open(sys.argv[1], encoding="utf-8"))["summary"]
worst = ("critical", "high", "medium", "low", "info")
print(", ".join(f"{summary['failures'].get(name, 0)} {name}" for name in worst),
      f"({summary['status'].get('pass', 0)} rules pass)")
PYTHON
)
  backup       $(basename "$backup"), $backup_bytes bytes, $backup_seconds s
  damage       $lost rows deleted
  restored     every row back, $restore_seconds s with the kill; the restoring step was started $intents time(s)
  run          $run
  head hash    $head
  in all       $(seconds "$begin") s

  journal      $journal
  audit report $report
  backup       $backup
  logs         $logs
  guides       docs/exploitation/ (French), docs/tutorial.md

  psql         eval "\$(inventories/demo/cluster.sh env)" && psql mairie
  remove all   make demo-clean
END
}

case "${1:-}" in
    run) run ;;
    clean)
        end_runs "$($cluster home)/executions"
        $cluster destroy
        ;;
    *) sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
