section "the supported versions of ansible-core"

# Each in its own virtual environment, kept in .venv-<version>.
environment() {
    local version=$1 name python
    [ ! -x ".venv-$version/bin/ansible-playbook" ] || return 0
    for name in "${@:2}"; do
        for python in "$(command -v "$name")" "${PYENV_ROOT:-$user_home/.pyenv}"/versions/*/bin/"$name"; do
            [ -n "$python" ] && "$python" -c '' || continue
            "$python" -m venv ".venv-$version" \
                && ".venv-$version/bin/pip" install --quiet --disable-pip-version-check "ansible-core~=$version.0" \
                && return 0
            rm -rf ".venv-$version"
        done
    done > "$work/versions.log" 2>&1
    return 1
}

usual=$ansible_bin
for version in 2.17:python3.12,python3.11,python3.10 2.18:python3.13,python3.12,python3.11 2.20:python3.13,python3.12 \
    2.21:python3.13,python3.12; do
    IFS=, read -ra pythons <<< "${version#*:}"
    version=${version%%:*}
    if ! environment "$version" "${pythons[@]}"; then
        skip "ansible-core $version" "no ${pythons[*]}, or no PyPI"
        continue
    fi
    ansible_bin=$repository/.venv-$version/bin
    rm -rf "$HOME/.cache"
    play habits -e target=here
    check "ansible-core $version: habits, cold cache" succeeded
    play all-modules -e target=here
    check "ansible-core $version: every module" succeeded
    ANSIBLE_KEEP_REMOTE_FILES=1 play all-modules -e target=here -e state=absent
    check "ansible-core $version: the ordinary way" succeeded
    play become -e target=here -e ansible_become_exe="$work/asking" -e "{\"ansible_become_password\": \"$tester_password\"}"
    check "ansible-core $version: become with a password" succeeded
    play async -e target=here
    check "ansible-core $version: async" succeeded
    play "$work/vaulted.yml" --vault-password-file "$work/vault"
    check "ansible-core $version: vaulted and unsafe values" succeeded
    if [ "$targets" = yes ]; then
        play habits -e target=bare
        check "ansible-core $version: over ssh, without Python" succeeded
    fi
done
ansible_bin=$usual
