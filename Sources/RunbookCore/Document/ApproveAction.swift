/// The consent of people other than the one who started the run.
public struct ApproveAction: Hashable, Sendable {
    /// Who may not consent.
    public enum Excluded: String, Hashable, Sendable, CaseIterable {
        /// Who opened the run.
        case starter
        /// Who answered a manual step of it.
        case attester
    }

    /// The role whose members may consent.
    public var role: ValueName
    /// How many people are needed.
    public var count: Int
    /// Who may not, although the role would allow it.
    public var excluded: Set<Excluded>
    /// How long consent may be given; later it counts as refused. `nil` is without limit.
    public var expires: Duration?
    /// What people should know before they consent.
    public var shown: [Template]

    /// Consent.
    public init(
        role: ValueName, count: Int = 1, excluded: Set<Excluded> = [.starter], expires: Duration? = nil,
        shown: [Template] = []
    ) {
        self.role = role
        self.count = count
        self.excluded = excluded
        self.expires = expires
        self.shown = shown
    }
}
