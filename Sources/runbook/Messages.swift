import RunbookCore
import RunbookRuntime

/// What operators read, in French or English.
struct Messages {
    let isFrench: Bool

    /// A language by name, else the one of the environment.
    init(language: String?) {
        let name =
            language ?? environmentVariable("LC_ALL") ?? environmentVariable("LC_MESSAGES")
            ?? environmentVariable("LANG") ?? "en"
        // `fr`, `fr_FR.UTF-8`, `fr@euro`; not `frp`, which is another language.
        isFrench = name.prefix { $0.isLetter } == "fr"
    }

    func pick(_ french: String, _ english: String) -> String { isFrench ? french : english }

    // MARK: Run

    func opened(_ run: String, _ title: String) -> String {
        pick("Exécution \(run) — \(title)", "Run \(run) — \(title)")
    }

    func resumed(_ run: String, _ title: String) -> String {
        pick("REPRISE de l'exécution \(run) — \(title)", "RESUMING run \(run) — \(title)")
    }

    var done: String { pick("fait", "done") }
    var already: String { pick("déjà en place, rien à faire", "already there, nothing to do") }
    var undone: String { pick("annulé", "undone") }
    var undoing: String { pick("annulation", "taking back") }
    var resetting: String { pick("remise à l'état de départ", "back to the state before") }

    func skipped(_ reason: String) -> String { pick("sautée (\(reason))", "skipped (\(reason))") }
    func failed(_ reason: String) -> String { pick("ÉCHEC : \(reason)", "FAILED: \(reason)") }
    func inDoubt(_ reason: String) -> String { pick("EN DOUTE : \(reason)", "IN DOUBT: \(reason)") }

    func settled(_ tookEffect: Bool, _ reason: String) -> String {
        tookEffect
            ? pick("effet constaté (\(reason))", "it took effect (\(reason))")
            : pick("sans effet (\(reason)), à refaire", "without effect (\(reason)), to be done again")
    }

    func valid(_ steps: Int) -> String { pick("\(steps) étapes, valide", "\(steps) steps, valid") }
    var wouldBeSkipped: String { pick("serait sautée", "would be skipped") }

    func effect(_ effect: Step.Effect) -> String {
        switch effect {
        case .none: pick("sans effet (lecture)", "no effect (reads)")
        case .idempotent: pick("effet répétable", "repeatable effect")
        case .once: pick("effet une seule fois", "effect once")
        }
    }

    /// Where a run stands, by the word that machines read.
    func standing(_ word: String) -> String {
        switch word {
        case "done": pick("terminée", "done")
        case "stopped": pick("arrêtée", "stopped")
        case "rolled-back": pick("annulée", "rolled back")
        case "rollback-incomplete": pick("annulation INCOMPLÈTE", "rollback INCOMPLETE")
        case "rolling-back": pick("en cours d'annulation", "rolling back")
        case "open": pick("ouverte", "open")
        default: word
        }
    }

    /// How long a step took before.
    func usually(_ time: String, isLate: Bool) -> String {
        isLate
            ? pick("(plus long que d'habitude : \(time))", "(longer than usual: \(time))")
            : pick("(d'habitude \(time))", "(usually \(time))")
    }

    func interrupted(_ run: String) -> String {
        pick(
            "Interrompu. La commande en cours continue sous sa surveillance ; rien ne la répétera.",
            "Interrupted. The command under way goes on under its supervisor; nothing repeats it.")
            + "\n  runbook resume \(run)"
    }

    func attempt(_ number: Int) -> String { pick("tentative \(number)", "attempt \(number)") }

    func rollback(_ reason: String) -> String {
        pick("RETOUR ARRIÈRE — \(reason)", "ROLLBACK — \(reason)")
    }

    func notice(_ notice: RunNotice) -> String {
        switch notice {
        case .waitingForSurvivor:
            pick(
                "La commande d'une étape a survécu à l'exécuteur : attente de sa fin.",
                "The command of a step outlived its executor: waiting for its end.")
        case .waitingForLeftover(let step, let what):
            pick(
                "Étape \(step) : ce qu'elle a lancé travaille encore (\(what)) ; attente de sa fin.",
                "Step \(step): what it started still works (\(what)); waiting for its end.")
        case .delaying(let step, let delay):
            pick(
                "Étape \(step) : nouvelle tentative dans \(DurationText.text(of: delay)).",
                "Step \(step): another attempt in \(DurationText.text(of: delay)).")
        case .unmaskableSecret(let name):
            pick(
                "Attention : le secret \(name) est trop court pour être masqué dans les journaux.",
                "Warning: secret \(name) is too short to be masked in logs.")
        case .tornRecord(let bytes):
            pick(
                "Le dernier enregistrement du journal était coupé (\(bytes) octets) : il n'a jamais compté.",
                "The last record of the journal was cut off (\(bytes) bytes): it never counted.")
        case .outputTail(_, let lines): lines.map { "    | \($0)" }.joined(separator: "\n")
        case .begun(let attempt):
            pick("Étape \(attempt.step) : lancée.", "Step \(attempt.step): started.")
        case .waiting(let step, let limit):
            pick("Étape \(step) : attente, au plus \(limit).", "Step \(step): waiting, for at most \(limit).")
        }
    }

