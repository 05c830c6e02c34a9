/// A value of a parameter, read as the server reads it, so that `1GB` and `131072` pages compare equal.
enum ServerSettingValue: Equatable {
    case truth(Bool)
    /// In the parameter's own unit.
    case number(Double)
    case word(String)
    case names([String])
    case text(String)

    /// Why a text is no value of a parameter.
    struct Problem: Error, Equatable {
        let message: String
        let hint: String
    }

    /// Reads a text for this parameter.
    ///
    /// Source: PostgreSQL 17 source, `utils/misc/guc.c`, `parse_and_validate_value`.
    init(_ text: String, for setting: ServerSetting, serverVersion: Int) throws(Problem) {
        switch setting.kind {
        case .bool:
            guard let truth = Self.truth(text) else {
                throw Self.invalid(text, setting, hint: "is on or off meant?")
            }
            self = .truth(truth)
        case .choice:
            self = .word(try Self.choice(text, setting))
        case .integer, .real:
            self = .number(try Self.number(text, setting))
        case .string:
            if SettingLists.holdsNames(setting.name, serverVersion: serverVersion) {
                self = .names(SettingLists.elements(of: text).map(\.name))
            } else {
                self = .text(text)
            }
        }
    }

    /// Whether both texts surely mean the same; unreadable ones do when they are equal.
    static func mean(
        _ left: String, _ right: String, for setting: ServerSetting, serverVersion: Int
    ) -> Bool {
        guard let left = try? Self(left, for: setting, serverVersion: serverVersion),
            let right = try? Self(right, for: setting, serverVersion: serverVersion)
        else { return left == right }
        return left == right
    }

    private static func invalid(_ text: String, _ setting: ServerSetting, hint: String) -> Problem {
        Problem(message: "invalid value for parameter \"\(setting.name)\": \"\(text)\"", hint: hint)
    }

    // MARK: Words

    /// `on`, `yes`, `true` and their beginnings, as far as they are not ambiguous.
    ///
    /// Source: PostgreSQL 17 source, `utils/adt/bool.c`, `parse_bool_with_len`.
    private static func truth(_ text: String) -> Bool? {
        let word = text.lowercased()
        guard !word.isEmpty else { return nil }
        if "true".hasPrefix(word) || "yes".hasPrefix(word) || word == "on" || word == "1" { return true }
        if "false".hasPrefix(word) || "no".hasPrefix(word) || word == "of" || word == "off" || word == "0" {
            return false
        }
        return nil
    }

    /// Words that the server takes and `enumvals` does not list.
    ///
    /// Source: PostgreSQL 17 source, `utils/misc/guc_tables.c`, hidden entries of the option tables.
    private static let hiddenChoices = ["debug": "debug2", "archive": "replica", "hot_standby": "replica"]

    private static func choice(_ text: String, _ setting: ServerSetting) throws(Problem) -> String {
        let word = text.lowercased()
        if let choice = setting.choices.first(where: { $0.lowercased() == word }) { return choice }
        let other = hiddenChoices[word] ?? truth(text).map { $0 ? "on" : "off" }
        if let other, setting.choices.contains(other) { return other }
        throw invalid(
            text, setting, hint: "which of these is meant: \(setting.choices.joined(separator: ", "))?")
    }

    // MARK: Numbers

    private static func number(_ text: String, _ setting: ServerSetting) throws(Problem) -> Double {
        let units = SettingUnit.units(of: setting.unit)
        guard let parsed = SettingNumber(text, readsOctal: setting.kind == .integer) else {
            throw invalid(text, setting, hint: "is a number meant?")
        }
        var value = parsed.value
        if !parsed.unit.isEmpty {
            guard let converted = SettingUnit.convert(parsed, to: setting.unit, among: units) else {
                throw invalid(
                    text, setting,
                    hint: units.isEmpty
                        ? "the parameter has no unit: is a plain number meant?"
                        : "which of these units is meant: \(units.map(\.name).joined(separator: ", "))?")
            }
            value = converted
        }
        if setting.kind == .integer { value = value.rounded(.toNearestOrEven) }
        let low = setting.minimum.flatMap(Double.init) ?? -.infinity
        let high = setting.maximum.flatMap(Double.init) ?? .infinity
        guard value >= low, value <= high else {
            let unit = setting.unit.map { " \($0)" } ?? ""
            throw invalid(
                text, setting,
                hint: "is it between \(setting.minimum ?? "")\(unit) and \(setting.maximum ?? "")\(unit)?")
        }
        return value
    }
}

