# Words of the Ansible tests, to be sourced: a workspace, checks, plays, and two targets behind one sshd.
# Nothing outside the workspace is changed: accounts and sudo rules are in a private /etc.
# shellcheck shell=bash

# shellcheck source=SCRIPTDIR/../Support/ports.sh
. "$(dirname "${BASH_SOURCE[0]}")/../Support/ports.sh"

passed=0
failed=0
skipped=0

# check SENTENCE COMMAND...: one line; the end of the last play's output when it failed.
check() {
    local sentence=$1
    shift
    if "$@" > "$work/check.out" 2>&1; then
        passed=$((passed + 1))
        echo "ok      $sentence"
    else
        failed=$((failed + 1))
        echo "FAILED  $sentence   ($*)"
        sed 's/^/        | /' "$work/check.out" | tail -n 5
        [ ! -f "$out" ] || tail -n "${VIGIE_TEST_LINES:-25}" "$out" | cut -c1-600 | sed 's/^/        > /'
    fi
}

skip() {
    skipped=$((skipped + 1))
    echo "skipped $1   ($2)"
}

section() { echo "-- $*"; }

# What the last play wrote.
says() { grep -qF -- "$1" "$out"; }
silent_on() { ! grep -qF -- "$1" "$out"; }
succeeded() { [ "$status" = 0 ]; }
refused() { [ "$status" != 0 ]; }
recap() { grep -A9 "^PLAY RECAP" "$out" | grep -oE "$1=[0-9]+" | awk -F= '{ sum += $2 } END { print sum + 0 }'; }
unchanged() { [ "$status" = 0 ] && [ "$(recap changed)" = 0 ] && [ "$(recap ok)" -gt 0 ]; }
clean_failure() { refused && silent_on Traceback && silent_on 'MODULE FAILURE' && silent_on deserialization; }
# Commands that sshd was asked for, and that Ansible's connection plugins ran, in the last play.
sessions() { tail -n +"$((sshd_lines + 1))" "$work/sshd.log" | grep -c 'Starting session'; }
commands() { grep -cE '^<[^>]+> EXEC ' "$out"; }
equal() { [ "$1" = "$2" ] || { echo "expected $2, got $1"; return 1; }; }

# play FILE [ANSIBLE OPTIONS...]: runs a playbook; `$out` has its output, `$status` its exit status.
play() {
    local file=$1
    shift
    [ -f "$file" ] || file=$here/playbooks/$file.yml
    sshd_lines=$(wc -l < "$work/sshd.log")
    status=0
    timeout "${VIGIE_TEST_PLAY_SECONDS:-120}" "$ansible_bin/ansible-playbook" -i "$work/inventory.ini" "$file" "$@" \
        > "$out" 2>&1 < /dev/null || status=$?
}

