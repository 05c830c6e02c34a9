import Digests

/// What escaping makes of a secret: in JSON, SQL, shells, HTML, source texts of languages, and addresses.
enum SecretEscapes {
    static func all(of text: String) -> [String] {
        json(text) + shell(text) + sql(text) + html(text) + literals(text)
    }

    // MARK: JSON

    private enum NonASCII: CaseIterable { case plain, lower, upper }

    /// As RFC 8259 asks, and what writers do besides: `\u00e9` in small or capital digits, `\/`, and what HTML would obey.
    private static func json(_ text: String) -> [String] {
        var forms: [String] = []
        for other in NonASCII.allCases {
            for isSlashEscaped in [false, true] {
                for guarded in ["", "<>&", "<>&='"] {
                    forms.append(
                        escaped(text) { json($0, other, (isSlashEscaped ? "/" : "", guarded)) })
                }
            }
        }
        return forms
    }

    private static func json(
        _ scalar: Unicode.Scalar, _ other: NonASCII, _ also: (slash: String, guarded: String)
    ) -> String? {
        switch scalar {
        case "\"": return "\\\""
        case "\\": return "\\\\"
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        case "\u{8}": return "\\b"
        case "\u{C}": return "\\f"
        default: break
        }
        let isUpper = other == .upper
        if also.slash.unicodeScalars.contains(scalar) { return "\\/" }
        if scalar.value < 0x20 || scalar.value == 0x7F || also.guarded.unicodeScalars.contains(scalar) {
            return "\\u" + Hex.text(scalar.value, digits: 4, isUpper: isUpper)
        }
        guard !scalar.isASCII, other != .plain else { return nil }
        return Character(scalar).utf16.map { "\\u" + Hex.text(UInt32($0), digits: 4, isUpper: isUpper) }
            .joined()
    }

    // MARK: Shells

    /// Between single quotes, in the two usual ways; between double quotes; with backslashes, as bash and Ruby put them; and
    /// `$'…'`, alone as bash writes it or within single quotes as coreutils do.
    private static func shell(_ text: String) -> [String] {
        var forms = [
            escaped(text) { $0 == "'" ? "'\\''" : nil }, escaped(text) { $0 == "'" ? "'\"'\"'" : nil },
            escaped(text) { "\"$`\\".unicodeScalars.contains($0) ? "\\\($0)" : nil },
            escaped(text) { "\"$`\\!".unicodeScalars.contains($0) ? "\\\($0)" : nil },
        ]
        for plain in [" -./:=_@%+~#", "-._,:+/@", "-./:=_@%+"] {
            for isOther in [false, true] {
                forms.append(
                    escaped(text) { scalar in
                        let isPlain =
                            scalar.isLetterOrDigit || plain.unicodeScalars.contains(scalar) && scalar != " "
                        return isPlain || (!scalar.isASCII && !isOther) ? nil : "\\\(scalar)"
                    })
            }
        }
        for isOctal in [false, true] {
            forms.append(escaped(text) { dollar($0, isOctal) })
            forms.append(runs(text, isOctal))
        }
        return forms
    }

    private static func dollar(_ scalar: Unicode.Scalar, _ isOctal: Bool) -> String? {
        switch scalar {
        case "\\": "\\\\"
        case "'": "\\'"
        case "\u{1B}": "\\E"
        default: control(scalar, isOctal)
        }
    }

    private static func control(_ scalar: Unicode.Scalar, _ isOctal: Bool) -> String? {
        switch scalar {
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        case "\u{7}": return "\\a"
        case "\u{8}": return "\\b"
        case "\u{B}": return "\\v"
        case "\u{C}": return "\\f"
        default: break
        }
        guard scalar.value < 0x20 || scalar.value == 0x7F || (isOctal && !scalar.isASCII) else { return nil }
        return String(scalar).utf8.map { byte in
            let digits = String(byte, radix: 8)
            return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
        }.joined()
    }

    private static func runs(_ text: String, _ isOctal: Bool) -> String {
        var out = ""
        var isInside = false
        for scalar in text.unicodeScalars {
            let escape = control(scalar, isOctal)
            // The quotes around the whole are no part of the form.
            if (escape != nil) != isInside, !out.isEmpty { out += isInside ? "''" : "'$'" }
            isInside = escape != nil
            out += escape ?? (scalar == "'" ? "'\\''" : String(scalar))
        }
        return out
    }

    // MARK: SQL, HTML, languages

