-- Référentiel : la ville, ses services, ce qui se demande. Aucune donnée personnelle.
SET LOCAL ROLE own_referentiel;

CREATE DOMAIN referentiel.code_insee AS text CHECK (VALUE ~ '^([0-9]{2}|2[AB])[0-9]{3}$');
CREATE DOMAIN referentiel.code_postal AS text CHECK (VALUE ~ '^[0-9]{5}$');
CREATE DOMAIN referentiel.courriel AS text
    CHECK (length(VALUE) <= 254 AND VALUE ~ '^[^@[:space:]]{1,64}@[^@[:space:]]+[.][a-z]{2,}$');
CREATE DOMAIN referentiel.telephone AS text CHECK (VALUE ~ '^[+][1-9][0-9]{7,14}$');
CREATE DOMAIN referentiel.canal AS text
    CHECK (VALUE IN ('guichet', 'portail', 'telephone', 'courrier', 'courriel'));
CREATE DOMAIN referentiel.libelle AS text CHECK (length(VALUE) BETWEEN 1 AND 120 AND VALUE = btrim(VALUE));
CREATE DOMAIN referentiel.code AS text CHECK (VALUE ~ '^[A-Z][A-Z0-9_]{1,30}$');

CREATE TABLE referentiel.code_erreur (
    sqlstate text PRIMARY KEY CHECK (sqlstate ~ '^MR[0-9]{3}$'),
    nom      text NOT NULL UNIQUE CHECK (nom ~ '^[a-z_]+$'),
    message  text NOT NULL,
    conseil  text NOT NULL
);
COMMENT ON TABLE referentiel.code_erreur IS 'Erreurs métier : SQLSTATE, nom, message et conseil à l''agent.';
INSERT INTO referentiel.code_erreur (sqlstate, nom, message, conseil) VALUES
    ('MR001', 'usager_introuvable', 'usager inconnu ou hors habilitation', 'L''identifiant est-il exact, et l''habilitation du compte encore valide ?'),
    ('MR002', 'usager_inactif', 'le dossier de l''usager n''est plus actif', 'Faut-il réactiver le dossier de l''usager avant de poursuivre ?'),
    ('MR003', 'creneau_introuvable', 'créneau inconnu ou fermé', 'La liste des créneaux affichée est-elle à jour ?'),
    ('MR004', 'creneau_passe', 'le créneau est déjà commencé', 'Quel créneau à venir convient à l''usager ?'),
    ('MR005', 'creneau_complet', 'le créneau n''a plus de place', 'Un autre créneau du même service est-il libre ?'),
    ('MR006', 'motif_incompatible', 'le motif n''appartient pas au service du créneau', 'Le motif et le créneau sont-ils du même service ?'),
    ('MR007', 'demande_incompatible', 'la demande n''est pas ouverte, ni de cet usager et de ce service', 'La demande citée est-elle la bonne ?'),
    ('MR008', 'transition_interdite', 'changement de statut interdit', 'Quelles transitions sont permises depuis le statut actuel ?'),
    ('MR009', 'rendez_vous_introuvable', 'rendez-vous inconnu ou hors habilitation', 'L''identifiant est-il exact, et le lieu dans le périmètre du compte ?'),
    ('MR010', 'rendez_vous_simultane', 'l''usager a déjà un rendez-vous à cette heure', 'Faut-il annuler le premier rendez-vous ?'),
    ('MR011', 'session_invalide', 'session du portail inconnue ou expirée', 'L''usager doit-il se reconnecter ?'),
    ('MR012', 'historique_immuable', 'l''historique ne se modifie pas', 'Une nouvelle ligne d''historique corrige-t-elle l''erreur ?'),
    ('MR013', 'type_introuvable', 'type de demande inconnu', 'Le code du type de demande est-il celui du référentiel ?'),
    ('MR014', 'session_non_habilitee', 'le compte de session n''a pas d''habilitation valide', 'La revue des habilitations a-t-elle laissé expirer ce compte ?');

