-- Ce que l'audit lit de plus que pg_monitor : les règles d'accès au serveur. Les vérificateurs de mots de passe
-- (pg_authid) restent illisibles : la règle qui les voudrait répond « not_evaluated ».
GRANT SELECT ON pg_catalog.pg_hba_file_rules TO grp_audit;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() TO grp_audit;
