-- psql, dans le dossier du jeu de données (devtool seed), en une transaction : psql -1 -v ON_ERROR_STOP=1 -f.
-- CHECK, clés uniques et exclusions jugent chaque ligne. Les clés étrangères de demande et rdv sont ôtées puis
-- remises telles quelles dans la même transaction : une jointure par clé au lieu d'une recherche par ligne (quatre
-- fois plus court à 1 %). Les déclencheurs qui écriraient ce que le jeu contient déjà dorment pendant ce temps.
ALTER TABLE demande.demande DISABLE TRIGGER demande_preparer;
ALTER TABLE demande.demande DISABLE TRIGGER demande_historiser_depot;
ALTER TABLE rdv.rendez_vous DISABLE TRIGGER rendez_vous_preparer;
ALTER TABLE rdv.rendez_vous DISABLE TRIGGER rendez_vous_historiser_creation;

CREATE TEMPORARY TABLE cle_etrangere ON COMMIT DROP AS
SELECT c.conrelid::regclass AS table_nom, c.conname AS nom, pg_get_constraintdef(c.oid) AS definition
FROM pg_constraint AS c
JOIN pg_namespace AS n ON n.oid = c.connamespace
WHERE c.contype = 'f' AND c.conparentid = 0 AND n.nspname IN ('demande', 'rdv');
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', table_nom, nom) FROM cle_etrangere ORDER BY table_nom::text, nom
\gexec

\copy referentiel.voie (voie_id, type, nom) FROM 'referentiel.voie.csv' (FORMAT csv, HEADER)
\copy referentiel.adresse (adresse_id, voie_id, arrondissement_id, numero, suffixe, code_postal, longitude, latitude) FROM 'referentiel.adresse.csv' (FORMAT csv, HEADER)
\copy citoyen.foyer (foyer_id, adresse_id, arrondissement_id, quotient_tranche, cree_le) FROM 'citoyen.foyer.csv' (FORMAT csv, HEADER)
\copy citoyen.usager (usager_id, foyer_id, arrondissement_id, civilite, nom_naissance, nom_usage, prenoms, date_naissance, insee_naissance, statut, cree_le, modifie_le, supprime_le, purge_le) FROM 'citoyen.usager.csv' (FORMAT csv, HEADER)
\copy citoyen.contact (contact_id, usager_id, courriel, telephone, verifie_le) FROM 'citoyen.contact.csv' (FORMAT csv, HEADER)
\copy citoyen.consentement (usager_id, finalite, donne_le, retire_le) FROM 'citoyen.consentement.csv' (FORMAT csv, HEADER)
\copy citoyen.piece (piece_id, usager_id, nature, depose_le) FROM 'citoyen.piece.csv' (FORMAT csv, HEADER)
\copy demande.demande (demande_id, cree_le, usager_id, type_demande_id, service_id, arrondissement_id, canal, objet, statut, echeance_le, cloture_le, purge_le, modifie_le) FROM 'demande.demande.csv' (FORMAT csv, HEADER)
\copy demande.demande_statut_histo (demande_id, demande_cree_le, rang, statut_de, statut_vers, change_le, auteur) FROM 'demande.demande_statut_histo.csv' (FORMAT csv, HEADER)
\copy demande.demande_affectation (demande_id, demande_cree_le, depuis, jusqua, service_id, agent) FROM 'demande.demande_affectation.csv' (FORMAT csv, HEADER)
\copy demande.demande_piece (demande_id, demande_cree_le, piece_id) FROM 'demande.demande_piece.csv' (FORMAT csv, HEADER)
\copy demande.demande_ouverte (usager_id, type_demande_id, objet, demande_id, demande_cree_le) FROM 'demande.demande_ouverte.csv' (FORMAT csv, HEADER)
\copy rdv.creneau (creneau_id, lieu_id, service_id, guichet, periode, capacite, places_prises) FROM 'rdv.creneau.csv' (FORMAT csv, HEADER)
\copy rdv.rendez_vous (rendez_vous_id, cree_le, creneau_id, service_id, lieu_id, usager_id, motif_rdv_id, demande_id, demande_cree_le, statut, canal, motif_annulation, modifie_le) FROM 'rdv.rendez_vous.csv' (FORMAT csv, HEADER)
\copy rdv.rendez_vous_statut_histo (rendez_vous_id, rdv_cree_le, rang, statut_de, statut_vers, change_le, auteur) FROM 'rdv.rendez_vous_statut_histo.csv' (FORMAT csv, HEADER)
\copy rdv.rappel (rendez_vous_id, rdv_cree_le, canal, prevu_le, envoye_le) FROM 'rdv.rappel.csv' (FORMAT csv, HEADER)
\copy vigie_meta.chargement (taille, graine, reference_le, empreinte) FROM 'jeu.csv' (FORMAT csv, HEADER)

-- Les plans des jointures qui suivent ont besoin de statistiques.
ANALYZE;
SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', table_nom, nom, definition)
FROM cle_etrangere ORDER BY table_nom::text, nom
\gexec

ALTER TABLE demande.demande ENABLE TRIGGER demande_preparer;
ALTER TABLE demande.demande ENABLE TRIGGER demande_historiser_depot;
ALTER TABLE rdv.rendez_vous ENABLE TRIGGER rendez_vous_preparer;
ALTER TABLE rdv.rendez_vous ENABLE TRIGGER rendez_vous_historiser_creation;

SELECT setval(pg_get_serial_sequence('citoyen.foyer', 'foyer_id'), (SELECT max(foyer_id) FROM citoyen.foyer)),
       setval(pg_get_serial_sequence('citoyen.usager', 'usager_id'), (SELECT max(usager_id) FROM citoyen.usager)),
       setval(pg_get_serial_sequence('citoyen.contact', 'contact_id'), (SELECT max(contact_id) FROM citoyen.contact)),
       setval(pg_get_serial_sequence('demande.demande', 'demande_id'), (SELECT max(demande_id) FROM demande.demande)),
       setval(pg_get_serial_sequence('rdv.creneau', 'creneau_id'), (SELECT max(creneau_id) FROM rdv.creneau)),
       setval(pg_get_serial_sequence('rdv.rendez_vous', 'rendez_vous_id'), (SELECT max(rendez_vous_id) FROM rdv.rendez_vous))
\g /dev/null
