# Model: city facts, constraints, indexes, partitions, migrations.
su=$PGUSER

equal "eight sectors of two arrondissements, as in the city's statutes" \
    "1:1,7 2:2,3 3:4,5 4:6,8 5:9,10 6:11,12 7:13,14 8:15,16" "$su" \
    "SELECT string_agg(secteur_id || ':' || a, ' ' ORDER BY secteur_id)
     FROM (SELECT secteur_id, string_agg(arrondissement_id::text, ',' ORDER BY arrondissement_id) AS a
           FROM referentiel.arrondissement GROUP BY 1) AS s"
equal "each of the sixteen arrondissements has exactly one sector" "16|16|8" "$su" \
    "SELECT count(*), count(DISTINCT arrondissement_id), count(DISTINCT secteur_id)
     FROM referentiel.arrondissement JOIN referentiel.secteur USING (secteur_id)"
equal "INSEE codes and postcodes follow the number" "13201-13216 13001-13016" "$su" \
    "SELECT min(code_insee::text) || '-' || max(code_insee::text) || ' ' || min(code_postal::text) || '-' ||
            max(code_postal::text) FROM referentiel.arrondissement"
refused "an arrondissement cannot be in a second sector" 23505 "$su" \
    "INSERT INTO referentiel.arrondissement VALUES (1, 2, '13201', '13001', 'Double')"
equal "holidays: Easter Monday and Ascension 2026" "2026-04-06 2026-05-14" "$su" \
    "SELECT string_agg(jour::text, ' ' ORDER BY jour) FROM referentiel.jour_ferie
     WHERE libelle IN ('Lundi de Pâques', 'Ascension') AND jour BETWEEN '2026-01-01' AND '2026-12-31'"

refused "a postcode is five digits" 23514 "$su" "SELECT '1300'::referentiel.code_postal"
refused "an e-mail address has a domain" 23514 "$su" "SELECT 'personne@'::referentiel.courriel"
refused "a telephone number is in E.164" 23514 "$su" "SELECT '0491000000'::referentiel.telephone"
refused "an INSEE code has five places" 23514 "$su" "SELECT '13 055'::referentiel.code_insee"
equal "Corsican INSEE codes are INSEE codes" "2A004" "$su" "SELECT '2A004'::referentiel.code_insee"

equal "every foreign key has an index that starts with its columns" "" "$su" \
    "SELECT k.conrelid::regclass || ' ' || k.conname FROM pg_constraint AS k
     JOIN pg_namespace AS n ON n.oid = k.connamespace
     WHERE k.contype = 'f' AND n.nspname IN ('referentiel', 'securite', 'citoyen', 'demande', 'rdv', 'pilotage')
       AND NOT EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = k.conrelid AND i.indisvalid
           AND (SELECT array_agg(a ORDER BY a) FROM unnest((i.indkey::smallint[])[0:cardinality(k.conkey) - 1]) AS a)
             = (SELECT array_agg(a ORDER BY a) FROM unnest(k.conkey) AS a))"
equal "every table has a primary key" "" "$su" \
    "SELECT c.oid::regclass FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND n.nspname IN
           ('vigie_meta', 'referentiel', 'securite', 'citoyen', 'demande', 'rdv', 'pilotage')
       AND NOT EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisprimary)"
equal "one owner per schema, who cannot log in" "" "$su" \
    "SELECT c.oid::regclass FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     JOIN pg_roles AS r ON r.oid = c.relowner
     WHERE n.nspname IN ('vigie_meta', 'referentiel', 'securite', 'citoyen', 'demande', 'rdv', 'pilotage')
       AND (c.relowner <> n.nspowner OR r.rolcanlogin)"
equal "no object in public" "0" "$su" \
    "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
equal "partitions for 2021 to 2027 and a default for seven tables" "7|56" "$su" \
    "SELECT count(DISTINCT p.table_nom), count(*) FROM vigie_meta.table_partitionnee AS p
     JOIN pg_inherits AS i ON i.inhparent = (p.schema_nom || '.' || p.table_nom)::regclass"
equal "partitions are made once" "7|0" "$su" \
    "BEGIN" "SELECT vigie_meta.assurer_partitions(2028), vigie_meta.assurer_partitions(2028)" "ROLLBACK"
refused "a file that was applied is not applied twice" 23505 "$su" \
    "INSERT INTO vigie_meta.migration (nom, sha256) SELECT nom, sha256 FROM vigie_meta.migration"
equal "every migration file is recorded with its digest" "$(cd "$mairie_files/migrations" && sha256sum ./*.sql |
    awk '{ print substr($2, 3) " " $1 }')" "$su" "SELECT nom || ' ' || sha256 FROM vigie_meta.migration ORDER BY nom"
