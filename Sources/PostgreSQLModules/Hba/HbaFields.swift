/// The fields of one rule as they stand in the file, quotes included, and the comment behind them.
struct HbaFields: Equatable {
    var fields: [String] = []
    /// From the `#` on.
    var comment: String?

    /// Splits a line at white space outside double quotes; a comma at the end of a word continues the field.
    ///
    /// Source: PostgreSQL 17 source, `libpq/hba.c`, `next_token` and `next_field_expand`.
    init(_ line: String) throws(HbaProblem) {
        var field = ""
        var inQuotes = false
        var rest = Substring(line).unicodeScalars
        while let scalar = rest.first {
            if scalar == "#", !inQuotes {
                comment = String(rest)
                break
            }
            rest.removeFirst()
            if scalar == "\"" { inQuotes.toggle() }
            if !inQuotes, Self.isBlank(scalar) {
                // The field goes on behind a comma.
                if !field.isEmpty, !field.hasSuffix(",") { finish(&field) }
            } else if inQuotes || scalar != "," || !field.isEmpty {
                field.unicodeScalars.append(scalar)
            }
        }
        guard !inQuotes else {
            throw HbaProblem("unterminated quote", hint: "where does the quoted text end?")
        }
        if !field.isEmpty { finish(&field) }
    }

    private mutating func finish(_ field: inout String) {
        fields.append(field)
        field = ""
    }

    static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t" || scalar == "\r" || scalar == "\n"
    }

    /// A field without the quotes around it.
    static func unquoted(_ field: String) -> String {
        field.count > 1 && field.hasPrefix("\"") && field.hasSuffix("\"")
            ? String(field.dropFirst().dropLast()) : field
    }
}

/// Why a rule or a file is not understood.
struct HbaProblem: Error, Equatable {
    let message: String
    let hint: String?

    init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }
}
