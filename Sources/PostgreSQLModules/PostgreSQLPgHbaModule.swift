import ModuleKit
import SQLClient

/// `postgresql_pg_hba`: rules of a `pg_hba.conf`, edited in place.
///
/// Not a `ConvergentModule`: its state is a file, and a connection is only wanted for the server's opinion.
public struct PostgreSQLPgHbaModule: Module {
    /// The options.
    public typealias Arguments = PgHbaArguments

    /// The name inside the collection.
    public static let name = "postgresql_pg_hba"

    /// The rules that change.
    public static let hasDiff = true

    /// What a person reads.
    public static let manual = PgHbaManual.manual

    private let arguments: Arguments
    private let context: ModuleContext
    private var files: any HostFiles { context.host.files }
    private var path: String { arguments.path.text }

    /// Brings the rules into the file.
    public static func run(_ arguments: Arguments, in context: ModuleContext) throws(ModuleFailure) -> Reply {
        try arguments.connection.requireTrusted([])
        return try PostgreSQLPgHbaModule(arguments: arguments, context: context).reply()
    }

    /// The file as it was found.
    private struct Found {
        let attributes: HostFileAttributes?
        let bytes: [UInt8]
        let file: HbaFile
    }

    private func reply() throws(ModuleFailure) -> Reply {
        let wishes = try PgHbaWishes(arguments: arguments).wishes()
        guard !arguments.overwrite || wishes.contains(where: \.isPresent) else {
            throw .impossible(
                "overwrite without a rule would lock everyone out", hint: "is contype or rules missing?")
        }
        // Two tasks at once would lose the rules of the one that writes first.
        let lock = context.checkMode || wishes.isEmpty ? nil : try files.lock(folderOf: path)
        return try withExtendedLifetime(lock) { () throws(ModuleFailure) in
            let found = try found()
            return try reply(
                found, edit(found.file, wishes), try wantedAttributes(found.attributes))
        }
    }

    private func edit(_ file: HbaFile, _ wishes: [HbaEdit.Wish]) -> HbaEdit {
        var edit = HbaEdit(file, placesRules: arguments.sortRules)
        if arguments.overwrite {
            edit.overwrite(with: wishes)
        } else {
            for wish in wishes { edit.apply(wish) }
        }
        return edit
    }

    private func reply(
        _ found: Found, _ edit: HbaEdit, _ attributes: HostFileAttributes
    ) throws(ModuleFailure) -> Reply {
        var messages = edit.messages
        var warnings: [String] = []
        var facts: [String: JSONValue] = [:]
        let setsAttributes = found.attributes.map { $0 != attributes } ?? false
        if edit.isChanged {
            messages.append("Changed")
            if context.checkMode {
                if found.attributes == nil, !arguments.create { warnings.append(Self.missing(path)) }
            } else {
                facts["backup_file"] = try backUp(found).map { .string($0) }
                if facts["backup_file"] != nil { messages.append("Creating Backup") }
                messages.append("Writing")
            }
            try write(edit, found, attributes)
        } else if setsAttributes {
            messages.append("Setting attributes")
            if !context.checkMode { try files.set(attributes, of: path) }
        }
        facts["msgs"] = .strings(messages)
        facts["pg_hba"] = .array(edit.file.rules.map(Self.document))
        facts["pg_hba_string"] = .string(
            edit.isChanged ? edit.file.text : HbaText(found.bytes).text)
        return Reply(
            changed: edit.isChanged || setsAttributes, facts: facts, warnings: warnings,
            diff: context.diffMode
                ? Reply.Diff(
                    before: document(edit.removed, found.attributes, setsAttributes),
                    after: document(edit.added, attributes, setsAttributes)) : nil)
    }

    private static func missing(_ path: String) -> String {
        "pg_hba file '\(path)' doesn't exist. Use the create option to autocreate."
    }

    // MARK: Reading

    /// Largest file that is read, in bytes.
    private static let bytesMax = 4 << 20

    private func found() throws(ModuleFailure) -> Found {
        guard let attributes = try files.attributes(of: path) else {
            return Found(attributes: nil, bytes: [], file: HbaFile())
        }
        let bytes = try context.host.contents(of: path, limitBytes: Self.bytesMax)
        do throws(HbaProblem) {
            return Found(attributes: attributes, bytes: bytes, file: try HbaFile(HbaText(bytes).text))
        } catch {
            guard arguments.overwrite else {
                throw .impossible("cannot understand \(path): \(error.message)", hint: error.hint)
            }
            return Found(attributes: attributes, bytes: bytes, file: HbaFile())
        }
    }

