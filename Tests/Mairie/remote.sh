# Sourced by run.sh: the hosts of the pair behind a real ssh, on the loopback interface. The account is that of the servers, whose
# password is locked: as on any Debian server it is PAM that lets it in by key.
. Tests/Support/ports.sh

# open_ssh: starts the daemon; $ssh_to is what runbooks are given, followed by pg-a or pg-b. Says why not, where it cannot.
open_ssh() {
    local folder=$work/ssh account port attempt
    account=$(if [ "$(id -u)" = 0 ]; then echo postgres; else id -un; fi)
    [ -x /usr/sbin/sshd ] || { echo "no sshd"; return 1; }
    mkdir "$folder"
    port=$(free_port)
    ssh-keygen -q -t ed25519 -N '' -f "$folder/host_key"
    ssh-keygen -q -t ed25519 -N '' -f "$folder/user_key"
    cp "$folder/user_key.pub" "$folder/authorized_keys"
    chmod 755 "$folder"
    chmod 644 "$folder/authorized_keys"
    cat > "$folder/sshd_config" << END
Port $port
ListenAddress 127.0.0.1
HostKey $folder/host_key
PidFile none
AuthorizedKeysFile $folder/authorized_keys
StrictModes no
UsePAM $([ "$(id -u)" = 0 ] && echo yes || echo no)
PasswordAuthentication no
END
    cat > "$folder/config" << END
Host pg-a pg-b
    HostName 127.0.0.1
    Port $port
    User $account
    IdentityFile $folder/user_key
    IdentitiesOnly yes
    UserKnownHostsFile $folder/known_hosts
    StrictHostKeyChecking accept-new
    LogLevel ERROR
    BatchMode yes
END
    [ "$(id -u)" != 0 ] || mkdir -p /run/sshd
    /usr/sbin/sshd -D -e -f "$folder/sshd_config" 2> "$folder/log" > /dev/null < /dev/null &
    sshd_pid=$!
    ssh_to="ssh -F $folder/config"
    for attempt in {1..50}; do
        ! $ssh_to pg-a true 2> "$folder/refusal" || return 0
        kill -0 "$sshd_pid" 2> /dev/null || break
        sleep 0.1
    done
    echo "no login by ssh: $(cat "$folder/refusal" "$folder/log" | tail -n 1)"
    return 1
}
close_ssh() { [ -z "${sshd_pid:-}" ] || { kill "$sshd_pid" && wait "$sshd_pid"; } 2> /dev/null || true; }
