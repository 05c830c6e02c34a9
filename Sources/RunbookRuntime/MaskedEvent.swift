import RunbookCore

extension RunEvent {
    /// The event with what others said in it masked: messages of servers and systems may repeat a secret.
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
        case .skipped, .already, .intended, .started, .ended(_, .succeeded), .done, .opened, .deferred,
            .asked,
            .approved, .rejected, .expired, .answered, .released, .undone, .switched, .concluded, .closed:
            self
        }
    }
}
