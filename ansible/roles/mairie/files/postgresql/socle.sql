-- Registre des migrations. Exécuté une fois, quand la table manque ; ce fichier ne change plus.
SET LOCAL ROLE own_mairie;

CREATE TABLE vigie_meta.migration (
    nom         text        PRIMARY KEY CHECK (nom ~ '^[0-9]{4}_[a-z0-9_]+[.]sql$'),
    sha256      text        NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    appliquee_le timestamptz NOT NULL DEFAULT now(),
    appliquee_par name      NOT NULL DEFAULT session_user
);
COMMENT ON TABLE vigie_meta.migration IS
    'Fichiers de migration appliqués. Un fichier appliqué ne change plus : une correction est un nouveau fichier.';

RESET ROLE;