    /// Attributes of the file after the task.
    private func wantedAttributes(
        _ present: HostFileAttributes?
    ) throws(ModuleFailure) -> HostFileAttributes {
        let given = arguments.attributes
        guard (given.flags ?? "").isEmpty,
            !files.hasSELinux || given.labels.allSatisfy({ ($0 ?? "").isEmpty })
        else {
            throw .impossible(
                "\(path): file system flags and SELinux labels are not set by this module",
                hint: "may ansible.builtin.file set them in a task of its own?")
        }
        // A new file is private until the task says otherwise.
        var wanted = present ?? HostFileAttributes(mode: 0o600)
        if let owner = given.owner { wanted.owner = try number(of: owner, "owner", files.userID) }
        if let group = given.group { wanted.group = try number(of: group, "group", files.groupID) }
        if let mode = given.mode {
            guard let mode = FileModeText.mode(mode, from: wanted.mode ?? 0) else {
                throw .impossible(
                    "mode is not understood: \(mode.asParameterText)", hint: "is \"0640\" meant?")
            }
            wanted.mode = mode
        }
        return wanted
    }

    private func number(
        of name: String, _ option: String, _ lookUp: (String) -> UInt32?
    ) throws(ModuleFailure) -> UInt32 {
        guard let number = lookUp(name) else {
            throw .impossible("\(option) \(name) does not exist on the target", hint: "is the name right?")
        }
        return number
    }

    // MARK: Writing

    private func backUp(_ found: Found) throws(ModuleFailure) -> String? {
        guard arguments.backup, let attributes = found.attributes else { return nil }
        let given = arguments.backupFile ?? ""
        let backup = given.isEmpty ? files.backupPath(for: path) : given
        try files.replace(backup, with: found.bytes, attributes: attributes, mayWriteInPlace: false)
        return backup
    }

    private func write(
        _ edit: HbaEdit, _ found: Found, _ attributes: HostFileAttributes
    ) throws(ModuleFailure) {
        guard found.attributes != nil || arguments.create || context.checkMode else {
            throw .host(Self.missing(path), hint: "is dest the path of the server's file?")
        }
        guard let bytes = HbaText(found.bytes).bytes(of: edit.file.text) else {
            throw .impossible(
                "\(path) is not UTF-8, and a new rule has letters that it cannot hold",
                hint: "can the file be written anew as UTF-8?")
        }
        // The connection comes first: without it nothing is written.
        let server = try server()
        defer { server?.session.close() }
        if context.checkMode { return }
        try files.replace(
            path, with: bytes, attributes: attributes, mayWriteInPlace: arguments.attributes.mayWriteInPlace)
        guard let server else { return }
        do throws(ModuleFailure) {
            let errors = try server.errors()
            guard errors.isEmpty else {
                throw .impossible(
                    "the server does not accept the new \(path), the previous one is back: "
                        + errors.joined(separator: "; "),
                    hint: "does this version of PostgreSQL have the method and its options?")
            }
        } catch {
            try putBack(found)
            throw error
        }
        if arguments.reload { try server.reload() }
    }

    private func server() throws(ModuleFailure) -> HbaServer? {
        guard arguments.validate || arguments.reload else { return nil }
        let server = HbaServer(
            session: try arguments.connection.session(
                database: arguments.database, module: Self.name, in: context))
        do throws(ModuleFailure) {
            if try files.attributes(of: path) != nil {
                try server.requireFile(path, reload: arguments.reload, files: files)
            }
        } catch {
            server.session.close()
            throw error
        }
        return server
    }

    private func putBack(_ found: Found) throws(ModuleFailure) {
        guard let attributes = found.attributes else { return try files.remove(path) }
        try files.replace(
            path, with: found.bytes, attributes: attributes,
            mayWriteInPlace: arguments.attributes.mayWriteInPlace)
    }

    // MARK: Reply

    private static func document(_ rule: HbaRule) -> JSONValue {
        var members: [String: JSONValue] = [
            "type": .string(rule.connectionType.rawValue), "db": .string(rule.databases),
            "usr": .string(rule.users), "method": .string(rule.method.rawValue),
        ]
        if rule.source != .socket { members["src"] = .string(rule.source.text) }
        if !rule.options.isEmpty { members["options"] = .string(rule.optionsText) }
        return .object(members)
    }

    private func document(
        _ lines: [String], _ attributes: HostFileAttributes?, _ showsAttributes: Bool
    ) -> JSONValue {
        var members: [String: JSONValue] = ["file": .string(path), "pg_hba": .strings(lines)]
        if showsAttributes, let attributes {
            members["mode"] = attributes.mode.map { .string("0" + String($0, radix: 8)) }
            members["owner"] = attributes.owner.map { .int(Int64($0)) }
            members["group"] = attributes.group.map { .int(Int64($0)) }
        }
        return .object(members)
    }
}
