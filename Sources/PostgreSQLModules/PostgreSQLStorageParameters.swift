import SQLClient

/// Storage parameters of a table or an index, written as the catalog has them: `fillfactor=90`.
struct PostgreSQLStorageParameters: Equatable {
    /// Names in lower case (`toast.` before those of the TOAST table) with their values, in the given order.
    private(set) var parameters: [(name: String, value: String)]

    static func == (left: Self, right: Self) -> Bool {
        left.parameters.count == right.parameters.count
            && zip(left.parameters, right.parameters).allSatisfy {
                $0.name == $1.name && $0.value == $1.value
            }
    }

    /// Parameters as the catalog has them.
    init(catalog options: [String]) {
        parameters = options.map { option in
            let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (name: String(parts[0]), value: parts.count > 1 ? String(parts[1]) : "true")
        }
    }

    /// Parameters as a task writes them, each `name = value` or, for a switch that is on, only the name.
    init(written texts: [String]) {
        parameters = PostgreSQLTokens(texts.joined(separator: ",")).split().filter { !$0.isEmpty }.map {
            part in
            var rest = part
            let name = rest.take { $0.isSymbol("=") }.tokens.map(\.text).joined()
            rest.take()
            return (name: name, value: rest.isEmpty ? "true" : Self.value(rest))
        }
    }

    private static func value(_ tokens: PostgreSQLTokens) -> String {
        let text = tokens.text
        guard text.hasPrefix("'"), text.hasSuffix("'"), text.utf8.count > 1 else { return text }
        return String(text.dropFirst().dropLast()).replacing("''", with: "'")
    }

    /// The parameters as the catalog has them.
    var texts: [String] { parameters.map { "\($0.name)=\($0.value)" } }

    /// These parameters without those of a TOAST table, which the server forgets where there is none.
    var withoutToast: Self {
        var result = self
        result.parameters.removeAll { $0.name.hasPrefix("toast.") }
        return result
    }

    /// These parameters with others set on top.
    func setting(_ others: Self) -> Self {
        var result = self
        for other in others.parameters {
            if let index = result.parameters.firstIndex(where: { $0.name == other.name }) {
                if !Self.isSame(result.parameters[index].value, other.value) {
                    result.parameters[index].value = other.value
                }
            } else {
                result.parameters.append(other)
            }
        }
        return result
    }

    /// Whether both are the same to the server: numbers and truth values have several spellings.
    private static func isSame(_ left: String, _ right: String) -> Bool {
        if left.lowercased() == right.lowercased() { return true }
        if let number = Double(left), number == Double(right) { return true }
        guard let truth = truths[left.lowercased()] else { return false }
        return truth == truths[right.lowercased()]
    }

    /// Source: PostgreSQL 17 manual, 8.6 "Boolean Type".
    private static let truths: [String: Bool] = [
        "on": true, "true": true, "yes": true, "1": true, "off": false, "false": false, "no": false,
        "0": false,
    ]
}
