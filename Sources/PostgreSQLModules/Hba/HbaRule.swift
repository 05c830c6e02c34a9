import ModuleKit

/// One rule: who may connect from where to what, and how they show who they are.
struct HbaRule: Equatable {
    let connectionType: ConnectionType
    /// Names with commas between them, as in the file; quotes take a keyword its meaning and so stay.
    let databases: String
    let users: String
    let source: Source
    let method: Method
    /// Values as in the file, quotes included.
    let options: [String: String]

    enum ConnectionType: String, ArgumentChoice {
        case local, host, hostnossl, hostssl, hostgssenc, hostnogssenc
    }

    /// Where a connection comes from.
    enum Source: Hashable {
        case socket
        case network(HbaNetwork)
        /// A host, a domain (`.example.org`), or a keyword.
        case name(String)

        var text: String {
            switch self {
            case .socket: ""
            case .network(let network): network.text
            case .name(let name): name
            }
        }
    }

    /// What makes two rules the same rule, whatever their method.
    struct Key: Hashable {
        let connectionType: ConnectionType
        let databases: String
        let users: String
        let source: Source
    }

    /// Methods of PostgreSQL 13 to 18, with those that older files may still name.
    ///
    /// Source: PostgreSQL 18 manual, 20.1 "The pg_hba.conf File".
    enum Method: String, ArgumentChoice {
        case bsd, cert, gss, ident, krb5, ldap, md5, oauth, pam, password, peer, radius, reject
        case scramSHA256 = "scram-sha-256"
        case sspi, trust
    }

    var key: Key {
        Key(connectionType: connectionType, databases: databases, users: users, source: source)
    }

    /// The rule as a line, fields separated by tabs.
    func text(comment: String?) -> String {
        var fields = [connectionType.rawValue, databases, users]
        if source != .socket { fields.append(source.text) }
        fields.append(method.rawValue)
        if !options.isEmpty { fields.append(optionsText) }
        if let comment { fields.append(comment) }
        return fields.joined(separator: "\t")
    }

    /// The options in the order of their names.
    var optionsText: String {
        options.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.quotedIfNeeded($0.value))" }.joined(
            separator: " ")
    }

    private static func quotedIfNeeded(_ value: String) -> String {
        value.contains("\"") || !value.contains(where: { $0.isWhitespace || $0 == "," || $0 == "#" })
            ? value : "\"\(value)\""
    }

    // MARK: From a file

    /// A rule from the fields of a line.
    init(fields: [String]) throws(HbaProblem) {
        guard fields.count >= 4 else { throw HbaProblem("the rule has too few fields") }
        guard let type = ConnectionType(rawValue: HbaFields.unquoted(fields[0])) else {
            throw HbaProblem("unknown connection type \(fields[0])")
        }
        connectionType = type
        databases = Self.sortedNames(fields[1])
        users = Self.sortedNames(fields[2])
        var rest = fields[3...]
        if type == .local {
            source = .socket
        } else {
            let address = HbaFields.unquoted(rest.removeFirst())
            if let bytes = HbaNetwork.address(address), let mask = rest.first {
                // An address without its size is followed by a mask.
                guard let bits = HbaNetwork.prefixBits(HbaFields.unquoted(mask), addressBytes: bytes.count),
                    Int(mask) == nil
                else { throw HbaProblem("\(address) needs a size or a mask, and \(mask) is no mask for it") }
                source = .network(HbaNetwork(address: bytes, prefixBits: bits))
                rest.removeFirst()
            } else {
                source = try Self.source(fields[3])
            }
        }
        guard let word = rest.popFirst() else { throw HbaProblem("the rule has too few fields") }
        guard let method = Method(rawValue: HbaFields.unquoted(word)) else {
            throw HbaProblem("unknown method \(word)")
        }
        self.method = method
        options = try Self.options(Array(rest))
    }

    // MARK: From a task

    /// A rule from the options of a task.
    init(
        connectionType: ConnectionType, databases: String, users: String, address: String, netmask: String,
        method: Method, options: String
    ) throws(HbaProblem) {
        self.connectionType = connectionType
        self.databases = Self.sortedNames(databases)
        self.users = Self.sortedNames(users)
        source = connectionType == .local ? .socket : try Self.source(address, netmask: netmask)
        self.method = method
        let parsed = try HbaFields(options)
        guard parsed.comment == nil else {
            throw HbaProblem(
                "options hold a comment sign: \(options)", hint: "does the value need double quotes?")
        }
        self.options = try Self.options(parsed.fields)
    }

    private static func source(_ address: String, netmask: String) throws(HbaProblem) -> Source {
        guard let bytes = HbaNetwork.address(address) else {
            guard netmask.isEmpty else {
                throw HbaProblem(
                    "address \(address) takes no netmask", hint: "is an address without a size meant?")
            }
            let source = try Self.source(address)
            if case .network(let network) = source,
                let bytes = HbaNetwork.address(address.prefix { $0 != "/" }),
                bytes != network.bytes
            {
                throw HbaProblem("\(address) has host bits set", hint: "is \(network.text) meant?")
            }
            return source
        }
        guard !netmask.isEmpty else {
            throw HbaProblem(
                "\(address) needs its size or a netmask", hint: "is \(address)/\(bytes.count * 8) meant?")
        }
        guard Int(netmask) == nil, let bits = HbaNetwork.prefixBits(netmask, addressBytes: bytes.count) else {
            throw HbaProblem("\(netmask) is no netmask for \(address)")
        }
        return .network(HbaNetwork(address: bytes, prefixBits: bits))
    }

    // MARK: Fields

    /// A network with its size, a host, or a keyword.
    private static func source(_ field: String) throws(HbaProblem) -> Source {
        let address = HbaFields.unquoted(field)
        let parts = address.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, let bytes = HbaNetwork.address(parts[0]),
            let bits = HbaNetwork.prefixBits(parts[1], addressBytes: bytes.count)
        {
            return .network(HbaNetwork(address: bytes, prefixBits: bits))
        }
        let looksLikeNumbers = address.allSatisfy { $0.isNumber || $0 == "." }
        guard !address.isEmpty, !looksLikeNumbers, !address.contains(where: { ":\\/@+ ,\t\"#".contains($0) })
        else {
            throw HbaProblem("\(field) is no address, network, host or keyword")
        }
        return .name(field)
    }

    /// Names in the order of the alphabet, so that the order in the file does not matter.
    private static func sortedNames(_ field: String) -> String {
        guard !field.contains("\""), !field.hasPrefix("/") else { return field }
        return field.split(separator: ",").sorted().joined(separator: ",")
    }

    private static func options(_ fields: [String]) throws(HbaProblem) -> [String: String] {
        var options: [String: String] = [:]
        for field in fields.map(HbaFields.unquoted) {
            guard let equals = field.firstIndex(of: "="), equals != field.startIndex,
                field.index(after: equals) != field.endIndex
            else { throw HbaProblem("option \(field) is not of the form name=value") }
            let name = String(field[..<equals])
            guard options[name] == nil else { throw HbaProblem("option \(name) is given twice") }
            options[name] = String(field[field.index(after: equals)...])
        }
        return options
    }
}
