import Glibc

/// A place at which a test may let the executor die, as if it were killed from outside.
///
/// `RUNBOOK_FAULT_POINT=k` kills this process at the k-th point that it passes (from 0 on); `RUNBOOK_FAULT_TRACE=file`
/// lists the points. Without them a point costs one comparison.
public enum FaultPoint {
    private static let killAt = getenv("RUNBOOK_FAULT_POINT").flatMap { Int(String(cString: $0)) }
    private static let traceFile = getenv("RUNBOOK_FAULT_TRACE").map { String(cString: $0) }
    /// Whether a test listens.
    private static let isArmed = killAt != nil || traceFile != nil

    // Only the executor's one thread passes points.
    private nonisolated(unsafe) static var passed = 0

    /// Whether the next point is the one to die at.
    static var isNextFatal: Bool { passed == killAt }

    /// Passes a point, or dies at it.
    public static func pass(_ name: StaticString) {
        guard isArmed else { return }
        if let traceFile, let file = fopen(traceFile, "a") {
            fputs("\(passed) \(name)\n", file)
            fclose(file)
        }
        if passed == killAt { kill(getpid(), SIGKILL) }
        passed += 1
    }
}
