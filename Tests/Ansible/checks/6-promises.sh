section "async, secrets, failures"

places=(here)
[ "$targets" != yes ] || places+=(remote)
for place in "${places[@]}"; do
    play async -e target="$place"
    check "async on $place, polled and not" succeeded
done

secret="s3cret-$RANDOM-$RANDOM"
echo "$secret" > "$work/secret"
seen() {
    while :; do
        for process in /proc/[0-9]*/cmdline; do
            if grep -qaf "$work/secret" "$process" 2> /dev/null; then tr '\0' ' ' < "$process" > "$work/seen"; fi
        done
    done
}
[ "$targets" != yes ] || places+=(bare)
seen 2> /dev/null &
watcher=$!
sh -c 'sleep 2; exit' "$secret"
kill "$watcher" && wait "$watcher" 2> /dev/null || true
check "a secret in a list of processes would be seen" test -s "$work/seen"
rm -f "$work/seen"
for place in "${places[@]}"; do
    seen 2> /dev/null &
    watcher=$!
    play secrets -e target="$place" -e secret_file="$work/secret" -vvv
    kill "$watcher" && wait "$watcher" 2> /dev/null || true
    check "tasks with secrets run on $place" succeeded
    check "  and no output has them, at -vvv" silent_on "$secret"
    check "  nor does a list of processes" test ! -s "$work/seen"
done

echo "vault password" > "$work/vault"
{
    printf -- '- hosts: here\n  gather_facts: false\n  vars:\n'
    "$ansible_bin/ansible-vault" encrypt_string --vault-password-file "$work/vault" --name word "it's vaulted" 2> /dev/null \
        | sed 's/^/    /'
    cat <<'END'
  tasks:
    - vigie.dba.postgresql_query:
        login_unix_socket: "{{ pghost }}"
        login_port: "{{ pgport }}"
        login_db: postgres
        query: "SELECT {{ '%' }}(word)s::text AS word"
        named_args: { word: "{{ word }}", more: !unsafe "{{ nothing }}" }
      register: answer
      failed_when: answer.query_result[0].word != "it's vaulted"
END
} > "$work/vaulted.yml"
play "$work/vaulted.yml" --vault-password-file "$work/vault"
check "vaulted and unsafe values arrive" succeeded

server="login_unix_socket=$VIGIE_TEST_PGHOST login_port=$VIGIE_TEST_PGPORT"
task vigie.dba.postgresql_schema "name=x login_unix_socket=$VIGIE_TEST_PGHOST login_port=1"
check "server down: clean failure" clean_failure
check "  that names the server" says "$VIGIE_TEST_PGHOST"
task vigie.dba.postgresql_schema "name=x login_host=127.0.0.1 login_port=$VIGIE_TEST_PGPORT login_password=$secret"
check "wrong password: clean failure" clean_failure
check "  that says so" says "authentication failed"
check "  without the password" silent_on "$secret"
task vigie.dba.postgresql_query "$server login_db=postgres query='SELECT * FROM nowhere'"
check "bad SQL: clean failure" clean_failure
check "  with the server's words" says 'relation "nowhere" does not exist'
task vigie.dba.postgresql_schema "name=x login_db=no_such_database $server"
check "no such database: clean failure" clean_failure
task vigie.dba.postgresql_query "$server login_db=postgres query='SELECT pg_terminate_backend(pg_backend_pid())'"
check "connection lost in mid-statement: clean failure" clean_failure
