section "over sshd"

if [ "$targets" != yes ]; then
    skip "the collection over sshd" "$targets"
else
    play all-modules -e target=remote
    check "every module runs over ssh" succeeded
    play all-modules -e target=remote
    check "  and changes nothing the second time" unchanged
    check "  with one remote command for each task" equal "$(sessions)" "$(recap ok)"
    play all-modules -e target=remote -e state=absent
    check "  and removes what it made" succeeded
    play habits -e target=remote
    check "check, diff, module_defaults, loop, delegation, environment, odd text" succeeded
    play all-modules -e target=remote_root -e state=absent
    check "as root over ssh" succeeded

    section "a target without Python"
    target=bare
    task ansible.builtin.raw 'for p in python python3 perl /usr/bin/python3; do command -v $p; done; echo "none of them"'
    check "the target has no Python" equal "$(grep -v '^bare |' "$out" | xargs)" "none of them"
    task ansible.builtin.ping
    check "Ansible's own Python modules fail there" refused
    play all-modules -e target=bare
    check "every module works there" succeeded
    play all-modules -e target=bare
    check "  and changes nothing the second time" unchanged
    check "  with one remote command for each task" equal "$(sessions)" "$(recap ok)"
    play all-modules -e target=bare -e state=absent
    check "  and removes what it made" succeeded
    play habits -e target=bare
    check "check, diff, module_defaults, loop, delegation, environment, odd text" succeeded
    ANSIBLE_KEEP_REMOTE_FILES=1 task vigie.dba.postgresql_ping
    check "Ansible's ordinary way with the binary needs no Python either" succeeded
    task vigie.dba.postgresql_ping "" -B 30 -P 1
    check "async is refused clearly without Python" says "async is Ansible's own Python program"
    unset target
fi
