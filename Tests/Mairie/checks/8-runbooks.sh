# Backup check and password rotation: killed in each step and taken up, taken back, refused.
if ! runbooks_are_built; then return 0; fi

# MARK: verification-sauvegarde

document=runbooks/verification-sauvegarde.yml
target=${base}_v
sql -d postgres -c "CREATE DATABASE $target TEMPLATE $base OWNER own_mairie"
mkdir -m 700 "$work/verified"
"$module" - > "$work/backup.json" << JSON
{"_ansible_module_name": "postgresql_backup", "repository": "$work/verified", "initialize": true,
 "databases": ["$target"], "format": "custom", "compression": "zstd", "verify_level": "structure",
 "login_unix_socket": "$PGHOST", "login_port": $PGPORT, "login_user": "$PGUSER"}
JSON
backup=$(dirname "$(find "$work/verified" -name manifest.json -not -path '*/.incoming/*')")
arguments=(-p base="$target" -p hote="$PGHOST" -p port="$PGPORT" -p compte="$PGUSER")
# Trial databases that are left.
trials() { sql -d postgres -c "SELECT count(*) FROM pg_database WHERE datname LIKE '${target}_essai_%'"; }

planned "$document" "${arguments[@]}" -p sauvegarde="$backup"
expect "a plan makes nothing" 0 "$(trials)"
killed_all_along "$document" "${arguments[@]}" -p sauvegarde="$backup"
expect "a good backup is restored beside, compared and removed" "0|0|1|1|1" \
    "$status|$(trials)|$(records started creer_base run)|$(records started restaurer run)|$(records started supprimer run)"
died_everywhere "backup check" "$document"

# A backup that says more rows than it holds: the comparison finds it, and the trial goes although it is killed on the way.
cp -r "$backup" "$work/wrong"
sed -i -E '0,/("referentiel\.service": *)[0-9]+/s//\1999999/' "$work/wrong/manifest.json"
killed_all_along "$document" "${arguments[@]}" -p sauvegarde="$work/wrong"
expect "rows that are missing fail the check, and nothing is left" "6|0|1" \
    "$status|$(trials)|$(records failed comptage)"

# A cut archive whose manifest agrees with it: only reading it to its end tells.
cp -r "$backup" "$work/cut"
archive=$work/cut/$target.dump.zst
truncate -s $(($(stat -c %s "$archive") * 6 / 10)) "$archive"
sed -i "s/$(sha256sum "$backup/$target.dump.zst" | cut -d ' ' -f 1)/$(sha256sum "$archive" | cut -d ' ' -f 1)/" \
    "$work/cut/manifest.json"
run_once "$document" "${arguments[@]}" -p sauvegarde="$work/cut"
expect "a cut archive fails the restore, and nothing is left" "6|0|1" "$status|$(trials)|$(records failed restaurer)"

run_once "$document" "${arguments[@]}" -p sauvegarde="$backup" -p age_max=1ms
expect "an old backup stops the check before any effect" "1|0" "$status|$(records intent creer_base)"
sql -d postgres -c "DROP DATABASE $target WITH (FORCE)"

# MARK: rotation-mot-de-passe

