import RunbookCore
import RunbookJournal

/// The words of a report, in French or English.
struct ReportWords {
    let isFrench: Bool

    private func pick(_ french: String, _ english: String) -> String { isFrench ? french : english }

    var heading: String { pick("Compte rendu d'exécution", "Report of a run") }
    var run: String { pick("Exécution", "Run") }
    var runbook: String { pick("Procédure", "Runbook") }
    var outcome: String { pick("Résultat", "Result") }
    var operated: String { pick("Ouverte par", "Opened by") }
    var people: String { pick("Intervenants", "People") }
    var begun: String { pick("Début", "Begun") }
    var ended: String { pick("Dernier enregistrement", "Last record") }
    var duration: String { pick("Durée", "Duration") }
    var rollback: String { pick("Retour arrière", "Rollback") }
    var target: String { pick("Cible", "Target") }
    var digest: String { pick("Empreinte du document (SHA-256)", "Digest of the document (SHA-256)") }
    var parameters: String { pick("Paramètres", "Parameters") }
    var steps: String { pick("Étapes", "Steps") }
    var step: String { pick("Étape", "Step") }
    var state: String { pick("État", "State") }
    var attempts: String { pick("Tentatives", "Attempts") }
    var evidence: String { pick("Preuves et décisions", "Evidence and decisions") }
    var gaps: String { pick("Interruptions", "Gaps") }
    var noGaps: String { pick("Aucune.", "None.") }
    var from: String { pick("De", "From") }
    var to: String { pick("À", "To") }
    var reason: String { pick("Motif", "Reason") }
    var journal: String { pick("Journal", "Journal") }
    var executorEnded: String { pick("l'exécuteur s'est arrêté", "the executor ended") }

    func journalLine(_ records: Int, _ head: String) -> String {
        pick(
            "\(records) enregistrements chaînés ; empreinte du dernier : \(head). `runbook verify --head` la prouve.",
            "\(records) chained records; hash of the last one: \(head). `runbook verify --head` proves it.")
    }

    /// Who took the run from an executor, and why.
    func takeover(_ record: JournalRecord) -> String {
        let who = record.body["by"]?.string ?? record.actor
        return pick("reprise par \(who)", "taken over by \(who)") + ": \(record.body["why"]?.string ?? "")"
    }

    func result(_ state: RunState) -> String {
        switch state.result ?? state.conclusion {
        case .done: pick("terminée", "done")
        case .stopped: pick("arrêtée après un échec", "stopped after a failure")
        case .rolledBack: pick("annulée entièrement", "rolled back")
        case .rollbackIncomplete: pick("annulation INCOMPLÈTE", "rollback INCOMPLETE")
        case nil: pick("en cours ou suspendue", "open or suspended")
        }
    }

    func phase(_ phase: RunState.Phase) -> String {
        switch phase {
        case .pending: pick("à faire", "to do")
        case .skipped(let reason): pick("sautée : \(reason)", "skipped: \(reason)")
        case .already: pick("déjà en place", "already there")
        case .active: pick("en cours", "under way")
        case .waiting: pick("attend une personne", "waits for a person")
        case .answered: pick("réponse reçue", "answered")
        case .open: pick("ouverte", "open")
        case .deferred(let until): pick("pas avant \(until.text)", "not before \(until.text)")
        case .done: pick("faite", "done")
        case .failed(let reason, _): pick("ÉCHEC : \(reason)", "FAILED: \(reason)")
        case .undone: pick("annulée", "undone")
        case .undoFailed(let reason): pick("annulation en échec : \(reason)", "undo failed: \(reason)")
        }
    }

    /// What an event proves or decides; `nil` for one that the state tells already.
    func remark(_ event: RunEvent, _ record: JournalRecord) -> String? {
        let who = record.body["by"]?.string ?? record.actor
        let why = record.body["why"]?.string.map { " (\($0))" } ?? ""
        switch event {
        case .approved(_, let account):
            return pick("accord de \(account)", "approved by \(account)") + ", \(record.wall)" + why
        case .rejected(_, let account, let reason):
            return pick("refus de \(account)", "rejected by \(account)") + ", \(record.wall): \(reason)"
        case .expired: return pick("délai dépassé", "expired") + ", \(record.wall)"
        case .answered(_, let answer):
            let fields = answer.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.text ?? "")" }
            return pick("réponse de \(who)", "answered by \(who)") + ", \(record.wall) — "
                + fields.joined(separator: "; ")
        case .settled(_, let tookEffect, let reason):
            return pick(
                tookEffect ? "effet constaté" : "sans effet", tookEffect ? "it took effect" : "without effect"
            )
                + ": \(reason), \(who)"
        case .released(_, let reason):
            return pick("relance par \(who)", "tried again by \(who)") + ": \(reason)"
        case .skipped(_, let reason) where record.body["by"] != nil:
            return pick("sautée par \(who)", "skipped by \(who)") + ": \(reason)"
        case .failed(_, let reason, _): return pick("échec", "failure") + ": \(reason), \(record.wall)"
        case .doubted(_, let reason): return pick("en doute", "in doubt") + ": \(reason), \(record.wall)"
        case .done(_, let outputs) where record.body["by"] != nil || !outputs.isEmpty:
            let values = outputs.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value.text ?? "…")" }
            let declared =
                record.body["by"] == nil
                ? [] : [pick("déclarée faite par \(who)", "declared done by \(who)") + why]
            return (declared + values).joined(separator: "; ")
        case .skipped, .already, .intended, .started, .ended, .done, .opened, .deferred, .asked,
            .rollbackBegan, .undone, .switched, .concluded, .closed:
            return nil
        }
    }
}
