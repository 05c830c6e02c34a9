import RunbookCore

/// Where a run stands when its executor stops.
public enum RunStanding: Hashable, Sendable {
    case finished(RunResult)
    case suspended(Suspension)

    /// Exit status of the command line.
    public var exitStatus: Int32 {
        switch self {
        case .finished(.done): 0
        case .finished(.stopped), .suspended(.held): 1
        case .suspended(.doubt): 3
        case .suspended(.answer), .suspended(.approval), .suspended(.date), .suspended(.paused): 4
        case .suspended(.refused): 5
        case .suspended(.child(_, _, let exitStatus)): exitStatus
        case .finished(.rolledBack): 6
        case .finished(.rollbackIncomplete), .suspended(.undoFailed): 7
        }
    }
}
