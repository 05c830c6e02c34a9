-- Vide les données métier avant le chargement d'un autre jeu (mairie_recharger: true), dans la même transaction.
-- Le schéma, le référentiel des services et les habilitations restent.
ALTER TABLE demande.demande_statut_histo DISABLE TRIGGER histo_non_vidable;
ALTER TABLE rdv.rendez_vous_statut_histo DISABLE TRIGGER histo_non_vidable;
TRUNCATE
    rdv.rappel, rdv.rendez_vous_statut_histo, rdv.rendez_vous, rdv.creneau,
    demande.demande_ouverte, demande.demande_piece, demande.demande_affectation, demande.demande_statut_histo,
    demande.demande, citoyen.session_portail, citoyen.piece, citoyen.consentement, citoyen.contact, citoyen.usager,
    citoyen.foyer, referentiel.adresse, referentiel.voie, vigie_meta.chargement
    RESTART IDENTITY;
ALTER TABLE demande.demande_statut_histo ENABLE TRIGGER histo_non_vidable;
ALTER TABLE rdv.rendez_vous_statut_histo ENABLE TRIGGER histo_non_vidable;
