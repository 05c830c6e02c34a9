/// What the page of features claims: every check that it names is there.
enum FeatureRules {
    /// The page.
    static let page = "docs/reference/runbook-features.md"

    /// A check as the page names it: `group: words`, or `SuiteTests: words`.
    struct Claim: Hashable, CustomStringConvertible {
        let source: String
        let words: String

        var description: String { "\(source): \(words)" }
    }

    /// The claims in the last cell of each row of a table.
    static func claims(in text: String) -> [Claim] {
        text.split(separator: "\n").flatMap { row -> [Claim] in
            let cells = row.split(separator: "|", omittingEmptySubsequences: false)
            guard row.hasPrefix("| "), cells.count > 3 else { return [] }
            let quoted = cells[cells.count - 2].split(separator: "`", omittingEmptySubsequences: false)
            return quoted.enumerated().compactMap { index, text in
                guard !index.isMultiple(of: 2), let colon = text.firstRange(of: ": ") else { return nil }
                return Claim(
                    source: String(text[..<colon.lowerBound]), words: String(text[colon.upperBound...]))
            }
        }
    }

    /// The claims that no file holds.
    static func unfounded(_ claims: [Claim], among paths: [String], text: (String) -> String) -> [Claim] {
        claims.filter { claim in
            let file = paths.first {
                $0 == "Tests/Runbook/checks/\(claim.source).sh"
                    || ($0.hasPrefix("Tests/") && $0.hasSuffix("/\(claim.source).swift"))
            }
            guard let file else { return true }
            let name = file.hasSuffix(".swift") ? "func `\(claim.words)`" : "\"\(claim.words)\""
            return !text(file).contains(name)
        }
    }

    /// Rows of the table of features, by their number.
    static func rows(in text: String) -> [Int] {
        text.split(separator: "\n").compactMap { row in
            row.hasPrefix("| ") ? row.split(separator: "|").first.flatMap { Int($0.trimmed) } : nil
        }
    }
}

extension Substring {
    fileprivate var trimmed: String { filter { $0 != " " } }
}
