# Sourced by run.sh: a primary and its standby, private clusters below $pair that answer on Unix sockets only.
# Each has a folder: data, socket, server.log, programs, acces and controle (what runbooks are given).
pair=$work/pair

as_server() { if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi; }
# on NODE SQL: what this server answers, or "silent".
on() { PGCONNECT_TIMEOUT=5 psql -XAtq -h "$pair/$1/socket" -p 5432 -U postgres -d postgres -c "$2" 2> /dev/null || echo silent; }
role_of() { case $(on "$1" 'SELECT pg_is_in_recovery()') in t) echo standby ;; f) echo primary ;; *) echo silent ;; esac; }
control() { "$pair/$1/controle" "${@:2}" > "$work/control.log" 2>&1; }
# logged NODE TEXT: how often its server wrote it.
logged() { grep -cF -- "$2" "$pair/$1/server.log" || true; }
link_to() { echo "host=$pair/$1/socket port=5432 user=postgres application_name=essai"; }

version_in() { "$1/postgres" --version | sed -nE 's/^postgres \(PostgreSQL\) ([0-9]+\.[0-9]+).*/\1/p'; }
# other_programs FOLDER: those of another minor version that the distribution's archive has; where they are.
other_programs() {
    local major=${newest%%.*} version
    [ "$programs" = "/usr/lib/postgresql/$major/bin" ] || return 1
    version=$(apt-cache madison "postgresql-$major" 2> /dev/null | awk '{ print $3 }' | grep -v "^${newest/./\\.}[-.]" | head -n 1)
    [ -n "$version" ] || return 1
    mkdir -m 755 "$1"
    (cd "$1" && apt-get download -q "postgresql-$major=$version" && dpkg-deb -x ./*.deb .) > "$work/archive.log" 2>&1 || return 1
    version_in "$1/usr/lib/postgresql/$major/bin" > /dev/null 2>&1 && echo "$1/usr/lib/postgresql/$major/bin"
}
# two_minors: sets $newest and $newer_programs, and $older, whose programs are in $pair/older. Where the archive has no other
# version, the programs of the newest, which say that they are the one before, stand in for the older ones.
two_minors() {
    local other from=$programs name
    newest=$(version_in "$programs")
    newer_programs=$programs older=$newest
    if other=$(other_programs "$work/archive"); then
        if [ "$(printf '%s\n' "$newest" "$(version_in "$other")" | sort -V | tail -n 1)" = "$newest" ]; then
            from=$other older=$(version_in "$other")
        else
            newer_programs=$other newest=$(version_in "$other")
        fi
    elif [ "${newest#*.}" != 0 ]; then
        # In as many letters, since it is written into the programs: 09 comes before 10.
        older=${newest%%.*}.$(printf "%0$((${#newest} - ${#newest%%.*} - 1))d" $((${newest#*.} - 1)))
    fi
    mkdir "$pair/older"
    for name in "$programs"/*; do
        case ${name##*/} in
            postgres | pg_ctl)
                if [ -n "$other" ]; then
                    cp "$from/${name##*/}" "$pair/older/"
                else
                    LC_ALL=C sed "s/${newest/./\\.}/$older/g" "$name" > "$pair/older/${name##*/}"
                fi
                chmod 755 "$pair/older/${name##*/}"
                ;;
            *) ln -s "$name" "$pair/older/" ;;
        esac
    done
    echo "  minor versions: $older and $newest$([ -n "$other" ] || echo ' (the former a stand-in)')"
}

# new_node NAME: its folder and commands, without data.
new_node() {
    local dir=$pair/$1
    mkdir "$dir" "$dir/socket" "$dir/data"
    # Not named "bin": below that name PostgreSQL looks for its libraries beside it.
    cp -a "$pair/older" "$dir/programs"
    chmod 700 "$dir/data"
    : > "$dir/server.log"
    [ "$(id -u)" != 0 ] || chown postgres "$dir" "$dir/data" "$dir/socket" "$dir/server.log"
    local prefix='exec env' script
    [ "$(id -u)" != 0 ] || prefix='cd / && exec runuser -u postgres --'
    # As ssh does: the words are joined, and a shell on the other side takes them apart again.
    printf '#!/bin/sh\n%s sh -c "$*"\n' "$prefix" > "$dir/acces"
    printf '#!/bin/sh\n%s %s/programs/pg_ctl -D %s/data -l %s/server.log -w -t 60 "$@"\n' "$prefix" "$dir" "$dir" "$dir" \
        > "$dir/controle"
    # As a package manager does: new files take the place of those that are in use.
    cat > "$dir/installe" << END
#!/bin/sh
set -e
echo installed >> $dir/installed
for name in postgres pg_ctl; do
    cp $newer_programs/\$name $dir/programs/\$name.new
    mv $dir/programs/\$name.new $dir/programs/\$name
done
END
    printf '#!/bin/sh\necho isolated >> %s/isolated\n' "$dir" > "$dir/isole"
    for script in acces controle installe isole; do chmod 755 "$dir/$script"; done
}
settings_of() {
    cat << END
listen_addresses = ''
port = 5432
unix_socket_directories = '$pair/$1/socket'
unix_socket_permissions = 0777
cluster_name = '$1'
fsync = off
shared_buffers = 16MB
max_connections = 30
wal_level = replica
wal_keep_size = 256MB
wal_retrieve_retry_interval = 200ms
log_min_messages = log
lc_messages = 'C'
END
}
# new_primary NAME; new_standby NAME PRIMARY
new_primary() {
    new_node "$1"
    as_server "$programs/initdb" -D "$pair/$1/data" -U postgres -E UTF8 --locale=C.UTF-8 -A trust -k --no-sync > "$work/initdb.log" 2>&1
    settings_of "$1" | as_server tee "$pair/$1/data/postgresql.conf" > /dev/null
    control "$1" start || { cat "$work/control.log" "$pair/$1/server.log" >&2; return 1; }
}
new_standby() {
    [ -e "$pair/$1" ] || new_node "$1"
    as_server "$programs/pg_basebackup" -D "$pair/$1/data" -d "$(link_to "$2")" -R -c fast --no-sync > "$work/basebackup.log" 2>&1
    settings_of "$1" | as_server tee "$pair/$1/data/postgresql.conf" > /dev/null
    control "$1" start || { cat "$work/control.log" "$pair/$1/server.log" >&2; return 1; }
}
# drop_data NAME: a server that is not needed any more.
drop_data() {
    control "$1" -m immediate stop || true
    find "$pair/$1/data" -mindepth 1 -delete
}
# follows STANDBY PRIMARY: waits until it has everything.
follows() {
    local want try
    want=$(on "$2" 'SELECT pg_current_wal_lsn()')
    for try in {1..100}; do
        [ "$(on "$1" "SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= '$want'::pg_lsn")" != t ] || return 0
        sleep 0.1
    done
    miss "$1 follows $2" "not after $try tries"
}
stop_pair() {
    local node
    for node in a b; do
        [ ! -x "$pair/$node/controle" ] || control "$node" -m immediate stop || true
    done
}
