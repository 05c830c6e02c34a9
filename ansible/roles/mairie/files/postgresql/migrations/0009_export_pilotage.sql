-- Le compte qui recalcule les vues écrit aussi les fichiers des directions (runbooks/pilotage-export.yml).
GRANT SELECT ON pilotage.export_rdv_jour_service, pilotage.export_charge_jour_type,
    pilotage.export_activite_arrondissement, pilotage.export_delai_mois_service, pilotage.export_usagers_jour
    TO grp_rafraichissement;
