section "the cache"

cache=$HOME/.cache/vigie
copy() { echo "$cache/${installed_name#vigie-module-}"; }
installed_name=$(basename "$installed"/plugins/native/*/vigie-module-*[0-9a-f])
pings() { task vigie.dba.postgresql_ping "" -vvv && succeeded && says '"is_available"'; }
warned() { succeeded && says "$1"; }
both_architectures() {
    local other=$installed/plugins/native/riscv64
    mkdir "$other" && echo other > "$other/vigie-module-$(printf 'f%.0s' {1..64})"
    pings && pings && equal "$(commands)" 1 && rm -r "$other"
}
kept() { equal "$(ls "$cache")" "$(basename "$(copy)")"; }
# One ping with a file system of its own on the cache: `in_mounts OPTIONS`, with $copied in it, then $remount.
in_mounts() {
    status=0
    export out work
    # shellcheck disable=SC2016
    unshare --mount bash -c '
        [ -z "$3" ] || cp -p "$3" "$work/copied" || exit 1
        mount -t tmpfs -o "mode=700,$2" tmpfs "$1" || exit 1
        [ -z "$3" ] || cp -p "$work/copied" "$1/$(basename "$3")" || exit 1
        [ -z "$4" ] || mount -o "remount,$4" "$1" || exit 1
        shift 4
        "$@" > "$out" 2>&1 < /dev/null
    ' bash "$cache" "$1" "${copied:-}" "${remount:-}" "$ansible_bin/ansible" -i "$work/inventory.ini" here \
        -m vigie.dba.postgresql_ping -vvv || status=$?
}

rm -rf "$HOME/.cache"
check "cold: the binary is pushed, the task runs" pings
check "  in four commands: run, ask, push, run" equal "$(commands)" 4
check "  for the account alone" equal "$(stat -c %a "$cache" "$(copy)" | xargs)" "700 700"
check "warm: the task runs" pings
check "  in one command" equal "$(commands)" 1

rm -rf "$HOME/.cache"
target=twins task vigie.dba.postgresql_ping "" -f 8
check "cold, from eight tasks at once: all run" equal "$(grep -c '"is_available"' "$out")" 8
check "  and leave one copy" kept

for shell in dash bash busybox; do
    if ! command -v "$shell" > /dev/null; then
        skip "cold and warm in $shell" "not installed"
        continue
    fi
    mkdir "$work/$shell"
    if [ "$shell" = busybox ]; then
        for applet in sh ls cat mkdir mv rm chmod uname gzip sha256sum sleep; do
            ln -s "$(command -v busybox)" "$work/busybox/$applet"
        done
    else
        ln -s "$(command -v "$shell")" "$work/$shell/sh"
    fi
    rm -rf "$HOME/.cache"
    usual_path=$PATH
    PATH=$work/$shell:$PATH
    ANSIBLE_EXECUTABLE=$work/$shell/sh pings || true
    check "cold in $shell: four commands" equal "$status $(commands)" "0 4"
    ANSIBLE_EXECUTABLE=$work/$shell/sh pings || true
    check "warm in $shell: one command" equal "$status $(commands)" "0 1"
    PATH=$usual_path
done

touch "$cache/$(printf '0%.0s' {1..64})"
truncate -s 1000 "$(copy)"
check "truncated: pushed again, the task runs" pings
check "  and copies of other versions are removed" kept

size=$(stat -c %s "$(copy)")
head -c "$size" /dev/zero > "$work/zeros" && cat "$work/zeros" > "$(copy)"
check "damaged, of the same size: recognised, pushed again, the task runs" pings
check "  and intact afterwards" cmp "$(copy)" "$installed"/plugins/native/*/"$installed_name"

gcc_crash() { printf 'int main(void){__builtin_trap();}' | gcc -x c -o "$work/crash" - 2> /dev/null; }
if gcc_crash || clang -x c -o "$work/crash" <(printf 'int main(void){__builtin_trap();}') 2> /dev/null; then
    cp "$work/crash" "$(copy)" && truncate -s "$size" "$(copy)"
    task vigie.dba.postgresql_ping
    check "a copy that dies: failed, not repeated, told that it was damaged" says "was damaged and has been removed"
    check "  the next task works" pings
else
    skip "a copy that dies" "no C compiler"
fi

chmod 755 "$(copy)"
check "a copy open to others: replaced" pings
check "  and closed" equal "$(stat -c %a "$(copy)")" 700
mv "$(copy)" "$work/elsewhere" && ln -s "$work/elsewhere" "$(copy)"
check "a link instead of the copy: replaced" pings
check "  by a file" test ! -L "$(copy)"

mv "$cache" "$work/moved" && ln -s "$work/moved" "$cache"
task vigie.dba.postgresql_ping
check "a link instead of the cache: not used, said so, the task runs" warned "is a link, another account's, or open to others"
rm "$cache" && mv "$work/moved" "$cache"
chmod 770 "$cache"
task vigie.dba.postgresql_ping
check "a cache open to others: not used, the task runs" warned "open to others"
chmod 700 "$cache"
chmod 777 "$HOME"
task vigie.dba.postgresql_ping
check "a home that others may write: not used, the task runs" warned "open to others"
chmod 755 "$HOME"

if [ "$targets" = yes ]; then
    chown 64123 "$(copy)"
    check "a copy of another account: replaced" pings
    check "  and owned" test -O "$(copy)"
    chown 64123 "$cache"
    task vigie.dba.postgresql_ping
    check "a cache of another account: not used, the task runs" warned "another account's"
    chown 0 "$cache"

    in_mounts noexec
    check "noexec: the task runs" warned "mounted noexec"
    copied=$(copy) in_mounts noexec
    check "noexec with a copy there: the task runs" warned "mounted noexec"
    remount=ro in_mounts size=1m
    check "read-only: the task runs" warned "cannot be written"
    in_mounts size=4m
    check "full: the task runs" warned "could not be copied"

    target=remote
    rm -rf "$work/tester/.cache"
    task vigie.dba.postgresql_ping
    check "cold over ssh, as another account: the task runs" succeeded
    check "  in four commands" equal "$(sessions)" 4
    task vigie.dba.postgresql_ping
    check "  then in one" equal "$(sessions)" 1
    sed -i "s|^\(vigie-tester:.*\):$work/tester:|\1:/nonexistent:|" "$work/etc/passwd"
    task vigie.dba.postgresql_ping "" -e ansible_remote_tmp=/tmp/.vigie-ansible-tester -e '{"ansible_ssh_args": "-S none"}'
    check "an account without a home: the task runs, with ansible_remote_tmp" warned "has no home folder"
    sed -i "s|^\(vigie-tester:.*\):/nonexistent:|\1:$work/tester:|" "$work/etc/passwd"
    rm -rf /tmp/.vigie-ansible-tester
    for file in gzip sha256sum; do
        target=bare
        rm -rf "$work/bare$work/tester/.cache"
        mv "$work/bare/usr/bin/$file" "$work/bare/usr/bin/$file.away"
        task vigie.dba.postgresql_ping
        check "a target without $file: the task runs" warned "missing"
        mv "$work/bare/usr/bin/$file.away" "$work/bare/usr/bin/$file"
    done
    unset target
else
    skip "foreign, noexec, read-only and full caches, remote accounts" "$targets"
fi

mv "$installed/plugins/native/$(uname -m)" "$installed/plugins/native/riscv64"
rm -rf "$HOME/.cache"
task vigie.dba.postgresql_ping
check "no binary for the target's architecture: said so" says "holds no binary for $(uname -m), only for riscv64"
mv "$installed/plugins/native/riscv64" "$work/native-away"
task vigie.dba.postgresql_ping
check "no binary at all: said so" says "has \`make collection\` been run?"
mv "$work/native-away" "$installed/plugins/native/$(uname -m)"
check "both architectures in one collection: the target's own is run" both_architectures
