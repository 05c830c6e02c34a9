-- Droits de la base, droits par défaut, extension, registre des tables partitionnées.
CREATE EXTENSION btree_gist WITH SCHEMA extensions;

-- Une fonction ou un type créé par un propriétaire n'est ouvert à personne d'office.
ALTER DEFAULT PRIVILEGES FOR ROLE
    own_mairie, own_securite, own_referentiel, own_citoyen, own_demande, own_rdv, own_pilotage
    REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

SET LOCAL ROLE own_mairie;

-- pg_restore ne recrée ni les droits ni les réglages de la base elle-même : cette procédure les pose, à la
-- création comme après une restauration dans une base neuve.
CREATE PROCEDURE vigie_meta.droits_base()
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    base text := quote_ident(current_database());
BEGIN
    EXECUTE format('COMMENT ON DATABASE %s IS %L', base, 'Système d''information de la mairie');
    EXECUTE format('REVOKE ALL ON DATABASE %s FROM PUBLIC', base);
    EXECUTE format('GRANT CONNECT ON DATABASE %s TO grp_etat_civil, grp_urbanisme, grp_enfance, grp_accueil,
        grp_mairie_secteur, grp_pilotage, grp_portail, grp_identite, grp_rafraichissement, grp_sauvegarde,
        grp_supervision, grp_audit, grp_dba', base);
    -- REFRESH MATERIALIZED VIEW CONCURRENTLY passe par une table temporaire de son propriétaire.
    EXECUTE format('GRANT TEMPORARY ON DATABASE %s TO own_pilotage', base);
    EXECUTE format('ALTER DATABASE %s SET timezone = ''Europe/Paris''', base);
    EXECUTE format('ALTER DATABASE %s SET idle_in_transaction_session_timeout = ''10min''', base);
    REVOKE ALL ON SCHEMA public FROM PUBLIC;
END
$$;
COMMENT ON PROCEDURE vigie_meta.droits_base() IS
    'Droits et réglages de la base courante ; à appeler après chaque restauration dans une base neuve.';

CREATE TABLE vigie_meta.table_partitionnee (
    schema_nom name NOT NULL,
    table_nom  name NOT NULL,
    rang       smallint NOT NULL UNIQUE,
    PRIMARY KEY (schema_nom, table_nom)
);
COMMENT ON TABLE vigie_meta.table_partitionnee IS
    'Tables découpées par année de création ; rang : ordre de création, inverse de l''ordre d''archivage.';

CREATE TABLE vigie_meta.chargement (
    unique_ligne boolean     PRIMARY KEY DEFAULT true CHECK (unique_ligne),
    taille       text        NOT NULL CHECK (taille IN ('small', 'medium', 'city')),
    graine       numeric(20) NOT NULL CHECK (graine >= 0),
    reference_le date        NOT NULL,
    empreinte    text        NOT NULL CHECK (empreinte ~ '^[0-9a-f]{64}$'),
    charge_le    timestamptz NOT NULL DEFAULT now(),
    charge_par   name        NOT NULL DEFAULT session_user
);
COMMENT ON TABLE vigie_meta.chargement IS
    'Jeu de données présent (au plus un) : état de la ville au reference_le ; empreinte : sha256 de manifeste.csv.';

-- Crée les partitions manquantes d'une année et, une fois, la partition par défaut, qui doit rester vide.
CREATE FUNCTION vigie_meta.assurer_partitions(p_annee integer)
RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    t record;
    suffixe text;
    creees integer := 0;
    borne text;
BEGIN
    IF p_annee NOT BETWEEN 2000 AND 2100 THEN
        RAISE EXCEPTION 'année % hors de 2000..2100', p_annee USING ERRCODE = 'invalid_parameter_value';
    END IF;
    FOR t IN
        SELECT p.schema_nom, p.table_nom, c.relowner, c.relrowsecurity
        FROM vigie_meta.table_partitionnee AS p
        JOIN pg_namespace AS n ON n.nspname = p.schema_nom
        JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = p.table_nom
        ORDER BY p.rang
    LOOP
        FOREACH suffixe IN ARRAY ARRAY[p_annee::text, 'defaut'] LOOP
            CONTINUE WHEN to_regclass(format('%I.%I', t.schema_nom, t.table_nom || '_' || suffixe)) IS NOT NULL;
            borne := CASE suffixe WHEN 'defaut' THEN 'DEFAULT' ELSE format('FOR VALUES FROM (%L) TO (%L)',
                make_timestamptz(p_annee, 1, 1, 0, 0, 0, 'Europe/Paris'),
                make_timestamptz(p_annee + 1, 1, 1, 0, 0, 0, 'Europe/Paris')) END;
            EXECUTE format('CREATE TABLE %I.%I PARTITION OF %I.%I %s',
                t.schema_nom, t.table_nom || '_' || suffixe, t.schema_nom, t.table_nom, borne);
            EXECUTE format('ALTER TABLE %I.%I OWNER TO %s',
                t.schema_nom, t.table_nom || '_' || suffixe, t.relowner::regrole::text);
            -- L'accès passe par la table mère et ses règles ; la partition nommée directement ne montre rien.
            IF t.relrowsecurity THEN
                EXECUTE format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',
                    t.schema_nom, t.table_nom || '_' || suffixe);
            END IF;
            creees := creees + 1;
        END LOOP;
    END LOOP;
    RETURN creees;
END
$$;

CREATE VIEW vigie_meta.partition_defaut AS
SELECT p.schema_nom,
       p.table_nom,
       pg_relation_size(c.oid) AS octets
FROM vigie_meta.table_partitionnee AS p
JOIN pg_namespace AS n ON n.nspname = p.schema_nom
JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = p.table_nom || '_defaut';
COMMENT ON VIEW vigie_meta.partition_defaut IS
    'Règle de santé : octets doit valoir 0 partout ; sinon une année de partitions manque.';

GRANT USAGE ON SCHEMA vigie_meta TO grp_supervision, grp_audit;
GRANT SELECT ON vigie_meta.migration, vigie_meta.chargement, vigie_meta.table_partitionnee, vigie_meta.partition_defaut
    TO grp_supervision, grp_audit;

RESET ROLE;

CALL vigie_meta.droits_base();
