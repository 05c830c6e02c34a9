/// Another runbook, executed as a run of its own that this one waits for.
public struct CallAction: Hashable, Sendable {
    /// Most documents that call each other in a row, the first one included: the nesting ends somewhere.
    public static let depthMax = 4

    /// The document, beside the calling one.
    public var path: String
    /// Its parameters.
    public var arguments: [ValueTemplate.Field]
    /// How long after the step was reached it may begin at the earliest; the run suspends until then.
    public var notBefore: Duration?

    /// A call.
    public init(path: String, arguments: [ValueTemplate.Field] = [], notBefore: Duration? = nil) {
        self.path = path
        self.arguments = arguments
        self.notBefore = notBefore
    }
}
