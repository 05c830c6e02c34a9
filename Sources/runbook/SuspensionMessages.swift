import RunbookCore

/// What is waited for, and the ways to go on with what each of them does.
extension Messages {
    func suspended(_ suspension: Suspension, _ run: String) -> [String] {
        [reason(suspension)] + ways(suspension, run).map { "  runbook \($0.command)   # \($0.consequence)" }
    }

    private func reason(_ suspension: Suspension) -> String {
        switch suspension {
        case .answer(let step):
            pick("L'étape \(step) attend une personne.", "Step \(step) waits for a person.")
        case .approval(let step, let given, let needed):
            pick(
                "L'étape \(step) attend l'accord de \(needed) personne(s), \(given) reçu(s).",
                "Step \(step) waits for the consent of \(needed), \(given) given.")
        case .date(let step, let moment):
            pick(
                "L'étape \(step) n'a pas lieu avant \(moment.text).",
                "Step \(step) does not happen before \(moment.text).")
        case .child(let step, let child, _):
            pick(
                "L'étape \(step) attend l'exécution \(child), qu'elle a appelée.",
                "Step \(step) waits for run \(child), which it called.")
        case .refused(let step, let reason):
            pick(
                "L'étape \(step) a été REFUSÉE (\(reason)) ; rien d'autre n'a été lancé.",
                "Step \(step) was REFUSED (\(reason)); nothing else was started.")
        case .paused(let step):
            pick("Suspendue avant l'étape \(step).", "Suspended ahead of step \(step).")
        case .doubt(let step, let reason):
            pick(
                "L'étape \(step) est EN DOUTE (\(reason)) : a-t-elle pris effet ? Une personne décide.",
                "Step \(step) is IN DOUBT (\(reason)): did it take effect? A person decides.")
        case .held(let step, let reason):
            pick(
                "L'étape \(step) a échoué (\(reason)) ; rien d'autre n'a été lancé.",
                "Step \(step) failed (\(reason)); nothing else was started.")
        case .undoFailed(let step, let reason):
            pick(
                "L'annulation de l'étape \(step) a échoué (\(reason)).",
                "Taking back step \(step) failed (\(reason)).")
        }
    }

    private func ways(_ suspension: Suspension, _ run: String) -> [(command: String, consequence: String)] {
        let resume = ("resume \(run)", pick("poursuivre", "go on"))
        let rollback = (
            "rollback \(run) --reason …",
            pick("annuler en ordre inverse", "take effects back in reverse order")
        )
        switch suspension {
        case .answer(let step):
            return [("attest \(run) \(step) --choice …", pick("répondre", "answer")), resume]
        case .approval(let step, _, _):
            return [
                ("approve \(run) \(step)", pick("donner son accord", "consent")),
                (
                    "reject \(run) \(step) --reason …",
                    pick("refuser : l'exécution s'arrête", "refuse: the run stops")
                ),
                resume,
            ]
        case .date, .paused: return [resume]
        case .child(_, let child, _):
            return [("status \(child)", pick("voir ce qu'elle attend", "see what it waits for")), resume]
        case .refused(let step, _):
            return [("retry \(run) \(step) --reason …", pick("demander à nouveau", "ask again")), rollback]
        case .doubt(let step, _):
            return [
                (
                    "resolve \(run) \(step) --done --reason …",
                    pick("elle a pris effet : ne pas la relancer", "it took effect: it is not started again")
                ),
                (
                    "resolve \(run) \(step) --not-done --reason …",
                    pick("sans effet : elle sera relancée", "without effect: it is started again")
                ),
            ]
        case .held(let step, _):
            return [
                ("retry \(run) \(step) --reason …", pick("la relancer", "start it again")),
                ("skip \(run) \(step) --reason …", pick("continuer sans elle", "go on without it")), rollback,
            ]
        case .undoFailed(let step, _):
            return [
                (
                    "retry \(run) \(step) --reason …",
                    pick("annuler encore une fois", "take it back once more")
                ),
                (
                    "skip \(run) \(step) --reason …",
                    pick("la compter comme annulée", "count it as taken back")
                ),
            ]
        }
    }
}
