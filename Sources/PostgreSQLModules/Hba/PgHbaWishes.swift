import ModuleKit

/// The rules that a task asks for, from its options and its `rules`.
struct PgHbaWishes {
    let arguments: PgHbaArguments

    /// The options of one rule, all as texts.
    private typealias Fields = [String: String]

    private static let keys: Set<String> = [
        "address", "comment", "contype", "databases", "method", "netmask", "options", "state", "users",
    ]
    private static let aliases = ["source": "address", "src": "address"]

    /// Options as they are without a task.
    private static let defaults: Fields = [
        "address": "samehost", "databases": "all", "method": "md5", "state": "present", "users": "all",
    ]

    /// One wish per rule, database and role; empty when the file is only to be read.
    func wishes() throws(ModuleFailure) -> [HbaEdit.Wish] {
        let given = optionFields()
        guard let rules = arguments.rules, !rules.isEmpty else {
            let isAsked = given["contype"] != nil || given["comment"] != nil
            return isAsked ? try wishes(of: given, place: "") : []
        }
        if arguments.rulesBehavior == .conflict {
            let used = given.filter { $0.value != Self.defaults[$0.key] }.keys.sorted()
            guard used.isEmpty else {
                throw .impossible(
                    "conflict: rules and \(used.joined(separator: ", ")) are both given",
                    hint: "is rules_behavior: combine meant?")
            }
        }
        var wishes: [HbaEdit.Wish] = []
        for (index, rule) in rules.enumerated() {
            let own = try fields(of: rule.members, index)
            let fields =
                arguments.rulesBehavior == .combine
                ? given.merging(own) { $1 } : Self.defaults.merging(own) { $1 }
            wishes += try self.wishes(of: fields, place: "rule number \(index): ")
        }
        return wishes
    }

    private func optionFields() -> Fields {
        let rule = arguments.rule
        var fields = [
            "address": rule.address, "databases": rule.databases, "method": rule.method.rawValue,
            "state": rule.state.rawValue, "users": rule.users,
        ]
        fields["comment"] = rule.comment
        fields["contype"] = rule.connectionType?.rawValue
        fields["netmask"] = rule.netmask
        fields["options"] = rule.options
        return fields
    }

    /// A mistyped key would silently widen the rule: `usr` instead of `users` means every role.
    private func fields(of members: [String: JSONValue], _ index: Int) throws(ModuleFailure) -> Fields {
        var fields: Fields = [:]
        for (key, value) in members.sorted(by: { $0.key < $1.key }) where value != .null {
            let name = Self.aliases[key] ?? key
            guard Self.keys.contains(name) else {
                let near = NearestWord.of(key, among: Self.keys.sorted())
                throw .impossible(
                    "rule number \(index) has an unknown key: \(key)", hint: near.map { "is \($0) meant?" })
            }
            guard fields[name] == nil else {
                throw .impossible(
                    "rule number \(index) uses ambiguous settings: \(name) is given twice",
                    hint: "which of address, source and src is meant?")
            }
            switch value {
            case .array, .object:
                throw .impossible(
                    "rule number \(index): \(key) is not a text", hint: "is a text with commas meant?")
            case .null, .bool, .int, .double, .string: fields[name] = value.asParameterText
            }
        }
        return fields
    }

    // MARK: One rule

    private func wishes(of fields: Fields, place: String) throws(ModuleFailure) -> [HbaEdit.Wish] {
        let state: PgHbaArguments.RuleArguments.Presence = try choice(fields["state"] ?? "", "state", place)
        let isPresent = state == .present
        let comment = try comment(fields["comment"], place)
        guard let type = fields["contype"], !type.isEmpty else {
            guard let comment else {
                throw .impossible("\(place)neither contype nor comment is given", hint: "is contype missing?")
            }
            return [HbaEdit.Wish(subject: .comment(comment), isPresent: isPresent)]
        }
        let connectionType: HbaRule.ConnectionType = try choice(type, "contype", place)
        let method: HbaRule.Method = try choice(fields["method"] ?? "", "method", place)
        var wishes: [HbaEdit.Wish] = []
        for database in try names(fields["databases"], "database", place) {
            for user in try names(fields["users"], "users", place) {
                do throws(HbaProblem) {
                    let rule = try HbaRule(
                        connectionType: connectionType, databases: database, users: user,
                        address: fields["address"] ?? "", netmask: fields["netmask"] ?? "", method: method,
                        options: fields["options"] ?? "")
                    wishes.append(HbaEdit.Wish(subject: .rule(rule, comment: comment), isPresent: isPresent))
                } catch {
                    throw .impossible("\(place)\(error.message)", hint: error.hint)
                }
            }
        }
        return wishes
    }

    private func choice<Choice: ArgumentChoice>(
        _ word: String, _ option: String, _ place: String
    ) throws(ModuleFailure) -> Choice {
        guard let choice = Choice(rawValue: word) else {
            let near = NearestWord.of(word, among: Choice.allCases.map(\.rawValue))
            throw .impossible("\(place)unknown \(option) \(word)", hint: near.map { "is \($0) meant?" })
        }
        return choice
    }

    /// A line break in a comment would begin a new rule.
    private func comment(_ text: String?, _ place: String) throws(ModuleFailure) -> String? {
        guard let text = text?.withoutOuterSpaces, !text.isEmpty else { return nil }
        guard !text.unicodeScalars.contains(where: { $0 == "\n" || $0 == "\r" }), !text.hasSuffix("\\") else {
            throw .impossible("\(place)the comment has more than one line", hint: "can it be put into one?")
        }
        return text.hasPrefix("#") ? text : "#\(text)"
    }

    /// The names between commas. A text that begins with a quote is one field as it stands.
    private func names(_ text: String?, _ kind: String, _ place: String) throws(ModuleFailure) -> [String] {
        let text = text ?? ""
        let names =
            text.hasPrefix("\"")
            ? [text]
            : text.split(separator: ",", omittingEmptySubsequences: false).map(\.withoutOuterSpaces)
        for name in names {
            let fields = try? HbaFields(name)
            guard fields?.fields == [name], fields?.comment == nil, !name.unicodeScalars.contains("\n") else {
                throw .impossible(
                    "\(place)Invalid string for \(kind): \(name)",
                    hint: "does the name need double quotes?")
            }
        }
        return names
    }
}
