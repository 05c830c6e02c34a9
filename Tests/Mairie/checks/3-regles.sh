# Business rules: status machine, one open request, overlapping slots, appointments with their SQLSTATEs.
citizen=$(sql -d "$base" -c "SELECT min(usager_id) FROM citoyen.usager AS u WHERE statut = 'actif'
    AND NOT EXISTS (SELECT FROM demande.demande_ouverte AS o WHERE o.usager_id = u.usager_id)")
former=$(sql -d "$base" -c "SELECT min(usager_id) FROM citoyen.usager WHERE statut = 'parti' AND supprime_le IS NULL")
slot() {  # a free slot of one place tomorrow: slot COUNTER HOUR SERVICE
    sql -d "$base" -c "INSERT INTO rdv.creneau (lieu_id, service_id, guichet, periode, capacite)
        VALUES (1, $3, $1, tstzrange(current_date + 1 + time '$2', current_date + 1 + time '$2' + interval '15 min'), 1)
        RETURNING creneau_id"
}
request() {  # an open request: request CITIZEN TYPE SUBJECT
    sql -d "$base" -c "INSERT INTO demande.demande (usager_id, type_demande_id, canal, objet)
        VALUES ($1, $2, 'guichet', '$3') RETURNING demande_id"
}

first=$(request "$citizen" 6 "Perte de carte")
equal "a new request gets service, due date, history and a place in the register" "2|30|deposee|1" "$su" \
    "SELECT d.service_id, d.echeance_le - current_date, h.statut_vers, (SELECT count(*) FROM demande.demande_ouverte AS o
            WHERE o.demande_id = d.demande_id)
     FROM demande.demande AS d JOIN demande.demande_statut_histo AS h USING (demande_id) WHERE d.demande_id = $first"
refused "one open request per citizen, type and subject" 23505 "$su" \
    "INSERT INTO demande.demande (usager_id, type_demande_id, canal, objet)
     VALUES ($citizen, 6, 'portail', '  perte DE carte ')"
refused "no request for a former citizen" MR002 "$su" \
    "INSERT INTO demande.demande (usager_id, type_demande_id, canal, objet) VALUES ($former, 6, 'guichet', 'Perte')"
refused "no request of an unknown type" MR013 "$su" \
    "INSERT INTO demande.demande (usager_id, type_demande_id, canal, objet) VALUES ($citizen, 99, 'guichet', 'Perte')"
refused "a request does not start in the middle" MR008 "$su" \
    "INSERT INTO demande.demande (usager_id, type_demande_id, canal, objet, statut)
     VALUES ($citizen, 6, 'guichet', 'Autre', 'en_cours')"
refused "a forbidden transition" MR008 "$su" "UPDATE demande.demande SET statut = 'traitee' WHERE demande_id = $first"
equal "an allowed course closes the request, dates its purge, frees the register" "traitee|t|t|0|3" "$su" \
    "UPDATE demande.demande SET statut = 'en_cours' WHERE demande_id = $first" \
    "UPDATE demande.demande SET statut = 'traitee' WHERE demande_id = $first" \
    "SELECT statut, cloture_le IS NOT NULL, purge_le = (current_date + interval '72 months')::date,
            (SELECT count(*) FROM demande.demande_ouverte WHERE demande_id = $first),
            (SELECT count(*) FROM demande.demande_statut_histo WHERE demande_id = $first)
     FROM demande.demande WHERE demande_id = $first"
refused "a closed request does not come back" MR008 "$su" \
    "UPDATE demande.demande SET statut = 'en_cours' WHERE demande_id = $first"
refused "history is not changed" MR012 "$su" \
    "UPDATE demande.demande_statut_histo SET auteur = 'x' WHERE demande_id = $first"
refused "history is not deleted" MR012 "$su" "DELETE FROM demande.demande_statut_histo WHERE demande_id = $first"
refused "history is not truncated" MR012 "$su" "TRUNCATE demande.demande_statut_histo"
refused "history holds allowed transitions only, even by COPY" 23503 "$su" \
    "INSERT INTO demande.demande_statut_histo (demande_id, demande_cree_le, rang, statut_de, statut_vers)
     SELECT demande_id, cree_le, 9, 'archivee', 'deposee' FROM demande.demande WHERE demande_id = $first"

slot_a=$(slot 30 09:00 2)
slot_b=$(slot 31 09:00 2)
refused "slots of one counter do not overlap" 23P01 "$su" \
    "INSERT INTO rdv.creneau (lieu_id, service_id, guichet, periode)
     SELECT lieu_id, service_id, guichet, tstzrange(lower(periode) + interval '10 min', upper(periode) + interval '10 min')
     FROM rdv.creneau WHERE creneau_id = $slot_a"
refused "a slot is not empty" 23514 "$su" \
    "INSERT INTO rdv.creneau (lieu_id, service_id, guichet, periode) VALUES (1, 2, 33, 'empty')"