    // MARK: End

    func finished(_ result: RunResult, _ run: String) -> String {
        switch result {
        case .done: pick("Terminé : toutes les étapes sont faites.", "Finished: all steps are done.")
        case .stopped: pick("Arrêté après un échec.", "Stopped after a failure.")
        case .rolledBack: pick("Tous les effets ont été annulés.", "Every effect was taken back.")
        case .rollbackIncomplete:
            pick(
                "Retour arrière INCOMPLET : des effets demeurent (runbook status \(run)).",
                "Rollback INCOMPLETE: effects remain (runbook status \(run)).")
        }
    }

    func alreadyOver(_ result: RunResult, _ run: String) -> String {
        pick(
            "L'exécution \(run) est close (\(result.rawValue)) : il n'y a plus rien à annuler par elle.",
            "Run \(run) is over (\(result.rawValue)): it takes nothing back any more.")
    }

    // MARK: Failures

    func failure(_ failure: RuntimeFailure) -> String {
        switch failure {
        case .journal(let storage):
            pick(
                "Rien n'a été lancé : \(storage.message).", "Nothing was started: \(storage.message).")
        case .damaged(let damage):
            pick(
                "Journal REFUSÉ : \(damage.message). Qui l'a modifié ?",
                "Journal REFUSED: \(damage.message). Who changed it?")
        case .changed(let path):
            pick(
                "REFUSÉ : \(path) n'est plus le fichier que le journal désigne. Qui l'a modifié ?",
                "REFUSED: \(path) is not the file that the journal names. Who changed it?")
        case .unreadable(let record):
            pick(
                "L'enregistrement \(record.sequence) (\(record.kind)) vient d'une version plus récente.",
                "Record \(record.sequence) (\(record.kind)) comes from a newer version.")
        case .file(let path, let reason): "\(path): \(reason)"
        case .locked(let holder):
            pick(
                "La cible est prise par l'exécution \(holder.run) (\(holder.actor)@\(holder.host), depuis "
                    + "\(holder.since), processus \(holder.process)).",
                "The target is taken by run \(holder.run) (\(holder.actor)@\(holder.host), since \(holder.since), "
                    + "process \(holder.process)).") + "\n  runbook status \(holder.run)"
        case .secret(let name, let reason):
            pick("Secret \(name) indisponible : \(reason).", "Secret \(name) cannot be had: \(reason).")
        case .evaluation(let step, let evaluation):
            (step.map { "\($0): " } ?? "") + evaluation.description
        case .supervisor(let reason):
            pick("Le superviseur ne démarre pas : \(reason).", "The supervisor does not start: \(reason).")
        case .networkState(let folder, let fileSystem):
            pick(
                "REFUSÉ : le dossier d'état \(folder) est sur un système de fichiers partagé (\(fileSystem)) ; un verrou "
                    + "peut n'y tenir que sur ce poste. Un disque local convient-il (--state-dir) ? Sinon : "
                    + "--allow-network-state ou RUNBOOK_ALLOW_NETWORK_STATE=1.",
                "REFUSED: the state folder \(folder) is on a shared file system (\(fileSystem)), where a lock may hold "
                    + "on this host only. Would a local disk do (--state-dir)? Otherwise: --allow-network-state or "
                    + "RUNBOOK_ALLOW_NETWORK_STATE=1.")
        case .refused(let reason): reason
        }
    }

    // MARK: Status

    func phase(_ phase: RunState.Phase) -> String {
        switch phase {
        case .pending: pick("à faire", "to do")
        case .skipped(let reason): skipped(reason)
        case .already: already
        case .active(_, .inDoubt(let reason)): inDoubt(reason)
        case .active(let attempt, let progress):
            pick("en cours", "under way")
                + " (\(attempt.purpose.rawValue) \(attempt.number), \(word(progress)))"
        case .waiting: pick("attend une personne", "waits for a person")
        case .answered: pick("réponse reçue", "answered")
        case .open: pick("ouverte", "open")
        case .deferred(let until): pick("pas avant \(until.text)", "not before \(until.text)")
        case .done: done
        case .failed(let reason, _): failed(reason)
        case .undone: undone
        case .undoFailed(let reason): pick("annulation en échec : \(reason)", "undo failed: \(reason)")
        }
    }

