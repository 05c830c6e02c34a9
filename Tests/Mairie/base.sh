# Sourced by run.sh: deploys the town hall's database with psql alone, from the files that the Ansible role uses.

mairie_role=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../ansible/roles/mairie" && pwd)
mairie_files=$mairie_role/files/postgresql

sql() { PGOPTIONS='-c client_min_messages=warning' psql -X -q -At -v ON_ERROR_STOP=1 "$@"; }

# One value of a one-line YAML mapping: `field LINE KEY`; empty when absent. A quoted value may hold commas.
field() {
    sed -nE "s/.*[{ ]$2: \"([^\"]*)\".*/\1/p; t
             s/.*[{ ]$2: \[([^]]*)\].*/\1/p; t
             s/.*[{ ]$2: ([^,}\"]*)[,}].*/\1/p" <<< "$1"
}

# Lines of one list of vars/main.yml.
list_of() { awk -v list="$1:" '/^[a-z_]+:/ { inside = ($1 == list) } inside && /^  - [{]/' "$mairie_role/vars/main.yml"; }

# Roles of the cluster; those that exist are left as they are.
create_roles() {
    local line name attributes group
    while IFS= read -r line; do
        name=$(field "$line" name)
        attributes=$(field "$line" attributs)
        if [ -z "$(sql -d postgres -c "SELECT 1 FROM pg_roles WHERE rolname = '$name'")" ]; then
            echo "CREATE ROLE $name ${attributes//,/ } CONNECTION LIMIT $(field "$line" limite);"
            echo "COMMENT ON ROLE $name IS '$(field "$line" commentaire | sed "s/'/''/g")';"
        fi
        for group in $(field "$line" membre_de | tr ',' ' '); do
            echo "GRANT $group TO $name;"
        done
    done < <(list_of mairie_roles) | sql -d postgres
}

# create_database NAME: schemas, migrations, habilitations.
create_database() {
    local line file sum
    sql -d postgres -c "CREATE DATABASE $1 OWNER own_mairie TEMPLATE template0 ENCODING 'UTF8'"
    while IFS= read -r line; do
        echo "CREATE SCHEMA $(field "$line" name) AUTHORIZATION $(field "$line" owner);"
        echo "COMMENT ON SCHEMA $(field "$line" name) IS '$(field "$line" comment | sed "s/'/''/g")';"
    done < <(list_of mairie_schemas) | sql -d "$1"
    sql -1 -d "$1" -f "$mairie_files/socle.sql" > /dev/null
    for file in "$mairie_files"/migrations/*.sql; do
        sum=$(sha256sum "$file" | cut -d ' ' -f 1)
        sql -1 -d "$1" \
            -c "INSERT INTO vigie_meta.migration (nom, sha256) VALUES ('$(basename "$file")', '$sum')" \
            -f "$file" > /dev/null
    done
    while IFS= read -r line; do
        echo "INSERT INTO securite.habilitation (role_session, profil, service_id, secteur_id, valide_au)
              VALUES ('$(field "$line" role)', '$(field "$line" profil)',
                      (SELECT service_id FROM referentiel.service WHERE code = '$(field "$line" service)'),
                      nullif('$(field "$line" secteur)', '')::smallint, current_date + 1);"
    done < <(list_of mairie_habilitations) | sql -d "$1"
}

# load_data NAME FOLDER: a data set of `devtool seed`, in one transaction.
load_data() { (cd "$2" && sql -1 -d "$1" -f "$mairie_files/chargement/charger.sql" > /dev/null); }
