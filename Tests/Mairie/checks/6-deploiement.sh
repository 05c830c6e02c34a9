# Deployment: the playbooks on a database of their own, twice; the result is what the files say.
ansible=.venv/bin/ansible-playbook
native=(ansible/collections/ansible_collections/vigie/dba/plugins/native/*/vigie-module-*)
deployed=${base}_ansible

# play NAME PLAYBOOK [OPTIONS...]: runs a playbook; its recap is in $recap.
play() {
    local name=$1 playbook=$2
    shift 2
    if "$ansible" -i "$work/hosts.yml" "playbooks/$playbook.yml" "$@" > "$work/play.log" 2>&1 < /dev/null; then
        recap=$(grep -A 2 "^PLAY RECAP" "$work/play.log" | grep -oE 'changed=[0-9]+')
    else
        recap=failed
        miss "$name" "$(grep -E 'ERROR|fatal' "$work/play.log" | cut -c 1-500 | head -n 5)"
    fi
}
unchanged() {
    play "$@"
    case $recap in
        failed) ;;
        changed=0) pass ;;
        *) miss "$1" "$recap"$'\n'"$(grep -E '^(TASK|changed)' "$work/play.log" | grep -B 1 '^changed')" ;;
    esac
}

if ! [ -x "$ansible" ] || ! [ -x "${native[0]}" ]; then
    skip "deployment by Ansible" "no .venv or no binary in the collection (make setup collection)"
    return 0
fi

cat > "$work/hosts.yml" <<END
all:
  children:
    postgresql_primaires:
      hosts:
        essai: {ansible_connection: local}
  vars:
    mairie_base: $deployed
    mairie_connexion: {login_unix_socket: "$PGHOST", login_port: $PGPORT, login_user: $PGUSER}
    mairie_psql_environnement: {PGHOST: "$PGHOST", PGPORT: "$PGPORT", PGUSER: "$PGUSER"}
    mairie_devtool: "$(realpath "$devtool")"
    mairie_jeu_dossier: "$work/jeu"
    mairie_secrets_dossier: "$work/secrets"
    mairie_habilitation_fin: "2999-12-31"
END
export ANSIBLE_NOCOLOR=1 ANSIBLE_LOCALHOST_WARNING=0

play "check mode before the first deployment" provision --check
[ "$recap" = failed ] || pass
equal "check mode makes no database" "0" "$su" "SELECT count(*) FROM pg_database WHERE datname = '$deployed'"
if [ ! -e "$work/secrets" ]; then pass; else miss "check mode draws no password"; fi
play "first deployment" provision
[ "$recap" = failed ] || pass
unchanged "second deployment: changed=0" provision
unchanged "check mode on a deployed database: changed=0" provision --check
play "loading" load
[ "$recap" = failed ] || pass
unchanged "second loading: changed=0" load
for name in "$base" "$deployed"; do
    pg_dump --schema-only -d "$name" | grep -vE '^(--|.(un)?restrict )' > "$work/$name.schema"
done
if diff "$work/$base.schema" "$work/$deployed.schema" > "$work/difference"; then pass; else
    miss "Ansible deploys what the files say" "$(head -n 10 "$work/difference")"
fi
if [ "$(stat -c %a "$work/secrets/app_portail")" = 600 ] && ! grep -rqF "$(cat "$work/secrets/app_portail")" "$work"/*.log; then
    pass
else
    miss "passwords are in files of mode 600 and nowhere in the output"
fi
sql -d "$deployed" -c "UPDATE vigie_meta.migration SET sha256 = repeat('0', 64) WHERE nom = '0001_base.sql'"
if "$ansible" -i "$work/hosts.yml" playbooks/provision.yml > "$work/play.log" 2>&1 < /dev/null; then
    miss "a changed file that was already applied is a failure"
elif grep -q "0001_base.sql" "$work/play.log"; then
    pass
else
    miss "the failure names the changed file" "$(tail -n 5 "$work/play.log")"
fi
