# Generator and loading: same bytes, valid constraints, planted defects in the exact number.
"$devtool" seed --size small --out "$work/a" > "$work/seed.log"
"$devtool" seed --size small --out "$work/b" > /dev/null
"$devtool" seed --size small --seed 7 --out "$work/c" > /dev/null
if diff -rq "$work/a" "$work/b" > /dev/null; then pass; else miss "two runs with one seed write the same bytes"; fi
if diff -q "$work/a/manifeste.csv" "$work/c/manifeste.csv" > /dev/null; then
    miss "another seed writes other data"
else
    pass
fi
if (cd "$work/a" && tail -n +2 manifeste.csv | awk -F, '{ print $3 "  " $1 ".csv" }' | sha256sum --check --quiet); then
    pass
else
    miss "the manifest's digests are those of the files"
fi
mkdir "$work/other" && touch "$work/other/letter.txt"
if "$devtool" seed --out "$work/other" > /dev/null 2>&1; then
    miss "a folder with other files is refused"
else
    pass
fi

foreign_keys="SELECT conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint
              WHERE contype = 'f' AND conparentid = 0 ORDER BY conrelid::regclass::text, 2"
before=$(sql -d "$base" -c "$foreign_keys")
started=$SECONDS
load_data "$base" "$work/a"
echo "# small: $(tail -n +2 "$work/a/manifeste.csv" | awk -F, '$1 ~ /[.]/ { n += $2 } END { print n }') rows loaded in" \
    "$((SECONDS - started)) s" >&2
if [ "$before" = "$(sql -d "$base" -c "$foreign_keys")" ]; then
    pass
else
    miss "after loading, the foreign keys are as before, validated"
fi
equal "rows in the tables are the manifest's" \
    "$(tail -n +2 "$work/a/manifeste.csv" | awk -F, '$1 ~ /[.]/ { print $1 " " $2 }' | sort)" "$su" \
    "SELECT t || ' ' || (xpath('/row/n/text()', query_to_xml('SELECT count(*) AS n FROM ' || t, false, true, '')))[1]
     FROM unnest(ARRAY[$(tail -n +2 "$work/a/manifeste.csv" | awk -F, '$1 ~ /[.]/ { print "\x27" $1 "\x27" }' |
        paste -sd,)]) AS t ORDER BY t COLLATE \"C\""
equal "no trigger stays disabled" "0" "$su" "SELECT count(*) FROM pg_trigger WHERE tgenabled = 'D'"
equal "default partitions are empty" "0" "$su" "SELECT sum(octets) FROM vigie_meta.partition_defaut"
refused "a second data set is refused while one is loaded" 23505 "$su" \
    "INSERT INTO vigie_meta.chargement (taille, graine, reference_le, empreinte)
     SELECT taille, graine, reference_le, empreinte FROM vigie_meta.chargement"

sql -d "$base" -f Tests/Mairie/defauts.sql -F, | sort > "$work/found"
tail -n +2 "$work/a/defauts_plantes.csv" | awk -F, '{ print $1 "," $3 }' | sort > "$work/planted"
for code in $(cut -d, -f 1 "$work/planted" | sort -u); do
    if diff <(grep "^$code," "$work/planted") <(grep "^$code," "$work/found") > "$work/difference"; then
        pass
    else
        miss "planted and found: $code" "$(head -n 5 "$work/difference")"
    fi
done
if [ "$(cut -d, -f 1 "$work/found" | sort -u)" = "$(cut -d, -f 1 "$work/planted" | sort -u)" ]; then
    pass
else
    miss "no other kind of defect is found"
fi
equal "purge dates follow the retention of the type" "0" "$su" \
    "SELECT count(*) FROM demande.demande AS d JOIN referentiel.type_demande AS t USING (type_demande_id)
     WHERE d.purge_le <> ((d.cloture_le AT TIME ZONE 'Europe/Paris')::date
                          + make_interval(months => t.conservation_mois))::date"
equal "due dates follow the delay of the type" "0" "$su" \
    "SELECT count(*) FROM demande.demande AS d JOIN referentiel.type_demande AS t USING (type_demande_id)
     WHERE d.echeance_le <> (d.cree_le AT TIME ZONE 'Europe/Paris')::date + t.delai_jours"
equal "open requests are exactly those of the register" "0|0" "$su" \
    "SELECT count(*) FILTER (WHERE o.demande_id IS NULL), count(*) FILTER (WHERE d.demande_id IS NULL)
     FROM (SELECT demande_id FROM demande.demande WHERE cloture_le IS NULL) AS d
     FULL JOIN demande.demande_ouverte AS o USING (demande_id)"
equal "Monday is the busiest day, Sunday the calmest" "1|0" "$su" \
    "WITH j AS (SELECT extract(dow FROM cree_le)::int AS jour, count(*) AS n FROM demande.demande GROUP BY 1)
     SELECT (SELECT jour FROM j ORDER BY n DESC LIMIT 1), (SELECT jour FROM j ORDER BY n LIMIT 1)"
equal "all arrondissements have inhabitants" "16" "$su" \
    "SELECT count(DISTINCT arrondissement_id) FROM citoyen.usager"