    private func word(_ progress: RunState.Progress) -> String {
        switch progress {
        case .intended: pick("prévue", "intended")
        case .started: pick("lancée", "started")
        case .ended: pick("achevée", "ended")
        case .inDoubt: pick("en doute", "in doubt")
        case .withoutEffect: pick("sans effet", "without effect")
        }
    }

    func verified(_ records: Int, files: Int, _ head: String) -> String {
        pick(
            "Journal intact : \(records) enregistrements, empreinte \(head) ; fichiers contrôlés : \(files)",
            "Journal intact: \(records) records, head \(head); files proven: \(files)")
    }

    var switched: String {
        pick("Nouvelle version du document adoptée :", "Going on with the new version of the document:")
    }

    // MARK: People

    func consented(_ given: Int, of needed: Int) -> String {
        pick("Accord enregistré (\(given) sur \(needed)).", "Consent recorded (\(given) of \(needed)).")
    }

    func consentedAlready(_ account: String) -> String {
        pick("\(account) a déjà donné son accord.", "\(account) consented already.")
    }

    func notInRole(_ account: String, _ role: ValueName) -> String {
        pick("\(account) n'a pas le rôle \(role).", "\(account) is not in the role \(role).")
    }

    func needsConsent(_ step: StepID) -> String {
        pick(
            "L'étape \(step) demande un accord : personne ne la saute. runbook approve, reject, ou rollback.",
            "Step \(step) needs consent: nobody goes round it. runbook approve, reject, or rollback.")
    }

    func mayNotConsent(_ account: String, _ part: String) -> String {
        switch part {
        case "starter":
            pick(
                "\(account) a ouvert l'exécution : l'accord revient à une autre personne.",
                "\(account) opened the run: consent is for somebody else to give.")
        default:
            pick(
                "\(account) a attesté une étape de l'exécution : l'accord revient à une autre personne.",
                "\(account) answered a step of the run: consent is for somebody else to give.")
        }
    }

    func tooLate(_ step: StepID, _ expires: RunbookTime) -> String {
        pick(
            "Étape \(step) : trop tard, le délai est passé (\(expires.text)).",
            "Step \(step): too late, the time was over at \(expires.text).")
    }

    func elsewhere(_ holder: LockHolder) -> String {
        pick(
            "L'exécuteur est sur \(holder.host) : la reprise se fait là-bas.",
            "The executor is on \(holder.host): take the run over there.")
    }

    func waits(_ run: String) -> String {
        pick(
            "L'exécution attend une personne : runbook status \(run)",
            "The run waits for a person: runbook status \(run)")
    }

    func abandoned(_ run: String) -> String {
        pick(
            "Plus personne ne poursuit l'exécution : runbook resume \(run)",
            "Nobody carries the run on any more: runbook resume \(run)")
    }

    func consequence(of step: Step) -> String {
        switch step.effect {
        case .none: pick("   Cette étape ne fait que lire.", "   This step only reads.")
        case .idempotent:
            pick(
                "   Cette étape agit ; la répéter ne change rien de plus.",
                "   This step acts; repeating it changes nothing more.")
        case .once:
            step.undo == nil
                ? pick(
                    "   Cette étape agit une seule fois et rien ne l'annule.",
                    "   This step acts once, and nothing takes it back.")
                : pick(
                    "   Cette étape agit une seule fois ; un retour arrière l'annule.",
                    "   This step acts once; a rollback takes it back.")
        }
    }

    var stepPrompt: String {
        pick("[Entrée] exécuter  [s] sauter  [q] suspendre >", "[Enter] execute  [s] skip  [q] suspend >")
    }

    var reasonPrompt: String { pick("motif >", "reason >") }

    var holdingExecutor: String { pick("un exécuteur la tient", "an executor has it") }
    var planIntroduction: String {
        pick("Ce qui serait fait, dans l'ordre :", "What would be done, in this order:")
    }
    var planFinally: String { pick("Puis, quelle que soit la fin :", "Then, whatever the end is:") }
    func withoutChecks(_ reason: String) -> String {
        pick("Les contrôles (check) n'ont pas été interrogés. ", "The checks were not asked. ") + reason
    }

    func planned(_ answer: PlannedCheck) -> String {
        switch answer {
        case .there: pick("= déjà là : rien ne serait fait", "= there already: nothing would be done")
        case .absent: pick("= pas encore là : serait exécutée", "= not there yet: would be executed")
        case .unknown(let reason):
            pick("? on ne peut pas encore le dire : ", "? cannot be told yet: ") + reason
        }
    }
}
