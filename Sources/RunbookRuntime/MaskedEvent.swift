import RunbookCore

extension RunEvent {
    /// The event with what others said in it masked: messages of servers and systems, and what people type,
    /// may repeat a secret.
    func masked(_ mask: (String) -> String) -> RunEvent {
        switch self {
        case .ended(let attempt, .failed(let code, let reason)):
            .ended(attempt, .failed(code: code, reason: mask(reason)))
        case .ended(let attempt, .unknown(let reason)): .ended(attempt, .unknown(reason: mask(reason)))
        case .doubted(let attempt, let reason): .doubted(attempt, reason: mask(reason))
        case .settled(let attempt, let tookEffect, let reason):
            .settled(attempt, tookEffect: tookEffect, reason: mask(reason))
        case .failed(let id, let reason, let code): .failed(id, reason: mask(reason), code: code)
        case .rollbackBegan(let reason): .rollbackBegan(reason: mask(reason))
        case .skipped(let id, let reason): .skipped(id, reason: mask(reason))
        case .released(let id, let reason): .released(id, reason: mask(reason))
        case .rejected(let id, let account, let reason):
            .rejected(id, by: account, reason: mask(reason))
        case .answered(let id, let answer):
            .answered(id, answer: answer.mapValues { $0.masked(mask) })
        case .already, .intended, .started, .ended(_, .succeeded), .done, .opened, .deferred, .asked,
            .approved,
            .expired, .undone, .switched, .concluded, .closed:
            self
        }
    }
}

extension RunbookValue {
    fileprivate func masked(_ mask: (String) -> String) -> RunbookValue {
        switch self {
        case .string(let text): .string(mask(text))
        case .list(let items): .list(items.map { $0.masked(mask) })
        case .map(let members): .map(members.mapValues { $0.masked(mask) })
        case .null, .int, .bool, .duration, .time: self
        }
    }
}

extension Suspension {
    /// The suspension with what others said in it masked.
    func masked(_ mask: (String) -> String) -> Suspension {
        switch self {
        case .doubt(let id, let reason): .doubt(id, reason: mask(reason))
        case .held(let id, let reason): .held(id, reason: mask(reason))
        case .refused(let id, let reason): .refused(id, reason: mask(reason))
        case .undoFailed(let id, let reason): .undoFailed(id, reason: mask(reason))
        case .answer, .approval, .date, .child, .paused: self
        }
    }
}
