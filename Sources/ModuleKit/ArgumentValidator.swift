import SQLClient

/// What came of reading a task's options.
struct ValidatedArguments<Arguments> {
    let arguments: Arguments
    /// Coerced values by option name.
    let values: [String: JSONValue]
    let secrets: [Secret]
    let warnings: [String]
}

/// Checks a task's options against a module's declaration and reports all problems at once, in Ansible's words.
///
/// Source: ansible-core 2.19, `module_utils/common/{parameters,validation,arg_spec}.py`.
enum ArgumentValidator {
    /// Problems of one task: everything that a person can mend together.
    struct Problems: Error {
        let messages: [String]
        let secrets: [Secret]
    }

    static func validate<Arguments: ModuleArguments>(
        _ type: Arguments.Type, module: String, options: [String: JSONValue], coercion: CoercionContext
    ) throws(Problems) -> ValidatedArguments<Arguments> {
        var form = ArgumentForm(options: options, coercion: coercion)
        let arguments = Arguments(form: &form)
        let messages =
            unsupported(options, form, module)
            + (form.missing.isEmpty
                ? [] : ["missing required arguments: \(form.missing.sorted().joined(separator: ", "))"])
            + form.valueProblems + form.rules.compactMap { problem($0, form) }
        guard messages.isEmpty else { throw Problems(messages: messages, secrets: form.secrets) }
        return ValidatedArguments(
            arguments: arguments, values: form.values, secrets: form.secrets, warnings: form.warnings)
    }

    private static func unsupported(
        _ options: [String: JSONValue], _ form: ArgumentForm, _ module: String
    ) -> [String] {
        let known = Set(form.declarations.flatMap { [$0.name] + $0.aliases })
        let unknown = options.keys.filter { !known.contains($0) }.sorted()
        guard !unknown.isEmpty else { return [] }
        let supported = form.declarations.sorted { $0.name < $1.name }
            .map {
                $0.aliases.isEmpty ? $0.name : "\($0.name) (\($0.aliases.sorted().joined(separator: ", ")))"
            }
        let suggestions = unknown.compactMap { name in
            NearestWord.of(name, among: known.sorted()).map { "did you mean \($0) instead of \(name)?" }
        }
        let text =
            "Unsupported parameters for (\(module)) module: \(unknown.joined(separator: ", ")). "
            + "Supported parameters include: \(supported.joined(separator: ", "))."
        return [([text] + suggestions).joined(separator: " ")]
    }

    /// Defaults count as given, except that they exclude nothing: the order of Ansible's own checks.
    private static func problem(_ rule: ArgumentRule, _ form: ArgumentForm) -> String? {
        let values = form.values
        func given(_ names: [String]) -> [String] { names.filter { values[$0] != nil } }
        func absent(_ names: [String]) -> [String] { names.filter { values[$0] == nil } }
        switch rule {
        case .mutuallyExclusive(let names):
            return names.filter(form.isGiven).count > 1
                ? "parameters are mutually exclusive: \(names.joined(separator: "|"))" : nil
        case .requiredTogether(let names):
            let isPartial = !given(names).isEmpty && !absent(names).isEmpty
            return isPartial ? "parameters are required together: \(names.joined(separator: ", "))" : nil
        case .requiredOneOf(let names):
            return given(names).isEmpty
                ? "one of the following is required: \(names.joined(separator: ", "))" : nil
        case .requiredIf(let option, let wanted, let names):
            guard values[option]?.pythonText == wanted, !absent(names).isEmpty else { return nil }
            return "\(option) is \(wanted) but all of the following are missing: "
                + absent(names).joined(separator: ", ")
        case .requiredBy(let option, let names):
            guard values[option] != nil, !absent(names).isEmpty else { return nil }
            return "missing parameter(s) required by '\(option)': \(absent(names).joined(separator: ", "))"
        }
    }
}

/// Finds the word that was probably meant.
public enum NearestWord {
    /// The nearest of the candidates by edit distance; `nil` when none is near enough to be a slip.
    public static func of(_ word: String, among candidates: [String]) -> String? {
        let distances = candidates.map { (word: $0, distance: distance(Array(word.utf8), Array($0.utf8))) }
        guard let best = distances.min(by: { $0.distance < $1.distance }) else { return nil }
        // Two letters swapped count as two edits; in very short words that is already another word.
        let slipMax = word.utf8.count < 4 ? 1 : max(2, word.utf8.count / 3)
        return best.distance <= slipMax ? best.word : nil
    }

    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (i, l) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, r) in right.enumerated() {
                let above = row[j + 1]
                row[j + 1] = min(above + 1, row[j] + 1, diagonal + (l == r ? 0 : 1))
                diagonal = above
            }
        }
        return row[right.count]
    }
}