native=(ansible/collections/ansible_collections/vigie/dba/plugins/native/*/vigie-module-*)
if ! [ -x .venv/bin/ansible-playbook ] || ! [ -x "${native[0]}" ]; then
    skip "password rotation" "no .venv or no binary in the collection (make setup collection)"
    return 0
fi
document=runbooks/rotation-mot-de-passe.yml
role=${base}_compte
first_secret=$work/premier.secret
second_secret=$work/second.secret
(
    umask 077
    printf 'Premier-%s-%s\n' $RANDOM$RANDOM $RANDOM$RANDOM > "$first_secret"
    printf 'Second-%s-%s\n' $RANDOM$RANDOM $RANDOM$RANDOM > "$second_secret"
)
# The verifier is made by the server, from a statement that its log keeps: this secret is looked for elsewhere only.
sql -d postgres -c "CREATE ROLE $role LOGIN PASSWORD '$(cat "$first_secret")'"
arguments=(-p role="$role" -p hote="$PGHOST" -p port="$PGPORT" -p compte="$PGUSER")
forwards=(-p nouveau="$second_secret" -p ancien="$first_secret")
# enters FILE: whether the account gets in with the password of this file.
enters() {
    local word=out
    ! PGPASSWORD=$(cat "$1") PGPASSFILE=/dev/null psql -XAtqw -h 127.0.0.1 -U "$role" -d postgres -c 'SELECT 1' \
        > /dev/null 2>&1 || word=in
    echo $word
}
both() { echo "$(enters "$first_secret") $(enters "$second_secret")"; }
path_before=$PATH
PATH=$PWD/.venv/bin:$PATH
export ANSIBLE_NOCOLOR=1 ANSIBLE_LOCALHOST_WARNING=0 ANSIBLE_INVENTORY_UNPARSED_WARNING=0

planned "$document" "${arguments[@]}" "${forwards[@]}"
expect "a plan changes no password" "in out" "$(both)"
chmod 644 "$second_secret"
run_once "$document" "${arguments[@]}" "${forwards[@]}"
expect "a file that others can read is refused" "1|in out|0" "$status|$(both)|$(records intent remplacer)"
chmod 600 "$second_secret"
run_once "$document" "${arguments[@]}" "${forwards[@]}" -p porte="$PGHOST"
expect "a door that asks for no password is refused" "1|in out|0" "$status|$(both)|$(records intent remplacer)"
run_once "$document" "${arguments[@]}" -p nouveau="$first_secret" -p ancien="$first_secret"
expect "the password in use is refused as the new one" "1|in out|0" "$status|$(both)|$(records intent remplacer)"

# Arguments of every process, again and again; first a program that is given a password, to see that it would be found.
: > "$work/seen"
{
    while [ -e "$work/seen" ]; do
        grep -alF -f "$second_secret" /proc/[0-9]*/cmdline || true  # nothing found
        sleep 0.01
    done >> "$work/seen" 2> /dev/null
} &
watcher=$!
disown
sh -c 'sleep 1; exit 0' essai "$(cat "$second_secret")"
expect "a password in an argument would be seen" 1 "$(grep -c -m 1 cmdline "$work/seen" || true)"
sleep 0.1
: > "$work/seen"
killed_all_along "$document" "${arguments[@]}" "${forwards[@]}"
expect "the new password is in, the old one out" "0|out in|1" "$status|$(both)|$(records started remplacer run)"
kill "$watcher"
expect "no process has a password among its arguments" "" "$(sort -u "$work/seen")"
died_everywhere "password rotation" "$document"
leaks=$(grep -rlF -e "$(cat "$first_secret")" -e "$(cat "$second_secret")" "$work"/runs.* "$work/run.log" || true)
expect "no password in journals, kept output and reports" "" "$leaks"
if [ -n "${VIGIE_TEST_PGLOG:-}" ]; then
    expect "the server's log shows one change, and no password" "1|0" \
        "$(grep -cE "(ALTER|CREATE) (ROLE|USER) .*$role.* PASSWORD 'SCRAM" "$VIGIE_TEST_PGLOG" || true)|$(
            grep -cF "$(cat "$second_secret")" "$VIGIE_TEST_PGLOG" || true)"
fi

# Given up once the password was changed: the one before is back.
killed_all_along --until remplacer "$document" "${arguments[@]}" -p nouveau="$first_secret" -p ancien="$second_secret"
expect "the password is changed again" "in out" "$(both)"
verb_options='--reason essai'
killed_on rollback
verb_options=
expect "rollback gives the password back" "6|out in" "$status|$(both)"
PATH=$path_before
sql -d postgres -c "DROP ROLE $role"
