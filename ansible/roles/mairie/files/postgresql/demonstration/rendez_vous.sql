-- psql, compte de l'accueil : psql -U agt_1004 -d mairie -f rendez_vous.sql
-- Prend un rendez-vous (COMMIT), en refuse un second sur le même créneau (ROLLBACK complet), puis annule le premier.
\set ON_ERROR_STOP off
\set QUIET on
\pset footer off

\echo '== Préparation : un créneau d''une place, un usager et une demande de titre ouverte'
INSERT INTO rdv.creneau (lieu_id, service_id, guichet, periode, capacite)
SELECT 1, 2, 40, tstzrange(debut, debut + interval '15 minutes'), 1
FROM (SELECT coalesce(max(upper(periode)), date_trunc('day', now()) + interval '1 day 9 hours')
             + CASE WHEN max(upper(periode)) < now() THEN now() - max(upper(periode)) + interval '1 day'
                    ELSE interval '0' END AS debut
      FROM rdv.creneau WHERE lieu_id = 1 AND guichet = 40) AS suite
RETURNING creneau_id AS creneau \gset
SELECT u.usager_id AS usager
FROM citoyen.usager AS u
WHERE u.statut = 'actif' AND u.supprime_le IS NULL
  AND NOT EXISTS (SELECT FROM rdv.rendez_vous AS r WHERE r.usager_id = u.usager_id AND r.statut = 'reserve')
ORDER BY u.usager_id LIMIT 1 \gset
INSERT INTO demande.demande (usager_id, type_demande_id, canal, objet)
VALUES (:usager, 6, 'guichet', 'Première demande, démonstration ' || :creneau)
RETURNING demande_id AS demande \gset

\echo '== 1. Transaction validée : rendez-vous, statut de la demande et historiques ensemble'
BEGIN;
SELECT rdv.creer_rendez_vous(:usager, :creneau, 3::smallint, 'guichet', :demande) AS rendez_vous \gset
COMMIT;
SELECT statut_de, statut_vers, auteur FROM demande.demande_statut_histo WHERE demande_id = :demande ORDER BY rang;
SELECT capacite, places_prises FROM rdv.creneau WHERE creneau_id = :creneau;

\echo '== 2. Créneau complet : erreur MR005, puis ROLLBACK ; rien ne reste de la transaction'
SELECT u.usager_id AS autre FROM citoyen.usager AS u
WHERE u.statut = 'actif' AND u.supprime_le IS NULL AND u.usager_id > :usager
  AND NOT EXISTS (SELECT FROM rdv.rendez_vous AS r WHERE r.usager_id = u.usager_id AND r.statut = 'reserve')
ORDER BY u.usager_id LIMIT 1 \gset
BEGIN;
INSERT INTO demande.demande (usager_id, type_demande_id, canal, objet)
VALUES (:autre, 6, 'guichet', 'Seconde demande, démonstration ' || :creneau);
SELECT rdv.creer_rendez_vous(:autre, :creneau, 3::smallint);
\echo SQLSTATE :LAST_ERROR_SQLSTATE
ROLLBACK;
SELECT count(*) AS demandes_restantes FROM demande.demande AS d
WHERE d.usager_id = :autre AND d.service_id = 2 AND d.cree_le > now() - interval '1 minute';

\echo '== 3. Annulation : la place est rendue, la demande revient en cours'
BEGIN;
SELECT rdv.annuler_rendez_vous(:rendez_vous, 'démonstration terminée');
COMMIT;
SELECT capacite, places_prises FROM rdv.creneau WHERE creneau_id = :creneau;
SELECT statut_de, statut_vers, auteur FROM demande.demande_statut_histo WHERE demande_id = :demande ORDER BY rang;

-- La demande de démonstration est close, pour que le fichier se rejoue.
UPDATE demande.demande SET statut = 'rejetee' WHERE demande_id = :demande;
