-- Pilotage : vues matérialisées sans identifiant direct. Un effectif de 1 à 4 n'est jamais enregistré : la cellule
-- est vide, et avec elle les cellules de la même ligne dont la différence la révélerait.
SET LOCAL ROLE own_pilotage;

CREATE FUNCTION pilotage.masquer(p_effectif bigint)
RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT CASE WHEN p_effectif BETWEEN 1 AND 4 THEN NULL ELSE p_effectif END $$;

-- Les parts d'un total publié : toutes, ou aucune si l'une d'elles est de 1 à 4.
CREATE FUNCTION pilotage.parts_publiables(VARIADIC p_effectifs bigint[])
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT NOT EXISTS (SELECT FROM unnest(p_effectifs) AS n WHERE n BETWEEN 1 AND 4) $$;

CREATE TABLE pilotage.rafraichissement (
    vue     name        NOT NULL,
    fini_le timestamptz NOT NULL DEFAULT clock_timestamp(),
    duree   interval    NOT NULL,
    lignes  bigint      NOT NULL,
    PRIMARY KEY (vue, fini_le)
);
COMMENT ON TABLE pilotage.rafraichissement IS 'Journal des recalculs : quand, en combien de temps, combien de lignes.';

CREATE MATERIALIZED VIEW pilotage.mv_rdv_jour_service AS
SELECT n.jour,
       n.service_id,
       pilotage.masquer(n.total) AS rendez_vous,
       CASE WHEN p.ok THEN n.honores END AS honores,
       CASE WHEN p.ok THEN n.absents END AS absents,
       CASE WHEN p.ok THEN n.annules END AS annules,
       CASE WHEN p.ok THEN n.a_venir END AS a_venir
FROM (
    SELECT (lower(c.periode) AT TIME ZONE 'Europe/Paris')::date AS jour,
           r.service_id,
           count(*) AS total,
           count(*) FILTER (WHERE r.statut = 'honore') AS honores,
           count(*) FILTER (WHERE r.statut = 'absent') AS absents,
           count(*) FILTER (WHERE r.statut = 'annule') AS annules,
           count(*) FILTER (WHERE r.statut = 'reserve') AS a_venir
    FROM rdv.rendez_vous AS r
    JOIN rdv.creneau AS c ON c.creneau_id = r.creneau_id
    GROUP BY 1, 2
) AS n,
LATERAL (SELECT pilotage.parts_publiables(n.honores, n.absents, n.annules, n.a_venir) AS ok) AS p
WITH NO DATA;
CREATE UNIQUE INDEX mv_rdv_jour_service_cle ON pilotage.mv_rdv_jour_service (jour, service_id);

CREATE MATERIALIZED VIEW pilotage.mv_charge_jour_type AS
SELECT (d.cree_le AT TIME ZONE 'Europe/Paris')::date AS jour,
       d.type_demande_id,
       pilotage.masquer(count(*)) AS demandes
FROM demande.demande AS d
GROUP BY 1, 2
WITH NO DATA;
CREATE UNIQUE INDEX mv_charge_jour_type_cle ON pilotage.mv_charge_jour_type (jour, type_demande_id);

CREATE MATERIALIZED VIEW pilotage.mv_activite_arrondissement AS
SELECT date_trunc('month', d.cree_le AT TIME ZONE 'Europe/Paris')::date AS mois,
       d.arrondissement_id,
       pilotage.masquer(count(*)) AS demandes,
       pilotage.masquer(count(DISTINCT d.usager_id)) AS usagers
FROM demande.demande AS d
WHERE d.arrondissement_id IS NOT NULL
GROUP BY 1, 2
WITH NO DATA;
CREATE UNIQUE INDEX mv_activite_arrondissement_cle ON pilotage.mv_activite_arrondissement (mois, arrondissement_id);

CREATE MATERIALIZED VIEW pilotage.mv_delai_mois_service AS
SELECT n.mois,
       n.service_id,
       pilotage.masquer(n.closes) AS closes,
       CASE WHEN p.ok THEN n.dans_les_delais END AS dans_les_delais,
       CASE WHEN p.ok THEN round(n.dans_les_delais::numeric / n.closes, 4) END AS part_dans_les_delais
