-- Habilitations : ce qu'un compte de session peut voir. Les règles RLS ne lisent que session_user et cette
-- table, jamais un paramètre que la session peut poser elle-même.
SET LOCAL ROLE own_securite;

CREATE TABLE securite.habilitation (
    habilitation_id bigint   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    role_session    name     NOT NULL CHECK (role_session ~ '^(agt|app|svc)_'),
    profil          text     NOT NULL CHECK (profil IN ('agent', 'application', 'exploitation')),
    service_id      smallint REFERENCES referentiel.service,
    secteur_id      smallint REFERENCES referentiel.secteur,
    valide_du       date     NOT NULL DEFAULT current_date,
    valide_au       date     NOT NULL,
    accordee_par    name     NOT NULL DEFAULT session_user,
    revue_le        date     NOT NULL DEFAULT current_date,
    CHECK (valide_au >= valide_du),
    -- Un agent agit pour un service ou pour un secteur ; un compte technique pour aucun des deux.
    CHECK (num_nonnulls(service_id, secteur_id) = CASE profil WHEN 'agent' THEN 1 ELSE 0 END)
);
COMMENT ON TABLE securite.habilitation IS 'Qui agit pour quel service ou secteur, jusqu''à quand, revu quand.';
CREATE UNIQUE INDEX habilitation_unique
    ON securite.habilitation (role_session, profil, (coalesce(service_id, 0)), (coalesce(secteur_id, 0)));
CREATE INDEX habilitation_service_idx ON securite.habilitation (service_id);
CREATE INDEX habilitation_secteur_idx ON securite.habilitation (secteur_id);

-- Un superutilisateur échappe à RLS de toute façon ; le dire ici permet à pg_restore de recalculer les vues.
CREATE FUNCTION securite.session_habilitee()
RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT FROM securite.habilitation AS h
        WHERE h.role_session = session_user
          AND current_date BETWEEN h.valide_du AND h.valide_au)
        OR EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = session_user AND r.rolsuper)
$$;

CREATE FUNCTION securite.services_de_session()
RETURNS smallint[]
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(array_agg(h.service_id ORDER BY h.service_id), '{}')
    FROM securite.habilitation AS h
    WHERE h.role_session = session_user
      AND h.service_id IS NOT NULL
      AND current_date BETWEEN h.valide_du AND h.valide_au
$$;

CREATE FUNCTION securite.arrondissements_de_session()
RETURNS smallint[]
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(array_agg(a.arrondissement_id ORDER BY a.arrondissement_id), '{}')
    FROM securite.habilitation AS h
    JOIN referentiel.arrondissement AS a USING (secteur_id)
    WHERE h.role_session = session_user
      AND current_date BETWEEN h.valide_du AND h.valide_au
$$;

CREATE FUNCTION securite.lieux_de_session()
RETURNS smallint[]
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(array_agg(l.lieu_id ORDER BY l.lieu_id), '{}')
    FROM referentiel.lieu_accueil AS l
    WHERE l.arrondissement_id = ANY (securite.arrondissements_de_session())
$$;

GRANT USAGE ON SCHEMA securite TO
    own_citoyen, own_demande, own_rdv, own_pilotage, grp_etat_civil, grp_urbanisme, grp_enfance, grp_accueil,
    grp_mairie_secteur, grp_audit;
GRANT EXECUTE ON FUNCTION securite.session_habilitee(), securite.services_de_session(),
    securite.arrondissements_de_session(), securite.lieux_de_session() TO
    own_citoyen, own_demande, own_rdv, own_pilotage, grp_etat_civil, grp_urbanisme, grp_enfance, grp_accueil,
    grp_mairie_secteur;
GRANT SELECT ON securite.habilitation TO grp_audit;

RESET ROLE;
