/// Defects that are planted on purpose, so that quality checks have exact expected answers.
///
/// The constraints of the database allow each of them: checks must find them, loading does not refuse them.
enum SeedDefect: String, CaseIterable {
    case duplicatePerson = "usager_doublon"
    case futureBirth = "usager_naissance_future"
    case wrongArrondissement = "usager_arrondissement_incoherent"
    case lowerCaseName = "usager_nom_minuscule"
    case overduePurge = "usager_purge_depassee"
    case sharedEmail = "contact_courriel_partage"
    case wrongPostcode = "adresse_code_postal_incoherent"
    case emptyHousehold = "foyer_sans_usager"
    case orphanDocument = "piece_orpheline"
    case historyMismatch = "demande_histo_divergent"
    case forgottenRequest = "demande_retard_oubliee"
    case deceasedRequester = "demande_usager_decede"
    case appointmentWithoutOutcome = "rdv_passe_sans_issue"
    case slotOnHoliday = "creneau_jour_ferie"
    case wrongSlotCount = "creneau_compteur_faux"

    /// How many there are in the small size; larger sizes hold as many times more.
    private var countInSmall: Int {
        switch self {
        case .duplicatePerson: 25
        case .futureBirth: 12
        case .wrongArrondissement: 15
        case .lowerCaseName: 10
        case .overduePurge: 11
        case .sharedEmail: 14
        case .wrongPostcode: 10
        case .emptyHousehold: 7
        case .orphanDocument: 13
        case .historyMismatch: 18
        case .forgottenRequest: 20
        case .deceasedRequester: 9
        case .appointmentWithoutOutcome: 16
        case .slotOnHoliday: 8
        case .wrongSlotCount: 6
        }
    }

    /// Table whose key is listed.
    var table: String {
        switch self {
        case .duplicatePerson, .futureBirth, .wrongArrondissement, .lowerCaseName, .overduePurge:
            "citoyen.usager"
        case .sharedEmail: "citoyen.contact"
        case .wrongPostcode: "referentiel.adresse"
        case .emptyHousehold: "citoyen.foyer"
        case .orphanDocument: "citoyen.piece"
        case .historyMismatch, .forgottenRequest, .deceasedRequester: "demande.demande"
        case .appointmentWithoutOutcome: "rdv.rendez_vous"
        case .slotOnHoliday, .wrongSlotCount: "rdv.creneau"
        }
    }

    func count(in size: SeedSize) -> Int {
        countInSmall * size.percent
    }

    /// Whether record `index` bears this defect, when every `stride`-th record from `offset` does.
    func isPlanted(at index: Int, every stride: Int, from offset: Int, in size: SeedSize) -> Bool {
        index % stride == offset && index / stride < count(in: size)
    }
}
