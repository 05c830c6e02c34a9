# Reporting: refresh, small cells, export.
refused "reporting does not refresh" 42501 agt_1007 "SELECT pilotage.rafraichir()"
refused "an account without authorisation does not empty the views" MR014 "$su" \
    "UPDATE securite.habilitation SET valide_du = current_date - 2, valide_au = current_date - 1
     WHERE role_session = 'svc_pilotage'" \
    "SET SESSION AUTHORIZATION svc_pilotage" "SELECT pilotage.rafraichir()"
sql -d "$base" -c "UPDATE securite.habilitation SET valide_au = current_date + 1"
equal "five views are computed" "5|t" svc_pilotage "SELECT count(*), bool_and(lignes > 0) FROM pilotage.rafraichir()"
equal "and computed again beside their readers" "5" svc_pilotage "SELECT count(*) FROM pilotage.rafraichir()"
equal "no count from one to four in any column of any view" "" "$su" \
    "SELECT a.attrelid::regclass || '.' || a.attname FROM pg_attribute AS a
     JOIN pg_class AS c ON c.oid = a.attrelid AND c.relkind = 'm'
     WHERE a.attnum > 0 AND a.atttypid = 'bigint'::regtype
       AND (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM %s WHERE %I BETWEEN 1 AND 4',
            a.attrelid::regclass, a.attname), false, true, '')))[1]::text <> '0'"
equal "no part can be computed from the others" "0" "$su" \
    "SELECT count(*) FROM pilotage.mv_rdv_jour_service
     WHERE num_nulls(honores, absents, annules, a_venir) NOT IN (0, 4)"
equal "no direct identifier" "0" "$su" \
    "SELECT count(*) FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid AND c.relkind IN ('m', 'v')
     WHERE c.relnamespace = 'pilotage'::regnamespace AND a.attname ~ '^(usager_id|nom|prenom|courriel|telephone|adresse)'"
equal "large counts are exact" \
    "$(sql -d "$base" -c "SELECT count(*), count(DISTINCT usager_id) FROM demande.demande
        WHERE (cree_le AT TIME ZONE 'Europe/Paris')::date = '2026-09-07'")" agt_1007 \
    "SELECT demandes, usagers_distincts FROM pilotage.export_usagers_jour WHERE jour = '2026-09-07'"
for view in rdv_jour_service charge_jour_type activite_arrondissement delai_mois_service usagers_jour; do
    PGUSER=agt_1007 sql -d "$base" -c "\copy (SELECT * FROM pilotage.export_$view) TO '$work/$view.csv' (FORMAT csv, HEADER)"
    if [ "$(wc -l < "$work/$view.csv")" -gt 50 ]; then pass; else miss "export of $view"; fi
done
equal "a share is between zero and one" "0" agt_1007 \
    "SELECT count(*) FROM pilotage.export_delai_mois_service WHERE part_dans_les_delais NOT BETWEEN 0 AND 1"

# A restored copy is as good as the original: rights, row security, views.
copy=${base}_copie
pg_dump -Fc -Z0 -d "$base" -f "$work/dump" && sql -d postgres -c "CREATE DATABASE $copy OWNER own_mairie TEMPLATE template0"
if pg_restore --exit-on-error -d "$copy" "$work/dump" 2> "$work/restore.log" \
    && sql -d "$copy" -c "CALL vigie_meta.droits_base()"; then
    pass
else
    miss "a dump is restored into an empty database" "$(cat "$work/restore.log")"
fi
compare() { for name in "$base" "$copy"; do sql -d "$name" -c "$2" > "$work/$name.compare"; done
    if diff "$work/$base.compare" "$work/$copy.compare" > "$work/difference"; then pass; else
        miss "$1" "$(head -n 5 "$work/difference")"; fi; }
compare "the copy has the same comment and settings" \
    "SELECT shobj_description(d.oid, 'pg_database'), (SELECT array_agg(c ORDER BY c) FROM pg_db_role_setting AS s,
            unnest(s.setconfig) AS c WHERE s.setdatabase = d.oid)
     FROM pg_database AS d WHERE d.datname = current_database()"
compare "the copy has the same rights on the database" \
    "SELECT x.grantee::regrole, x.privilege_type FROM pg_database AS d, aclexplode(d.datacl) AS x
     WHERE d.datname = current_database() ORDER BY 1, 2"
compare "the copy has the same rights on objects" \
    "SELECT c.oid::regclass, c.relowner::regrole, (SELECT array_agg(x::text ORDER BY x::text) FROM unnest(c.relacl) AS x),
            c.relrowsecurity, c.relforcerowsecurity
     FROM pg_class AS c WHERE c.relnamespace::regnamespace::text !~ '^(pg_|information)' AND c.relkind <> 'i' AND c.relkind <> 'I'
     ORDER BY c.oid::regclass::text"
compare "the copy has the same reports" "SELECT * FROM pilotage.export_usagers_jour"
sql -d postgres -c "DROP DATABASE $copy WITH (FORCE)"