/// A number with a unit behind it, as in `1.5 GB`, `0x10` or `1e3`.
struct SettingNumber: Equatable {
    let value: Double
    let unit: String

    /// Whole numbers may be octal (`0640`) or hexadecimal, as in C.
    init?(_ text: String, readsOctal: Bool) {
        let trimmed = text.filter { !$0.isNewline }.drop { $0 == " " || $0 == "\t" }
        let digits = trimmed.lowercased()
        let isHexadecimal = digits.drop { "+-".contains($0) }.hasPrefix("0x")
        var end = trimmed.startIndex
        var longest: (value: Double, end: Substring.Index)?
        // The longest beginning that is a number; what follows is the unit.
        while end < trimmed.endIndex {
            end = trimmed.index(after: end)
            if let value = Double(trimmed[..<end]),
                trimmed[..<end].allSatisfy(isHexadecimal ? Self.hex : Self.decimal)
            {
                longest = (value, end)
            }
        }
        guard let longest, longest.value.isFinite else { return nil }
        var rest = trimmed[longest.end...].drop { $0.isWhitespace }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        guard rest.allSatisfy({ $0.isLetter }) else { return nil }
        value = readsOctal ? Self.octal(trimmed[..<longest.end]) ?? longest.value : longest.value
        unit = String(rest)
    }

    private static func octal(_ text: Substring) -> Double? {
        guard text.count > 1, text.first == "0" else { return nil }
        return Int64(text, radix: 8).map(Double.init)
    }

    private static func decimal(_ character: Character) -> Bool {
        character.isASCII && (character.isNumber || "+-.eE".contains(character))
    }

    private static func hex(_ character: Character) -> Bool {
        character.isASCII && (character.isHexDigit || "+-xX".contains(character))
    }
}

/// A unit of memory or time.
struct SettingUnit {
    let name: String
    /// In bytes or microseconds.
    let size: Double

    /// Largest first.
    ///
    /// Source: PostgreSQL 17 manual, 20.1.1 "Parameter Names and Values".
    private static let memory = [
        SettingUnit(name: "TB", size: 0x1p40), SettingUnit(name: "GB", size: 0x1p30),
        SettingUnit(name: "MB", size: 0x1p20), SettingUnit(name: "kB", size: 0x1p10),
        SettingUnit(name: "B", size: 1),
    ]
    private static let time = [
        SettingUnit(name: "d", size: 86_400e6), SettingUnit(name: "h", size: 3600e6),
        SettingUnit(name: "min", size: 60e6), SettingUnit(name: "s", size: 1e6),
        SettingUnit(name: "ms", size: 1000), SettingUnit(name: "us", size: 1),
    ]

    /// The units that a value may have whose parameter has this unit.
    static func units(of parameterUnit: String?) -> [SettingUnit] {
        guard let name = parameterUnit?.drop(while: \.isNumber) else { return [] }
        return [memory, time].first { $0.contains { $0.name == name } } ?? []
    }

    /// The value in the parameter's unit (`8kB` too).
    ///
    /// A fraction is rounded to a whole multiple of the next smaller unit first, as the server does:
    /// `guc.c`, `convert_to_base_unit`.
    static func convert(_ number: SettingNumber, to unit: String?, among units: [SettingUnit]) -> Double? {
        guard let unit, let from = units.firstIndex(where: { $0.name == number.unit }),
            let base = units.first(where: { $0.name == unit.drop(while: \.isNumber) })
        else { return nil }
        let factor = Double(String(unit.prefix(while: \.isNumber))) ?? 1
        let baseSize = base.size * factor
        var size = number.value * units[from].size
        if number.value != number.value.rounded(), from + 1 < units.count, units[from].size > baseSize {
            let smaller = units[from + 1].size
            size = (size / smaller).rounded(.toNearestOrEven) * smaller
        }
        return size / baseSize
    }
}
