/// Where a run stands. It changes only by `apply`, and decides only in `next`.
public struct RunState: Hashable, Sendable {
    /// Where a step stands.
    public enum Phase: Hashable, Sendable {
        case pending
        case skipped(reason: String)
        case already
        /// An attempt is intended, runs, or ended without a verdict.
        case active(Attempt, Progress)
        case waiting
        case answered
        /// Its children stand for it.
        case open
        /// Nothing happens to it before this moment.
        case deferred(until: RunbookTime)
        case done
        case failed(reason: String, code: Int?)
        case undone
        /// `undo` failed; its reason.
        case undoFailed(reason: String)

        /// Whether nothing happens to the step any more, short of a rollback.
        public var isFinal: Bool {
            switch self {
            case .skipped, .already, .done, .undone: true
            case .pending, .active, .waiting, .answered, .open, .deferred, .failed, .undoFailed: false
            }
        }

        /// One word for programs.
        public var word: String {
            switch self {
            case .pending: "pending"
            case .skipped: "skipped"
            case .already: "already"
            case .active(_, .inDoubt): "in-doubt"
            case .active: "active"
            case .waiting: "waiting"
            case .answered: "answered"
            case .open: "open"
            case .deferred: "deferred"
            case .done: "done"
            case .failed: "failed"
            case .undone: "undone"
            case .undoFailed: "undo-failed"
            }
        }

        /// Why the step stands there; `nil` where that needs no reason.
        public var reason: String? {
            switch self {
            case .skipped(let reason), .active(_, .inDoubt(let reason)), .failed(let reason, _),
                .undoFailed(let reason):
                reason
            case .pending, .already, .active, .waiting, .answered, .open, .deferred, .done, .undone: nil
            }
        }
    }

    /// How far an attempt is.
    public enum Progress: Hashable, Sendable {
        case intended
        case started
        case ended(Outcome)
        case inDoubt(reason: String)
        /// Settled: it did not take effect.
        case withoutEffect
    }

    /// What is known of one step.
    public struct Step: Hashable, Sendable {
        /// Where it stands.
        public internal(set) var phase: Phase = .pending
        /// Attempts of the step's own action so far.
        public internal(set) var attempts = 0
        /// Attempts to bring the state before it back so far.
        public internal(set) var resets = 0
        /// Attempts to take the effect back so far.
        public internal(set) var undos = 0
        /// Whether anything of the step's own action may have taken effect.
        public internal(set) var mayHaveActed = false
        /// Whether `reset` has run since the last attempt.
        public internal(set) var isReset = false
        /// Whether a rule or a person lets the run go on in spite of the failure.
        public internal(set) var isReleased = false
        /// Values for later steps.
        public internal(set) var outputs: [ValueName: RunbookValue] = [:]
        /// A person's answer.
        public internal(set) var answer: [ValueName: RunbookValue] = [:]
        /// Who consented.
        public internal(set) var approvals: [String] = []
        /// Until when an answer is taken.
        public internal(set) var expires: RunbookTime?
        /// Whether it failed because somebody refused or nobody answered in time.
        public internal(set) var isRefused = false
        /// The values for which it is executed.
        public internal(set) var items: [String] = []
    }

    /// The steps that anything happened to.
    public private(set) var steps: [StepID: Step] = [:]
    /// What done steps left for later ones.
    public private(set) var outputs: [StepID: [ValueName: RunbookValue]] = [:]
    /// The values of the steps that stand for repeated ones.
    public private(set) var itemValues: [StepID: String] = [:]
    /// Why effects are taken back; `nil` while the run goes forward.
    public private(set) var rollbackReason: String?
    /// What the steps came to, while those behind the end go on; `nil` before.
    public private(set) var conclusion: RunResult?
    /// How the run ended; `nil` while it has not.
    public private(set) var result: RunResult?

    /// One word for programs: the result, or `open` or `rolling-back` while there is none.
    public var standing: String {
        result?.rawValue ?? (rollbackReason == nil ? "open" : "rolling-back")
    }

    /// A run to which nothing happened yet.
    public init() {}

    /// What is known of a step.
    public subscript(id: StepID) -> Step { steps[id] ?? Step() }

