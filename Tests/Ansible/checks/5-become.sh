section "become"

# Asks for a password as sudo does, and reads it from standard input: `expect_prompt` without an account.
cat > "$work/asking" <<END
#!/bin/sh
while :; do case \$1 in -p) prompt=\$2; shift 2;; -u) shift 2;; -*) shift;; *) break;; esac; done
printf '%s' "\$prompt" >&2
IFS= read -r given
[ "\$given" = "$tester_password" ] || { echo 'Sorry, try again.' >&2; exit 1; }
exec "\$@"
END
chmod 755 "$work/asking"
with_password=(-e "{\"ansible_become_password\": \"$tester_password\"}")
seconds=${VIGIE_TEST_PLAY_SECONDS:-}
VIGIE_TEST_PLAY_SECONDS=30
play become -e target=here -e ansible_become_exe="$work/asking" "${with_password[@]}"
check "local, with a password, without pipelining: no hang" succeeded
ANSIBLE_PIPELINING=1 play become -e target=here -e ansible_become_exe="$work/asking" "${with_password[@]}"
check "local, with a password, with pipelining" succeeded
play become -e target=here -e ansible_become_exe="$work/asking" -e ansible_become_password=wrong
check "local, with a wrong password: clean failure" clean_failure

if [ "$targets" = yes ]; then
    play become -e target=remote
    check "sudo to another unprivileged account over ssh" succeeded
    play become -e target=remote
    check "  in one remote command" equal "$(sessions)" 1
    play become -e target=remote -e other=root
    check "sudo to root over ssh" succeeded
    sudo_rule 'ALL=(ALL) ALL'
    play become -e target=remote "${with_password[@]}"
    check "sudo with a password over ssh" succeeded
    play become -e target=remote "${with_password[@]}"
    check "  in one remote command" equal "$(sessions)" 1
    play become -e target=remote -e ansible_become_password=wrong
    check "sudo with a wrong password: clean failure" clean_failure
    play become -e target=remote
    check "sudo that wants a password and gets none: clean failure" clean_failure
    check "  that says so" says "assword"
    sudo_rule 'ALL=(ALL) NOPASSWD: ALL' 'Defaults:vigie-tester requiretty'
    task vigie.dba.postgresql_ping
    target=remote task vigie.dba.postgresql_ping "" -b --become-user root -e ansible_ssh_use_tty=false
    check "requiretty without a terminal: said so" says "requiretty in sudoers"
    check "  cleanly" clean_failure
    target=remote task vigie.dba.postgresql_ping "" -b --become-user root
    check "requiretty: the ordinary way, which has a terminal, and a warning" says "requiretty in sudoers"
    check "  the task runs" succeeded
    sudo_rule 'ALL=(ALL) NOPASSWD: ALL'
    target=remote_root task vigie.dba.postgresql_ping "" -b --become-user vigie-second --become-method su
    check "su: the ordinary way, the task runs" succeeded
    check "  and says so" says "become method 'su' passes no standard input"
    target=remote task vigie.dba.postgresql_ping "" -e '{"ansible_ssh_extra_args": "-tt"}'
    check "ssh -tt: the ordinary way, the task runs" succeeded
    check "  and says so" says "the options of ssh ask for a terminal"
else
    skip "sudo, su and requiretty over sshd" "$targets"
fi
VIGIE_TEST_PLAY_SECONDS=$seconds
[ -n "$seconds" ] || unset VIGIE_TEST_PLAY_SECONDS
