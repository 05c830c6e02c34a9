# Access: the matrix of roles, row-level security, the portal.
count() { equal "$1" "$2" "$3" "SELECT count(*) FROM $4"; }
of() { sql -d "$base" -c "SELECT count(*) FROM $1"; }

equal "every role with a grant on a table with row security has a policy for that command" "" "$su" \
    "SELECT DISTINCT c.oid::regclass, g.rolname, x.privilege_type
     FROM pg_class AS c
     CROSS JOIN LATERAL (SELECT grantee, privilege_type FROM aclexplode(c.relacl)
         UNION SELECT e.grantee, e.privilege_type FROM pg_attribute AS a, aclexplode(a.attacl) AS e
         WHERE a.attrelid = c.oid) AS x
     JOIN pg_roles AS g ON g.oid = x.grantee
     WHERE c.relrowsecurity AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND x.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
       AND NOT EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid AND p.polpermissive
           AND g.oid = ANY (p.polroles)
           AND p.polcmd IN ('*', CASE x.privilege_type WHEN 'SELECT' THEN 'r' WHEN 'INSERT' THEN 'a'
                                      WHEN 'UPDATE' THEN 'w' ELSE 'd' END))"
equal "tables with personal data force row security" "" "$su" \
    "SELECT c.oid::regclass FROM pg_class AS c WHERE obj_description(c.oid, 'pg_class') LIKE '%[personnel]%'
     AND c.relkind IN ('r', 'p') AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"
equal "no policy is always true or trusts a setting of the session" "0" "$su" \
    "SELECT count(*) FROM pg_policy WHERE pg_get_expr(polqual, polrelid) = 'true'
        OR pg_get_expr(polqual, polrelid) LIKE '%current_setting%'"
equal "nobody holds a grant on a partition" "0" "$su" \
    "SELECT count(*) FROM pg_class AS c, aclexplode(c.relacl) AS x WHERE c.relispartition AND x.grantee <> c.relowner"
equal "no privilege for PUBLIC on business objects" "0" "$su" \
    "SELECT (SELECT count(*) FROM pg_class AS c, aclexplode(c.relacl) AS x WHERE x.grantee = 0
                AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace))
          + (SELECT count(*) FROM pg_namespace AS n, aclexplode(n.nspacl) AS x
             WHERE x.grantee = 0 AND n.nspname !~ '^(pg_|information_schema)')
          + (SELECT count(*) FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS x
             WHERE x.grantee = 0 AND p.pronamespace::regnamespace::text IN ('vigie_meta', 'securite', 'referentiel',
                   'citoyen', 'demande', 'rdv', 'pilotage'))
          + (SELECT count(*) FROM pg_database AS d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) AS x
             WHERE x.grantee = 0 AND d.datname = current_database())"
equal "definer functions pin their path, temporary schema last, and have no superuser for owner" "" "$su" \
    "SELECT p.oid::regprocedure FROM pg_proc AS p JOIN pg_roles AS r ON r.oid = p.proowner
     WHERE p.prosecdef AND p.pronamespace::regnamespace::text !~ '^pg_'
       AND (r.rolsuper OR NOT coalesce(p.proconfig, '{}') && ARRAY['search_path=pg_catalog, pg_temp'])"
equal "grants go to groups, not to accounts" "0" "$su" \
    "SELECT count(*) FROM pg_class AS c, aclexplode(c.relacl) AS x JOIN pg_roles AS r ON r.oid = x.grantee
     WHERE r.rolcanlogin AND x.grantee <> c.relowner AND c.relnamespace::regnamespace::text !~ '^(pg_|information)'"

count "registry office sees the citizens that are not deleted" \
    "$(of "citoyen.usager WHERE supprime_le IS NULL")" agt_1001 citoyen.usager
count "registry office sees its own requests" "$(of "demande.demande WHERE service_id = 1")" agt_1001 demande.demande
count "registry office sees the history of its own requests" \
    "$(of "demande.demande_statut_histo JOIN demande.demande USING (demande_id) WHERE service_id = 1")" agt_1001 \
    demande.demande_statut_histo
