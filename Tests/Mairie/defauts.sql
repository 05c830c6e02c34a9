-- Les défauts que devtool seed plante, chacun par sa requête ; résultat : code, clé.
WITH jeu AS (SELECT reference_le FROM vigie_meta.chargement)
SELECT 'usager_doublon' AS code, u.usager_id::text AS cle
FROM citoyen.usager AS u
JOIN citoyen.usager AS v ON v.foyer_id = u.foyer_id AND v.usager_id < u.usager_id
    AND (v.nom_naissance, v.prenoms, v.date_naissance) = (u.nom_naissance, u.prenoms, u.date_naissance)
UNION ALL
SELECT 'usager_naissance_future', u.usager_id::text FROM citoyen.usager AS u, jeu
WHERE u.date_naissance > jeu.reference_le
UNION ALL
SELECT 'usager_arrondissement_incoherent', u.usager_id::text
FROM citoyen.usager AS u JOIN citoyen.foyer AS f USING (foyer_id)
WHERE u.arrondissement_id IS DISTINCT FROM f.arrondissement_id
UNION ALL
SELECT 'usager_nom_minuscule', u.usager_id::text FROM citoyen.usager AS u
WHERE u.nom_naissance = lower(u.nom_naissance)
UNION ALL
SELECT 'usager_purge_depassee', u.usager_id::text FROM citoyen.usager AS u, jeu
WHERE u.purge_le < jeu.reference_le
UNION ALL
SELECT 'contact_courriel_partage', c.contact_id::text FROM citoyen.contact AS c
WHERE EXISTS (SELECT FROM citoyen.contact AS d WHERE d.courriel = c.courriel AND d.contact_id < c.contact_id)
UNION ALL
SELECT 'adresse_code_postal_incoherent', a.adresse_id::text
FROM referentiel.adresse AS a JOIN referentiel.arrondissement AS r USING (arrondissement_id)
WHERE a.code_postal <> r.code_postal
UNION ALL
SELECT 'foyer_sans_usager', f.foyer_id::text FROM citoyen.foyer AS f
WHERE NOT EXISTS (SELECT FROM citoyen.usager AS u WHERE u.foyer_id = f.foyer_id)
UNION ALL
SELECT 'piece_orpheline', p.piece_id::text FROM citoyen.piece AS p
WHERE NOT EXISTS (SELECT FROM demande.demande_piece AS d WHERE d.piece_id = p.piece_id)
UNION ALL
SELECT 'demande_histo_divergent', d.demande_id::text
FROM demande.demande AS d
JOIN (SELECT DISTINCT ON (demande_id, demande_cree_le) demande_id, demande_cree_le, statut_vers
      FROM demande.demande_statut_histo
      ORDER BY demande_id, demande_cree_le, rang DESC) AS h
    ON h.demande_id = d.demande_id AND h.demande_cree_le = d.cree_le
WHERE h.statut_vers <> d.statut
UNION ALL
SELECT 'demande_retard_oubliee', d.demande_id::text FROM demande.demande AS d, jeu
WHERE d.cloture_le IS NULL AND d.echeance_le < jeu.reference_le - 365
UNION ALL
SELECT 'demande_usager_decede', d.demande_id::text
FROM demande.demande AS d JOIN citoyen.usager AS u USING (usager_id)
WHERE d.cloture_le IS NULL AND u.statut = 'decede'
UNION ALL
SELECT 'rdv_passe_sans_issue', r.rendez_vous_id::text
FROM jeu, rdv.rendez_vous AS r JOIN rdv.creneau AS c USING (creneau_id)
WHERE r.statut = 'reserve' AND upper(c.periode) < jeu.reference_le::timestamp AT TIME ZONE 'Europe/Paris'
UNION ALL
SELECT 'creneau_jour_ferie', c.creneau_id::text
FROM rdv.creneau AS c
JOIN referentiel.jour_ferie AS j ON j.jour = (lower(c.periode) AT TIME ZONE 'Europe/Paris')::date
UNION ALL
SELECT 'creneau_compteur_faux', c.creneau_id::text
FROM rdv.creneau AS c
LEFT JOIN (SELECT r.creneau_id, count(*) AS n FROM rdv.rendez_vous AS r
           JOIN rdv.statut AS s USING (statut) WHERE s.occupe_place GROUP BY r.creneau_id) AS n USING (creneau_id)
WHERE c.places_prises <> coalesce(n.n, 0)
ORDER BY 1, 2;