# task MODULE [ARGUMENTS [ANSIBLE OPTIONS...]]: one task on $target, by default the local one.
task() {
    local module=$1 arguments=${2:-}
    shift
    [ $# = 0 ] || shift
    sshd_lines=$(wc -l < "$work/sshd.log")
    status=0
    timeout "${VIGIE_TEST_PLAY_SECONDS:-120}" "$ansible_bin/ansible" -i "$work/inventory.ini" "${target:-here}" \
        -m "$module" -a "$arguments" "$@" > "$out" 2>&1 < /dev/null || status=$?
}

workspace() {
    work=$(mktemp -d "${TMPDIR:-/tmp}/vigie-ansible.XXXXXX")
    chmod 755 "$work"
    mkdir -m 755 "$work/home" "$work/collections"
    out=$work/play.out
    : > "$work/sshd.log"
    user_home=$HOME
    export HOME=$work/home
    unset XDG_CACHE_HOME
    export ANSIBLE_CONFIG=$work/ansible.cfg ANSIBLE_COLLECTIONS_PATH=$work/collections
    export ANSIBLE_NOCOLOR=1 ANSIBLE_FORCE_COLOR=0 ANSIBLE_RETRY_FILES_ENABLED=0
    cat > "$ANSIBLE_CONFIG" <<END
[defaults]
host_key_checking = false
interpreter_python = /usr/bin/python3
localhost_warning = false
inventory_unparsed_warning = false
[ssh_connection]
control_path_dir = $work/cp
ssh_args = -o ControlMaster=auto -o ControlPersist=20s -o UserKnownHostsFile=$work/known_hosts -o LogLevel=ERROR
END
}

# The collection as a user installs it, from the tarball that the build script makes.
install_collection() {
    ansible/build-collection.sh "$module_binary" > "$work/build.log" || { cat "$work/build.log"; return 1; }
    "$ansible_bin/ansible-galaxy" collection install --force -p "$work/collections" dist/vigie-dba-*.tar.gz \
        > "$work/install.log" 2>&1 || { cat "$work/install.log"; return 1; }
    installed=$work/collections/ansible_collections/vigie/dba
}

inventory() {
    cat > "$work/inventory.ini" <<END
[all:vars]
pghost=${VIGIE_TEST_PGHOST}
pgport=${VIGIE_TEST_PGPORT}
[local]
here ansible_connection=local ansible_async_dir=$work/home/.ansible_async
[twins]
twin[1:8] ansible_connection=local
[ssh:vars]
ansible_host=127.0.0.1
ansible_ssh_private_key_file=$work/user_key
[ssh]
remote ansible_port=${ssh_port:-0} ansible_user=vigie-tester
bare ansible_port=${bare_port:-0} ansible_user=vigie-tester pghost=/run/postgresql ansible_python_interpreter=auto_silent
[ssh_root]
remote_root ansible_host=127.0.0.1 ansible_port=${ssh_port:-0} ansible_user=root ansible_ssh_private_key_file=$work/user_key
END
}

# An /etc with the accounts `vigie-tester` and `vigie-second`, a rule for sudo, and another home for root.
private_etc() {
    cp -a /etc "$work/etc"
    local hash
    hash=$(openssl passwd -6 "$tester_password")
    sed -i -E '/^vigie-/d; s|^(root:.*):/root:|\1:'"$work"'/root:|' "$work"/etc/{passwd,shadow,group}
    mkdir -m 700 "$work/root"
    local account id=64122
    for account in tester second; do
        id=$((id + 1))
        echo "vigie-$account:x:$id:$id::$work/$account:/bin/sh" >> "$work/etc/passwd"
        echo "vigie-$account:x:$id:" >> "$work/etc/group"
        echo "vigie-$account:$hash:19000:0:99999:7:::" >> "$work/etc/shadow"
        mkdir -m 755 "$work/$account"
        chown "$id:$id" "$work/$account"
    done
    sudo_rule 'ALL=(ALL) NOPASSWD: ALL'
}

sudo_rule() {
    printf 'Defaults timestamp_timeout=0\n%s\nvigie-tester %s\n' "${2:-}" "$1" > "$work/sudoers.part"
    chmod 440 "$work/sudoers.part"
    mv -f "$work/sudoers.part" "$work/etc/sudoers.d/vigie-tester"
}

# A root file system with a shell, the few programs that the cache uses, PostgreSQL's clients and no Python.
bare_root() {
    local root=$work/bare file
    mkdir -p "$root"/{usr/bin,usr/lib,usr/lib64,dev,proc,etc,tmp,run/postgresql} "$root$work"/{tester,root}
    ln -s usr/bin "$root/bin"
    ln -s usr/lib "$root/lib"
    ln -s usr/lib64 "$root/lib64"
    chmod 1777 "$root/tmp"
    chown 64123:64123 "$root$work/tester"
    for file in /etc/passwd /etc/group; do grep -E '^(root|postgres|vigie-tester):' "$work$file" > "$root$file"; done
    local files=(/usr/lib/*-linux-gnu/{libpq.so.5,libcrypto.so.3,libssl.so.3})
    for file in dash cat chmod gzip id ls mkdir mv rm sha256sum sleep uname; do files+=("$(command -v "$file")"); done
    for file in pg_dump pg_dumpall pg_restore; do
        files+=("$VIGIE_TEST_PGBIN/$file")
        ln -s "$VIGIE_TEST_PGBIN/$file" "$root/usr/bin/$file"
    done
    for file in "${files[@]}" $(ldd "$module_binary" "${files[@]}" | grep -oE '/[^ :]+' | sort -u); do
        [ -e "$root$file" ] || { mkdir -p "$root$(dirname "$file")" && cp -L "$file" "$root$file"; }
    done
    # Everything below /bin on the host is below /usr/bin here.
    ln -sf dash "$root/usr/bin/sh"
}

# One sshd, two ports: the host's own file system, and the bare one.
start_sshd() {
    ssh_port=$(free_port)
    bare_port=$(free_port)
    ssh-keygen -q -t ed25519 -N '' -f "$work/host_key"
    ssh-keygen -q -t ed25519 -N '' -f "$work/user_key"
    cp "$work/user_key.pub" "$work/authorized_keys"
    chmod 644 "$work/authorized_keys"
    cat > "$work/sshd_config" <<END
Port $ssh_port
Port $bare_port
ListenAddress 127.0.0.1
HostKey $work/host_key
PidFile none
AuthorizedKeysFile $work/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
Subsystem sftp internal-sftp
LogLevel VERBOSE
Match LocalPort $bare_port
    ChrootDirectory /mnt
END
    mkdir -p /run/sshd
    # shellcheck disable=SC2016
    unshare --mount sh -c '
        mount --bind "$1/etc" /etc && mount --bind "$1/bare" /mnt && mount --bind /dev /mnt/dev &&
        mount --bind /proc /mnt/proc && mount --bind "$2" /mnt/run/postgresql && exec /usr/sbin/sshd -D -e -f "$1/sshd_config"
    ' sh "$work" "$VIGIE_TEST_PGHOST" 2>> "$work/sshd.log" > /dev/null < /dev/null &
    sshd_pid=$!
    local attempt
    for attempt in {1..50}; do
        (exec 3<> "/dev/tcp/127.0.0.1/$bare_port") 2> /dev/null && return 0
        kill -0 "$sshd_pid" 2> /dev/null || break
        sleep 0.1
    done
    cat "$work/sshd.log"
    return 1
}

finish() {
    local socket
    for socket in "$work"/cp/*; do
        [ ! -S "$socket" ] || ssh -O exit -o ControlPath="$socket" vigie > /dev/null 2>&1 || true
    done
    [ -z "${sshd_pid:-}" ] || { kill "$sshd_pid" && wait "$sshd_pid"; } 2> /dev/null || true
    [ -n "${VIGIE_TEST_KEEP:-}" ] || rm -rf -- "$work"
}