    private static func sql(_ text: String) -> [String] {
        [
            escaped(text) { $0 == "'" ? "''" : nil }, escaped(text) { $0 == "\\" ? "\\\\" : nil },
            escaped(text) { $0 == "'" ? "''" : $0 == "\\" ? "\\\\" : nil },
            escaped(text) { $0 == "\"" ? "\"\"" : nil },
            escaped(text) { $0 == "'" || $0 == "\\" ? "\\\($0)" : nil },
            // A field of a password file.
            escaped(text) { $0 == ":" || $0 == "\\" ? "\\\($0)" : nil },
        ]
    }

    private static func html(_ text: String) -> [String] {
        [
            ("\"", "'"), ("&quot;", "'"), ("&quot;", "&#39;"), ("&quot;", "&#x27;"), ("&quot;", "&apos;"),
            ("&#34;", "&#39;"),
        ].map { quote, apostrophe in
            escaped(text) { scalar in
                switch scalar {
                case "&": "&amp;"
                case "<": "&lt;"
                case ">": "&gt;"
                case "\"": quote
                case "'": apostrophe
                default: nil
                }
            }
        }
    }

    /// As Python and its like show texts and bytes, MySQL its literals, and YAML what is between double quotes.
    private static func literals(_ text: String) -> [String] {
        var forms: [String] = []
        for quotes in ["", "'", "\"", "'\""] {
            forms.append(escaped(text) { literal($0, quotes) })
            for isUpper in [false, true] {
                forms.append(escaped(text) { literal($0, quotes) ?? number($0, isUpper) })
            }
            forms.append(escaped(text) { scalar in literal(scalar, quotes) ?? bytes(scalar) })
        }
        forms.append(text.utf8.map { "\\x" + Hex.text(UInt32($0), digits: 2) }.joined())
        return forms
    }

    private static func literal(_ scalar: Unicode.Scalar, _ quotes: String) -> String? {
        if quotes.unicodeScalars.contains(scalar) { return "\\\(scalar)" }
        switch scalar {
        case "\\": return "\\\\"
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        default:
            return scalar.value < 0x20 || scalar.value == 0x7F
                ? "\\x" + Hex.text(scalar.value, digits: 2) : nil
        }
    }

    private static func number(_ scalar: Unicode.Scalar, _ isUpper: Bool) -> String? {
        switch scalar.value {
        case 0..<0x80: nil
        case 0x80..<0x100: "\\x" + Hex.text(scalar.value, digits: 2, isUpper: isUpper)
        case 0x100..<0x10000: "\\u" + Hex.text(scalar.value, digits: 4, isUpper: isUpper)
        default: "\\U" + Hex.text(scalar.value, digits: 8, isUpper: isUpper)
        }
    }

    private static func bytes(_ scalar: Unicode.Scalar) -> String? {
        scalar.isASCII ? nil : String(scalar).utf8.map { "\\x" + Hex.text(UInt32($0), digits: 2) }.joined()
    }

    // MARK: Addresses

    /// Percent encoding, with what the usual functions leave as it is, and a blank as `%20` or, in forms, as `+`.
    static func percentEncodings(of secret: [UInt8]) -> [[UInt8]] {
        var forms: [[UInt8]] = []
        for digits in [Hex.lower, Hex.upper] {
            for plain in ["-._~", "-._~/", "-._", "-._~!'()*", "-._~!'()*;,/?:@&=+$#", "-._*", ""] {
                for blank in ["%20", "+"] {
                    forms.append(percentEncoded(secret, Set(plain.utf8), Array(blank.utf8), digits))
                }
            }
            forms.append(
                secret.flatMap { [UInt8(ascii: "%"), digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
        }
        return forms
    }

    private static func percentEncoded(
        _ secret: [UInt8], _ plain: Set<UInt8>, _ blank: [UInt8], _ digits: [UInt8]
    ) -> [UInt8] {
        var out: [UInt8] = []
        for byte in secret {
            if Unicode.Scalar(byte).isLetterOrDigit || plain.contains(byte) {
                out.append(byte)
            } else if byte == UInt8(ascii: " ") {
                out += blank
            } else {
                out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return out
    }

    /// The text with some scalars replaced.
    private static func escaped(_ text: String, _ escape: (Unicode.Scalar) -> String?) -> String {
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if let replacement = escape(scalar) {
                out.append(contentsOf: replacement.unicodeScalars)
            } else {
                out.append(scalar)
            }
        }
        return String(out)
    }
}

extension Unicode.Scalar {
    /// Whether it is an ASCII letter or digit.
    fileprivate var isLetterOrDigit: Bool {
        ("a"..."z").contains(self) || ("A"..."Z").contains(self) || ("0"..."9").contains(self)
    }
}