refused "registry office does not see place of birth" 42501 agt_1001 "SELECT insee_naissance FROM citoyen.usager LIMIT 1"
refused "registry office does not see households" 42501 agt_1001 "SELECT 1 FROM citoyen.foyer LIMIT 1"
count "urban planning sees its own requests" "$(of "demande.demande WHERE service_id = 3")" agt_1002 demande.demande
count "urban planning reads its own appointments" "$(of "rdv.rendez_vous WHERE service_id = 3")" agt_1002 rdv.rendez_vous
refused "urban planning does not book" 42501 agt_1002 "SELECT rdv.creer_rendez_vous(1, 1, 5::smallint)"
refused "childhood does not see citizens" 42501 agt_1003 "SELECT 1 FROM citoyen.usager LIMIT 1"
count "childhood sees households" "$(of "citoyen.foyer WHERE supprime_le IS NULL")" agt_1003 citoyen.foyer
refused "reception does not see dates of birth" 42501 agt_1004 "SELECT date_naissance FROM citoyen.usager LIMIT 1"
refused "reception does not see contacts" 42501 agt_1004 "SELECT 1 FROM citoyen.contact LIMIT 1"
equal "reception sees the requests of its two services" "$(of "demande.demande WHERE service_id IN (1, 2)")" agt_1004 \
    "SELECT count(demande_id) FROM demande.demande"
count "first sector sees its citizens" \
    "$(of "citoyen.usager WHERE arrondissement_id IN (1, 7) AND supprime_le IS NULL")" agt_1005 citoyen.usager
count "fourth sector sees its citizens" \
    "$(of "citoyen.usager WHERE arrondissement_id IN (6, 8) AND supprime_le IS NULL")" agt_1006 citoyen.usager
count "first sector sees its requests" "$(of "demande.demande WHERE arrondissement_id IN (1, 7)")" agt_1005 demande.demande
count "first sector sees the contacts of its citizens" \
    "$(of "citoyen.contact JOIN citoyen.usager USING (usager_id) WHERE arrondissement_id IN (1, 7) AND supprime_le IS NULL")" \
    agt_1005 citoyen.contact
count "first sector sees the appointments at its places" \
    "$(of "rdv.rendez_vous JOIN referentiel.lieu_accueil USING (lieu_id) WHERE arrondissement_id IN (1, 7)")" agt_1005 \
    rdv.rendez_vous
elsewhere=$(sql -d "$base" -c "SELECT min(usager_id) FROM citoyen.usager WHERE arrondissement_id = 13 AND statut = 'actif'")
refused "a sector files no request for a citizen of another sector" 42501 agt_1005 \
    "INSERT INTO demande.demande (usager_id, type_demande_id, canal, objet) VALUES ($elsewhere, 14, 'guichet', 'Trottoir')"
refused "a service files no request for another service" 42501 agt_1001 \
    "INSERT INTO demande.demande (usager_id, type_demande_id, canal, objet) VALUES ($elsewhere, 14, 'guichet', 'Trottoir')"
refused "an agent does not write history" 42501 agt_1001 \
    "INSERT INTO demande.demande_statut_histo (demande_id, demande_cree_le, rang, statut_vers) VALUES (1, now(), 1, 'deposee')"
for schema_table in citoyen.usager demande.demande rdv.rendez_vous pilotage.mv_usagers_jour; do
    refused "reporting does not read $schema_table" 42501 agt_1007 "SELECT 1 FROM $schema_table LIMIT 1"
done
for role in svc_audit svc_supervision; do
    for schema_table in citoyen.usager demande.demande rdv.rendez_vous referentiel.service; do
        refused "$role does not read $schema_table" 42501 "$role" "SELECT 1 FROM $schema_table LIMIT 1"
    done
    equal "$role reads the deployment's state" "t" "$role" "SELECT count(*) > 0 FROM vigie_meta.migration"
done
equal "the backup account reads every row" "$(of citoyen.usager)" svc_sauvegarde \
    "SET row_security = off" "SELECT count(*) FROM citoyen.usager"
