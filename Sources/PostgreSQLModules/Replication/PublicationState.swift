import SQLClient

/// What `postgresql_publication` knows of the server: the publication and which wanted things are not there.
public struct PublicationState: Equatable {
    var publication: Publication?
    /// Tables, columns and schemas that the task names and that do not exist.
    let missing: [String]
    /// Whether the role exists that shall own it.
    let ownerExists: Bool
    /// How the conditions of the task compare with those of the catalog, where both have one.
    var conditions: [SQLIdentifier: ConditionLikeness] = [:]
    /// The role of the session: the owner of what it creates.
    let sessionRole: String

    struct Publication: Equatable {
        var owner: String
        var comment: String
        var publishesAllTables: Bool
        /// `publish` with its operations sorted, and other parameters by name.
        var parameters: [String: String]
        var tables: [PublishedTable]
        var schemas: [String]
    }
}