second=$(request "$citizen" 7 "Passeport")
equal "an appointment: place, both histories, request programmed" "1|reserve|rdv_programme|agt_1004" agt_1004 \
    "DO 'BEGIN PERFORM rdv.creer_rendez_vous($citizen, $slot_a, 3::smallint, ''guichet'', $second); END'" \
    "SELECT c.places_prises, r.statut, d.statut, h.auteur
     FROM rdv.rendez_vous AS r JOIN rdv.creneau AS c USING (creneau_id) JOIN demande.demande AS d USING (demande_id)
     JOIN rdv.rendez_vous_statut_histo AS h USING (rendez_vous_id) WHERE d.demande_id = $second"
taken=$(sql -d "$base" -c "SELECT max(rendez_vous_id) FROM rdv.rendez_vous")
other=$(sql -d "$base" -c "SELECT min(usager_id) FROM citoyen.usager WHERE statut = 'actif' AND usager_id > $citizen")
refused "a full slot" MR005 agt_1004 "SELECT rdv.creer_rendez_vous($other, $slot_a, 3::smallint)"
refused "the counter of places holds without the function" 23514 "$su" \
    "INSERT INTO rdv.rendez_vous (creneau_id, service_id, lieu_id, usager_id, motif_rdv_id, canal)
     VALUES ($slot_a, 2, 1, $other, 3, 'guichet')"
refused "two appointments of one citizen at one time" MR010 agt_1004 \
    "SELECT rdv.creer_rendez_vous($citizen, $slot_b, 3::smallint)"
refused "an unknown citizen" MR001 agt_1004 "SELECT rdv.creer_rendez_vous(0, $slot_b, 3::smallint)"
refused "a former citizen" MR002 agt_1004 "SELECT rdv.creer_rendez_vous($former, $slot_b, 3::smallint)"
refused "an unknown slot" MR003 agt_1004 "SELECT rdv.creer_rendez_vous($other, 0, 3::smallint)"
refused "a slot of the past" MR004 agt_1004 \
    "SELECT rdv.creer_rendez_vous($other, (SELECT creneau_id FROM rdv.creneau WHERE service_id = 2
        AND upper(periode) < now() ORDER BY 1 LIMIT 1), 3::smallint)"
refused "a reason of another service" MR006 agt_1004 "SELECT rdv.creer_rendez_vous($other, $slot_b, 1::smallint)"
refused "a request of somebody else" MR007 agt_1004 \
    "SELECT rdv.creer_rendez_vous($other, $slot_b, 3::smallint, 'guichet', $second)"
answer=$(as agt_1004 "SELECT rdv.creer_rendez_vous($other, $slot_a, 3::smallint)") || true
if grep -q "creneau_complet : " <<< "$answer" && grep -q "HINT:  Un autre créneau" <<< "$answer"; then
    pass
else
    miss "an error names itself and carries a hint" "$answer"
fi
equal "an error leaves nothing of its transaction" "0|0" "$su" \
    "SELECT (SELECT count(*) FROM rdv.rendez_vous WHERE usager_id = $other AND cree_le > now() - interval '1 hour'),
            (SELECT places_prises FROM rdv.creneau WHERE creneau_id = $slot_b)"
refused "an unknown appointment" MR009 agt_1004 "SELECT rdv.annuler_rendez_vous(0, 'erreur')"
equal "cancelling gives the place back and the request its course" "0|annule|en_cours|2" agt_1004 \
    "DO 'BEGIN PERFORM rdv.annuler_rendez_vous($taken, ''empêchement''); END'" \
    "SELECT c.places_prises, r.statut, d.statut, (SELECT count(*) FROM rdv.rendez_vous_statut_histo
            WHERE rendez_vous_id = $taken)
     FROM rdv.rendez_vous AS r JOIN rdv.creneau AS c USING (creneau_id) JOIN demande.demande AS d USING (demande_id)
     WHERE r.rendez_vous_id = $taken"
refused "an appointment is cancelled once" MR008 agt_1004 "SELECT rdv.annuler_rendez_vous($taken, 'encore')"

# Two sessions want the last place at the same moment: one gets it, the other is told.
for session in 1 2; do
    PGUSER=agt_1004 sql -v VERBOSITY=verbose -d "$base" -c "BEGIN" \
        -c "SELECT rdv.creer_rendez_vous($([ $session = 1 ] && echo "$citizen" || echo "$other"), $slot_b, 3::smallint)" \
        -c "SELECT pg_sleep(0.4)" -c "COMMIT" > "$work/session$session" 2>&1 &
done
wait
if [ "$(cat "$work"/session[12] | grep -c 'ERROR:  MR005')" = 1 ]; then
    pass
else
    miss "of two simultaneous bookings one wins" "$(cat "$work"/session[12])"
fi
sql -d "$base" -c "SELECT 1" > /dev/null
if PGUSER=agt_1004 psql -X -d "$base" -f "$mairie_files/demonstration/rendez_vous.sql" > "$work/demonstration" 2>&1 \
    && grep -q "SQLSTATE MR005" "$work/demonstration"; then
    pass
else
    miss "the demonstration runs" "$(cat "$work/demonstration")"
fi
