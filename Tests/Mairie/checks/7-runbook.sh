# The restore runbook on a copy of the data: damaged and restored; killed, also in each step, and resumed; rolled back.
if ! runbooks_are_built; then return 0; fi
document=runbooks/restauration-base.yml
target=${base}_r
export RUNBOOK_STATE_DIR=$work/runs

fresh_target() { sql -d postgres -c "DROP DATABASE IF EXISTS $target WITH (FORCE)" -c "CREATE DATABASE $target TEMPLATE $base
    OWNER own_mairie"; }
# A backup by the backup module; its folder is $backup.
make_backup() {
    mkdir -p -m 700 "$work/repository"
    "$module" - > "$work/backup.json" << END
{"_ansible_module_name": "postgresql_backup", "repository": "$work/repository", "initialize": true,
 "databases": ["$target"], "format": "custom", "compression": "zstd", "verify_level": "structure",
 "login_unix_socket": "$PGHOST", "login_port": $PGPORT, "login_user": "$PGUSER"}
END
    backup=$(dirname "$(find "$work/repository" -name manifest.json -not -path '*/.incoming/*')")
}
damage() { sql -d "$target" -c "SET session_replication_role = replica" -c "DELETE FROM citoyen.contact WHERE contact_id < 3000"; }
contacts() { sql -d "$target" -c "SELECT count(*) FROM citoyen.contact"; }
start() {
    "$runbook" run --lang en "$document" -p base="$target" -p sauvegarde="$backup" -p hote="$PGHOST" -p port="$PGPORT" \
        -p compte="$PGUSER" "$@" > "$work/run.log" 2>&1 < /dev/null
}
last_run() { basename "$(ls -d "$RUNBOOK_STATE_DIR"/runs/* | tail -n 1)"; }
state() { sql -d postgres -c "SELECT string_agg(regexp_replace(datname, '_[a-z0-9]{5}$', '_X') || ' ' || datallowconn, ', ' ORDER BY datname)
    FROM pg_database WHERE datname LIKE '$target%'"; }
# Runs the document in the background and waits for a line of its output; the executor's process is $executor.
start_until() {
    local line=$1
    shift
    start "$@" &
    wait_for=$!
    disown  # the shell says nothing about the kill
    for _ in {1..300}; do
        if grep -qF "$line" "$work/run.log"; then break; fi
        sleep 0.1
    done
    executor=$(pgrep -P "$wait_for" 2>/dev/null || echo "$wait_for")
}

if "$runbook" check "$document" > "$work/check.log" 2>&1; then pass; else miss "the document is valid" "$(cat "$work/check.log")"; fi

fresh_target
make_backup
before=$(contacts)
damage
status=0
start || status=$?
expect "restored to the last row, the damaged base kept aside and closed" "0|$before|$target true, ${target}_avant_X false" \
    "$status|$(contacts)|$(state)"
if grep -q "citoyen.contact" "$RUNBOOK_STATE_DIR/runs/$(last_run)"/* -r 2> /dev/null; then pass; else
    miss "the difference between base and backup is told"; fi
for old in $(sql -d postgres -c "SELECT datname FROM pg_database WHERE datname LIKE '${target}_avant_%'"); do
    sql -d postgres -c "DROP DATABASE $old"
done

# Killed in the middle of the restore: the command goes on, resume adopts its end and repeats nothing.
damage
: > "$work/run.log"
start_until "[ 4/10]"
sleep 1
kill -9 "$executor" "$wait_for" 2> /dev/null || true
while kill -0 "$executor" 2> /dev/null; do sleep 0.1; done
expect "after the kill the base in service is untouched" "$target true, ${target}_neuve_X true" "$(state)"
status=0
"$runbook" resume --lang en "$(last_run)" > "$work/run.log" 2>&1 || status=$?
journal=$RUNBOOK_STATE_DIR/runs/$(last_run)/journal.jsonl
expect "resume finishes without repeating a step" "0|$before|1" \
    "$status|$(contacts)|$(grep '"kind":"intent"' "$journal" | grep '"step":"restaurer"' | grep -c '"purpose":"run"')"
for old in $(sql -d postgres -c "SELECT datname FROM pg_database WHERE datname LIKE '${target}_avant_%'"); do
    sql -d postgres -c "DROP DATABASE $old"
done

# The same with a kill in each step.
damage
killed_all_along "$document" -p base="$target" -p sauvegarde="$backup" -p hote="$PGHOST" -p port="$PGPORT" -p compte="$PGUSER"
expect "restored, once, although killed in each step" "0|$before|1|$target true, ${target}_avant_X false" \
    "$status|$(contacts)|$(records started restaurer run)|$(state)"
died_everywhere "restore" "$document"
export RUNBOOK_STATE_DIR=$work/runs
for old in $(sql -d postgres -c "SELECT datname FROM pg_database WHERE datname LIKE '${target}_avant_%'"); do
    sql -d postgres -c "DROP DATABASE $old"
done

# The check after the swap fails: names and connections come back, the new base goes.
damage
damaged=$(contacts)
sql -d postgres -c "REVOKE grp_portail FROM app_portail"
status=0
start || status=$?
sql -d postgres -c "GRANT grp_portail TO app_portail"
expect "a failed final check takes everything back" "6|$damaged|$target true" "$status|$(contacts)|$(state)"

# A person refuses.
status=0
start -p recette=true || status=$?
expect "the acceptance step waits for a person" 4 "$status"
"$runbook" attest "$(last_run)" recette --choice non_conforme --evidence dossiers=essai > /dev/null 2>&1 || true
status=0
"$runbook" resume --lang en "$(last_run)" > "$work/run.log" 2>&1 || status=$?
expect "a refusal takes everything back" "6|$damaged|$target true" "$status|$(contacts)|$(state)"

# A damaged backup is refused before anything is made.
printf x | dd of="$backup/$target.dump.zst" bs=1 seek=5000 conv=notrunc status=none
status=0
start || status=$?
expect "a backup with one changed byte stops the run before any effect" "1|$target true" "$status|$(state)"
sql -d postgres -c "DROP DATABASE $target WITH (FORCE)"

# The reports, by the account that has no other right.
mkdir "$work/exports"
status=0
"$runbook" run --lang en runbooks/pilotage-export.yml -p base="$base" -p dossier="$work/exports" -p hote="$PGHOST" \
    -p port="$PGPORT" > "$work/run.log" 2>&1 < /dev/null || status=$?
expect "reports are computed and exported by svc_pilotage" "0|5" "$status|$(ls "$work/exports" | grep -c '[.]csv$')"