-- Lève une erreur métier avec les mots du référentiel : « nom: message », SQLSTATE et conseil.
CREATE FUNCTION referentiel.lever_erreur(p_sqlstate text, p_detail text DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    e referentiel.code_erreur;
BEGIN
    SELECT c.* INTO STRICT e FROM referentiel.code_erreur AS c WHERE c.sqlstate = p_sqlstate;
    RAISE EXCEPTION USING
        ERRCODE = e.sqlstate,
        MESSAGE = e.nom || ' : ' || e.message,
        DETAIL = coalesce(p_detail, ''),
        HINT = e.conseil;
END
$$;

CREATE TABLE referentiel.secteur (
    secteur_id smallint PRIMARY KEY CHECK (secteur_id BETWEEN 1 AND 8),
    libelle    referentiel.libelle NOT NULL UNIQUE
);
CREATE TABLE referentiel.arrondissement (
    arrondissement_id smallint PRIMARY KEY CHECK (arrondissement_id BETWEEN 1 AND 16),
    secteur_id        smallint NOT NULL REFERENCES referentiel.secteur,
    code_insee        referentiel.code_insee NOT NULL UNIQUE,
    code_postal       referentiel.code_postal NOT NULL UNIQUE,
    libelle           referentiel.libelle NOT NULL UNIQUE,
    CHECK (code_insee = (13200 + arrondissement_id)::text),
    CHECK (code_postal = (13000 + arrondissement_id)::text)
);
CREATE INDEX arrondissement_secteur_idx ON referentiel.arrondissement (secteur_id);
INSERT INTO referentiel.secteur (secteur_id, libelle)
SELECT n, CASE n WHEN 1 THEN '1er secteur' ELSE n || 'e secteur' END
FROM generate_series(1, 8) AS n;
INSERT INTO referentiel.arrondissement (arrondissement_id, secteur_id, code_insee, code_postal, libelle)
SELECT a, s, (13200 + a)::text, (13000 + a)::text,
       'Marseille ' || CASE a WHEN 1 THEN '1er' ELSE a || 'e' END || ' arrondissement'
FROM (VALUES (1, 1), (7, 1), (2, 2), (3, 2), (4, 3), (5, 3), (6, 4), (8, 4), (9, 5), (10, 5), (11, 6), (12, 6),
             (13, 7), (14, 7), (15, 8), (16, 8)) AS v (a, s);

CREATE TABLE referentiel.voie (
    voie_id  integer PRIMARY KEY,
    type     text NOT NULL CHECK (type IN ('rue', 'avenue', 'boulevard', 'place', 'chemin', 'impasse', 'traverse',
                                           'allée', 'cours', 'montée', 'quai', 'square')),
    nom      referentiel.libelle NOT NULL,
    UNIQUE (type, nom)
);
CREATE TABLE referentiel.adresse (
    adresse_id        integer PRIMARY KEY,
    voie_id           integer NOT NULL REFERENCES referentiel.voie,
    arrondissement_id smallint NOT NULL REFERENCES referentiel.arrondissement,
    numero            smallint NOT NULL CHECK (numero BETWEEN 1 AND 9999),
    suffixe           text NOT NULL DEFAULT '' CHECK (suffixe IN ('', 'bis', 'ter', 'A', 'B', 'C')),
    code_postal       referentiel.code_postal NOT NULL,
    longitude         numeric(8, 5) CHECK (longitude BETWEEN 5.2 AND 5.6),
    latitude          numeric(7, 5) CHECK (latitude BETWEEN 43.1 AND 43.4),
    UNIQUE (voie_id, arrondissement_id, numero, suffixe),
    CHECK ((longitude IS NULL) = (latitude IS NULL))
);
CREATE INDEX adresse_arrondissement_idx ON referentiel.adresse (arrondissement_id);

CREATE TABLE referentiel.direction (
    direction_id smallint PRIMARY KEY,
    code         referentiel.code NOT NULL UNIQUE,
    libelle      referentiel.libelle NOT NULL
);
CREATE TABLE referentiel.service (
    service_id   smallint PRIMARY KEY,
    direction_id smallint NOT NULL REFERENCES referentiel.direction,
    code         referentiel.code NOT NULL UNIQUE,
    libelle      referentiel.libelle NOT NULL
);
CREATE INDEX service_direction_idx ON referentiel.service (direction_id);
CREATE TABLE referentiel.lieu_accueil (
    lieu_id           smallint PRIMARY KEY,
    arrondissement_id smallint NOT NULL REFERENCES referentiel.arrondissement,
    libelle           referentiel.libelle NOT NULL UNIQUE,
    ouvert            boolean NOT NULL DEFAULT true
);
CREATE INDEX lieu_accueil_arrondissement_idx ON referentiel.lieu_accueil (arrondissement_id);
CREATE TABLE referentiel.type_demande (
    type_demande_id    smallint PRIMARY KEY,
    service_id         smallint NOT NULL REFERENCES referentiel.service,
    code               referentiel.code NOT NULL UNIQUE,
    libelle            referentiel.libelle NOT NULL,
    delai_jours        smallint NOT NULL CHECK (delai_jours BETWEEN 1 AND 365),
    conservation_mois  smallint NOT NULL CHECK (conservation_mois BETWEEN 1 AND 1200),
    rdv_requis         boolean NOT NULL DEFAULT false,
    UNIQUE (type_demande_id, service_id)
);
COMMENT ON COLUMN referentiel.type_demande.conservation_mois IS 'Durée d''utilité administrative (DUA) après clôture.';
CREATE INDEX type_demande_service_idx ON referentiel.type_demande (service_id);
CREATE TABLE referentiel.motif_rdv (
    motif_rdv_id smallint PRIMARY KEY,
    service_id   smallint NOT NULL REFERENCES referentiel.service,
    libelle      referentiel.libelle NOT NULL,
    duree_minutes smallint NOT NULL CHECK (duree_minutes BETWEEN 5 AND 120),
    UNIQUE (motif_rdv_id, service_id)
);
CREATE INDEX motif_rdv_service_idx ON referentiel.motif_rdv (service_id);
CREATE TABLE referentiel.jour_ferie (
    jour    date PRIMARY KEY,
    libelle referentiel.libelle NOT NULL
);

INSERT INTO referentiel.direction (direction_id, code, libelle) VALUES
    (1, 'DIR_POPULATION', 'Direction de l''accueil et de l''état civil'),
    (2, 'DIR_URBANISME', 'Direction de l''urbanisme'),
    (3, 'DIR_ENFANCE', 'Direction de l''enfance et de l''éducation'),
    (4, 'DIR_ESPACE_PUBLIC', 'Direction de l''espace public'),
    (5, 'DIR_SOLIDARITE', 'Direction des solidarités');
INSERT INTO referentiel.service (service_id, direction_id, code, libelle) VALUES
    (1, 1, 'ETAT_CIVIL', 'Service de l''état civil'),
    (2, 1, 'TITRES', 'Service des titres d''identité'),
    (3, 2, 'URBANISME', 'Service des autorisations d''urbanisme'),
    (4, 3, 'ENFANCE', 'Service de la petite enfance et des écoles'),
    (5, 4, 'VOIRIE', 'Service de la voirie et de la propreté'),
    (6, 5, 'SOLIDARITE', 'Service de l''action sociale'),
    (7, 1, 'ELECTIONS', 'Service des élections');
INSERT INTO referentiel.type_demande
    (type_demande_id, service_id, code, libelle, delai_jours, conservation_mois, rdv_requis) VALUES
    (1, 1, 'ACTE_NAISSANCE', 'Copie d''acte de naissance', 5, 72, false),
    (2, 1, 'ACTE_MARIAGE', 'Copie d''acte de mariage', 5, 72, false),
    (3, 1, 'ACTE_DECES', 'Copie d''acte de décès', 5, 72, false),
    (4, 1, 'LIVRET_FAMILLE', 'Livret de famille', 15, 72, false),
    (5, 1, 'DOSSIER_MARIAGE', 'Dossier de mariage', 45, 120, true),
    (6, 2, 'CARTE_IDENTITE', 'Carte nationale d''identité', 30, 72, true),
    (7, 2, 'PASSEPORT', 'Passeport', 30, 72, true),
    (8, 3, 'CERTIFICAT_URBANISME', 'Certificat d''urbanisme', 60, 120, false),
    (9, 3, 'DECLARATION_PREALABLE', 'Déclaration préalable de travaux', 60, 120, false),
    (10, 3, 'PERMIS_CONSTRUIRE', 'Permis de construire', 90, 240, true),
    (11, 4, 'INSCRIPTION_ECOLE', 'Inscription scolaire', 20, 72, false),
    (12, 4, 'PLACE_CRECHE', 'Place en crèche', 90, 72, true),
    (13, 4, 'CANTINE', 'Restauration scolaire', 15, 72, false),
    (14, 5, 'SIGNALEMENT_VOIRIE', 'Signalement de voirie', 10, 72, false),
    (15, 5, 'ENLEVEMENT_ENCOMBRANTS', 'Enlèvement d''encombrants', 7, 72, false),
    (16, 6, 'AIDE_SOCIALE', 'Aide sociale facultative', 30, 72, true),
    (17, 7, 'LISTE_ELECTORALE', 'Inscription sur les listes électorales', 20, 72, false);
INSERT INTO referentiel.motif_rdv (motif_rdv_id, service_id, libelle, duree_minutes) VALUES
    (1, 1, 'Dépôt de dossier de mariage', 30), (2, 1, 'Déclaration de naissance', 15),
    (3, 2, 'Dépôt de carte d''identité ou passeport', 15), (4, 2, 'Retrait de titre', 15),
    (5, 3, 'Conseil avant dépôt de permis', 30), (6, 3, 'Consultation de dossier', 15),
    (7, 4, 'Inscription en crèche', 30), (8, 4, 'Inscription scolaire', 15),
    (9, 5, 'Occupation de l''espace public', 15), (10, 6, 'Entretien social', 30),
    (11, 7, 'Inscription électorale', 15);
-- Mairies de secteur, bureaux de proximité par arrondissement, sièges de direction.
INSERT INTO referentiel.lieu_accueil (lieu_id, arrondissement_id, libelle)
SELECT s.secteur_id, min(a.arrondissement_id),
       'Mairie du ' || s.libelle
FROM referentiel.secteur AS s
JOIN referentiel.arrondissement AS a USING (secteur_id)
GROUP BY s.secteur_id, s.libelle;
INSERT INTO referentiel.lieu_accueil (lieu_id, arrondissement_id, libelle)
SELECT 8 + arrondissement_id, arrondissement_id, 'Bureau municipal de proximité, ' || code_postal
FROM referentiel.arrondissement;

-- Jours fériés de droit commun ; Pâques par l'algorithme de Butcher-Meeus.
INSERT INTO referentiel.jour_ferie (jour, libelle)
SELECT j.jour, j.libelle
FROM generate_series(2020, 2035) AS annee,
LATERAL (SELECT annee % 19 AS a, annee / 100 AS b, annee % 100 AS c) AS p1,
LATERAL (SELECT (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30 AS h) AS p2,
LATERAL (SELECT (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7 AS l) AS p3,
LATERAL (SELECT (a + 11 * h + 22 * l) / 451 AS m) AS p4,
LATERAL (SELECT make_date(annee, (h + l - 7 * m + 114) / 31, (h + l - 7 * m + 114) % 31 + 1) AS paques) AS p5,
LATERAL (VALUES
    (make_date(annee, 1, 1), 'Jour de l''an'), (paques + 1, 'Lundi de Pâques'),
    (make_date(annee, 5, 1), 'Fête du travail'), (make_date(annee, 5, 8), 'Victoire de 1945'),
    (paques + 39, 'Ascension'), (paques + 50, 'Lundi de Pentecôte'), (make_date(annee, 7, 14), 'Fête nationale'),
    (make_date(annee, 8, 15), 'Assomption'), (make_date(annee, 11, 1), 'Toussaint'),
    (make_date(annee, 11, 11), 'Armistice de 1918'), (make_date(annee, 12, 25), 'Noël')) AS j (jour, libelle)
-- L'Ascension tombe parfois un 1er ou un 8 mai.
ON CONFLICT (jour) DO NOTHING;

GRANT USAGE ON SCHEMA referentiel TO
    own_securite, own_citoyen, own_demande, own_rdv, own_pilotage, grp_etat_civil, grp_urbanisme, grp_enfance,
    grp_accueil, grp_mairie_secteur, grp_pilotage;
GRANT REFERENCES, SELECT ON ALL TABLES IN SCHEMA referentiel TO own_securite, own_citoyen, own_demande, own_rdv;
GRANT SELECT ON ALL TABLES IN SCHEMA referentiel TO
    own_pilotage, grp_etat_civil, grp_urbanisme, grp_enfance, grp_accueil, grp_mairie_secteur, grp_pilotage;
GRANT EXECUTE ON FUNCTION referentiel.lever_erreur(text, text) TO
    own_citoyen, own_demande, own_rdv, own_pilotage, grp_etat_civil, grp_urbanisme, grp_enfance, grp_accueil,
    grp_mairie_secteur;

RESET ROLE;