    /// The state after an event.
    public mutating func apply(_ event: RunEvent) {
        switch event {
        case .skipped(let id, let reason): update(id) { $0.phase = .skipped(reason: reason) }
        case .already(let id): update(id) { $0.phase = .already }
        case .intended(let attempt): intend(attempt)
        case .started(let attempt):
            update(attempt.step) {
                $0.phase = .active(attempt, .started)
                if attempt.purpose == .run { $0.mayHaveActed = true }
            }
        case .ended(let attempt, let outcome):
            update(attempt.step) { $0.phase = .active(attempt, .ended(outcome)) }
        case .doubted(let attempt, let reason):
            update(attempt.step) { $0.phase = .active(attempt, .inDoubt(reason: reason)) }
        case .settled(let attempt, let tookEffect, _):
            update(attempt.step) {
                $0.phase = .active(attempt, tookEffect ? .ended(.succeeded) : .withoutEffect)
            }
        case .done(let id, let outputs):
            update(id) {
                $0.phase = .done
                $0.outputs = outputs
            }
            if !outputs.isEmpty { self.outputs[id] = outputs }
        case .failed(let id, let reason, let code): fail(id, reason, code)
        case .opened(let id, let items):
            update(id) {
                $0.phase = .open
                $0.items = items
            }
            for item in items { itemValues[id.item(item)] = item }
        case .deferred(let id, let until): update(id) { $0.phase = .deferred(until: until) }
        case .asked(let id, let expires):
            update(id) {
                $0.phase = .waiting
                $0.expires = expires
                $0.approvals = []
                $0.isReleased = false
                $0.isRefused = false
            }
        case .approved(let id, let account): update(id) { $0.approvals.append(account) }
        case .rejected(let id, let account, let reason): refuse(id, "\(account) refused: \(reason)")
        case .expired(let id): refuse(id, "nobody answered in time")
        case .answered(let id, let answer):
            update(id) {
                $0.phase = .answered
                $0.answer = answer
            }
        case .released(let id, _): update(id) { $0.isReleased = true }
        case .rollbackBegan(let reason): rollbackReason = reason
        case .undone(let id): update(id) { $0.phase = .undone }
        case .switched(let renames): rename(renames)
        case .concluded(let result): conclusion = result
        case .closed(let result): self.result = result
        }
    }

    private mutating func rename(_ renames: [StepID: StepID]) {
        // At once, so that two steps may swap their names.
        let moved = renames.map {
            (new: $1, step: steps.removeValue(forKey: $0), outputs: outputs.removeValue(forKey: $0))
        }
        for (new, step, left) in moved {
            steps[new] = step
            outputs[new] = left
        }
    }

    private mutating func refuse(_ id: StepID, _ reason: String) {
        update(id) {
            $0.phase = .failed(reason: reason, code: nil)
            $0.isRefused = true
        }
    }

    private mutating func intend(_ attempt: Attempt) {
        update(attempt.step) { step in
            step.phase = .active(attempt, .intended)
            step.isReleased = false
            switch attempt.purpose {
            case .run:
                step.attempts = attempt.number
                step.isReset = false
                step.isRefused = false
            case .reset: step.resets = attempt.number
            case .undo: step.undos = attempt.number
            }
        }
    }

    /// A failed `reset` or `undo` is told from a failure of the step itself by the attempt that was active.
    private mutating func fail(_ id: StepID, _ reason: String, _ code: Int?) {
        update(id) { step in
            if case .active(let attempt, _) = step.phase, attempt.purpose == .undo {
                step.phase = .undoFailed(reason: reason)
            } else {
                step.phase = .failed(reason: reason, code: code)
            }
        }
    }

    private mutating func update(_ id: StepID, _ change: (inout Step) -> Void) {
        change(&steps[id, default: Step()])
        finishReset(id)
    }

    /// A `reset` that succeeded leaves the step ready for its next attempt.
    private mutating func finishReset(_ id: StepID) {
        guard case .active(let attempt, .ended(.succeeded)) = self[id].phase, attempt.purpose == .reset else {
            return
        }
        steps[id]?.isReset = true
        steps[id]?.mayHaveActed = false
    }
}