FROM (
    SELECT date_trunc('month', d.cloture_le AT TIME ZONE 'Europe/Paris')::date AS mois,
           d.service_id,
           count(*) AS closes,
           count(*) FILTER (WHERE (d.cloture_le AT TIME ZONE 'Europe/Paris')::date <= d.echeance_le) AS dans_les_delais
    FROM demande.demande AS d
    WHERE d.cloture_le IS NOT NULL
    GROUP BY 1, 2
) AS n,
LATERAL (SELECT pilotage.parts_publiables(n.dans_les_delais, n.closes - n.dans_les_delais) AS ok) AS p
WITH NO DATA;
CREATE UNIQUE INDEX mv_delai_mois_service_cle ON pilotage.mv_delai_mois_service (mois, service_id);

CREATE MATERIALIZED VIEW pilotage.mv_usagers_jour AS
SELECT (d.cree_le AT TIME ZONE 'Europe/Paris')::date AS jour,
       pilotage.masquer(count(*)) AS demandes,
       pilotage.masquer(count(DISTINCT d.usager_id)) AS usagers_distincts
FROM demande.demande AS d
GROUP BY 1
WITH NO DATA;
CREATE UNIQUE INDEX mv_usagers_jour_cle ON pilotage.mv_usagers_jour (jour);

-- Vues d'export (COPY ... CSV HEADER) : libellés et ordre stables.
CREATE VIEW pilotage.export_rdv_jour_service AS
SELECT v.jour, s.code AS service, v.rendez_vous, v.honores, v.absents, v.annules, v.a_venir
FROM pilotage.mv_rdv_jour_service AS v
JOIN referentiel.service AS s USING (service_id)
ORDER BY v.jour, s.code;
CREATE VIEW pilotage.export_charge_jour_type AS
SELECT v.jour, t.code AS type_demande, v.demandes
FROM pilotage.mv_charge_jour_type AS v
JOIN referentiel.type_demande AS t USING (type_demande_id)
ORDER BY v.jour, t.code;
CREATE VIEW pilotage.export_activite_arrondissement AS
SELECT v.mois, a.secteur_id AS secteur, v.arrondissement_id AS arrondissement, v.demandes, v.usagers
FROM pilotage.mv_activite_arrondissement AS v
JOIN referentiel.arrondissement AS a USING (arrondissement_id)
ORDER BY v.mois, v.arrondissement_id;
CREATE VIEW pilotage.export_delai_mois_service AS
SELECT v.mois, s.code AS service, v.closes, v.dans_les_delais, v.part_dans_les_delais
FROM pilotage.mv_delai_mois_service AS v
JOIN referentiel.service AS s USING (service_id)
ORDER BY v.mois, s.code;
CREATE VIEW pilotage.export_usagers_jour AS
SELECT v.jour, v.demandes, v.usagers_distincts
FROM pilotage.mv_usagers_jour AS v
ORDER BY v.jour;

-- Recalcule toutes les vues, pour un compte habilité.
CREATE FUNCTION pilotage.rafraichir()
RETURNS TABLE (vue name, lignes bigint, duree interval)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v record;
    debut timestamptz;
BEGIN
    IF NOT securite.session_habilitee() THEN
        PERFORM referentiel.lever_erreur('MR014', session_user);
    END IF;
    FOR v IN
        SELECT m.matviewname, m.ispopulated FROM pg_matviews AS m
        WHERE m.schemaname = 'pilotage' ORDER BY m.matviewname
    LOOP
        debut := clock_timestamp();
        EXECUTE format('REFRESH MATERIALIZED VIEW %s pilotage.%I',
            CASE WHEN v.ispopulated THEN 'CONCURRENTLY' ELSE '' END, v.matviewname);
        EXECUTE format('SELECT count(*) FROM pilotage.%I', v.matviewname) INTO lignes;
        vue := v.matviewname;
        duree := clock_timestamp() - debut;
        INSERT INTO pilotage.rafraichissement (vue, duree, lignes) VALUES (v.matviewname, duree, lignes);
        RETURN NEXT;
    END LOOP;
END
$$;

GRANT USAGE ON SCHEMA pilotage TO grp_pilotage, grp_mairie_secteur, grp_rafraichissement, grp_supervision;
GRANT SELECT ON pilotage.export_rdv_jour_service, pilotage.export_charge_jour_type,
    pilotage.export_activite_arrondissement, pilotage.export_delai_mois_service, pilotage.export_usagers_jour
    TO grp_pilotage, grp_mairie_secteur;
GRANT SELECT ON pilotage.rafraichissement TO grp_pilotage, grp_rafraichissement, grp_supervision;
GRANT EXECUTE ON FUNCTION pilotage.rafraichir() TO grp_rafraichissement;

RESET ROLE;