equal "an account whose authorisation has run out sees no row" "0" "$su" \
    "UPDATE securite.habilitation SET valide_du = current_date - 2, valide_au = current_date - 1
     WHERE role_session = 'agt_1002'" \
    "SET SESSION AUTHORIZATION agt_1002" "SELECT count(*) FROM citoyen.usager"
equal "SET ROLE does not borrow another session's authorisation" "0" "$su" \
    "GRANT grp_etat_civil TO agt_1002" "SET SESSION AUTHORIZATION agt_1002" "SET ROLE grp_etat_civil" \
    "SELECT count(*) FROM demande.demande" "RESET SESSION AUTHORIZATION" "REVOKE grp_etat_civil FROM agt_1002"
sql -d "$base" -c "UPDATE securite.habilitation SET valide_au = current_date + 1"

# Portal.
token="jeton-de-recette-$base-0123456789abcdef"
for schema_table in citoyen.usager citoyen.session_portail demande.demande rdv.rendez_vous rdv.creneau; do
    refused "the portal reads no table: $schema_table" 42501 app_portail "SELECT 1 FROM $schema_table LIMIT 1"
done
refused "the portal opens no session" 42501 app_portail "SELECT citoyen.portail_ouvrir_session($citizen, '$token')"
refused "the portal resolves no token by itself" 42501 app_portail "SELECT citoyen.portail_usager('$token')"
refused "no session, no profile" MR011 app_portail "SELECT * FROM citoyen.portail_mon_profil('$token')"
refused "a short token is refused" 22023 app_identite "SELECT citoyen.portail_ouvrir_session($citizen, 'court')"
equal "the identity service opens a session" "" app_identite "SELECT citoyen.portail_ouvrir_session($citizen, '$token')"
equal "the database keeps no token" "0" "$su" \
    "SELECT count(*) FROM citoyen.session_portail WHERE position(convert_to('$token', 'UTF8') IN jeton_sha256) > 0"
equal "the portal sees one profile, the session's" \
    "$(sql -d "$base" -c "SELECT coalesce(nom_usage, nom_naissance), prenoms FROM citoyen.usager WHERE usager_id = $citizen")" \
    app_portail "SELECT nom, prenoms FROM citoyen.portail_mon_profil('$token')"
equal "the portal sees the session's requests and no other" "$(of "demande.demande WHERE usager_id = $citizen")" app_portail \
    "SELECT count(*) FROM demande.portail_mes_demandes('$token')"
equal "the portal files a request in the session's name" "$citizen|portail|app_portail" app_portail \
    "DO 'BEGIN PERFORM demande.portail_deposer(''$token'', ''SIGNALEMENT_VOIRIE'', ''Nid-de-poule $base''); END'" \
    "RESET SESSION AUTHORIZATION" \
    "SELECT d.usager_id, d.canal, h.auteur FROM demande.demande AS d JOIN demande.demande_statut_histo AS h
     USING (demande_id) WHERE d.objet = 'Nid-de-poule $base'"
slot_c=$(slot 32 10:00 2)
equal "the portal lists free slots" "t" app_portail \
    "SELECT count(*) > 0 FROM rdv.portail_creneaux_libres('TITRES', current_date, current_date + 7)"
equal "the portal books and cancels" "Annulé" app_portail \
    "DO \$do\$ BEGIN PERFORM rdv.portail_annuler('$token', rdv.portail_reserver('$token', $slot_c, 3::smallint)); END \$do\$" \
    "SELECT statut FROM rdv.portail_mes_rendez_vous('$token') ORDER BY rendez_vous_id DESC LIMIT 1"
refused "the portal does not cancel another citizen's appointment" MR009 app_portail \
    "SELECT rdv.portail_annuler('$token', $(sql -d "$base" -c "SELECT max(rendez_vous_id) FROM rdv.rendez_vous
        WHERE usager_id <> $citizen"))"
equal "an old session is no session" "0" "$su" \
    "UPDATE citoyen.session_portail SET ouverte_le = now() - interval '2 hours', expire_le = now() - interval '1 hour'" \
    "SELECT count(*) FROM citoyen.session_portail WHERE expire_le > now()"
refused "an expired session is refused" MR011 app_portail "SELECT * FROM demande.portail_mes_demandes('$token')"
