import ModuleKit

/// What a task's own options say to pg_dump or pg_restore.
enum DumpWords {
    private static let formats: [String: DumpTarget.Format] = [
        "p": .plain, "plain": .plain, "t": .tar, "tar": .tar, "c": .custom, "custom": .custom,
        "d": .directory,
        "directory": .directory,
    ]

    /// The format that the last of the options names.
    static func format(_ words: [String]) throws(ModuleFailure) -> DumpTarget.Format? {
        guard let text = value(of: "-F", "--format", in: words) else { return nil }
        guard let format = formats[text] else {
            throw .impossible("pg_dump has no format \(text)", hint: "is it plain, tar, custom or directory?")
        }
        return format
    }

    /// Whether pg_dump is told to compress.
    static func compresses(_ words: [String]) -> Bool {
        guard let text = value(of: "-Z", "--compress", in: words) else { return false }
        return text != "0" && text != "none" && !text.hasSuffix(":0")
    }

    /// The file is the task's `target`: another one would not be checked, and the target would stay empty.
    static func requireNoFile(_ words: [String]) throws(ModuleFailure) {
        guard value(of: "-f", "--file", in: words) == nil else {
            throw .impossible("target_opts may not name a file", hint: "is it the target of the task?")
        }
    }

    /// Refuses a password among arguments, where every user of the host sees it.
    static func requireNoPassword(_ words: [String]) throws(ModuleFailure) {
        let shown = words.contains { word in
            let word = word.lowercased()
            guard let scheme = word.firstRange(of: "://") else { return word.contains("password=") }
            let authority = word[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }
            let user = authority.contains("@") ? authority.prefix { $0 != "@" } : ""
            return user.contains(":") || word.contains("password=")
        }
        guard !shown else {
            throw .impossible(
                "a password in target_opts or dump_extra_args would be seen in the list of processes",
                hint: "can it be given as login_password?")
        }
    }

    /// Whether pg_restore is told something that excludes one transaction for everything.
    static func excludesTransaction(_ words: [String]) -> Bool {
        words.contains { word in
            ["-C", "--create", "--transaction-size"].contains { word == $0 || word.hasPrefix($0 + "=") }
        } || value(of: "-j", "--jobs", in: words) != nil
    }

    /// The value of an option in any of its spellings: `-Fc`, `-F c`, `--format=c`, `--format c`.
    private static func value(of short: String, _ long: String, in words: [String]) -> String? {
        var found: String?
        for (index, word) in words.enumerated() {
            if word == short || word == long {
                found = index + 1 < words.count ? words[index + 1] : ""
            } else if word.hasPrefix(long + "=") {
                found = String(word.dropFirst(long.count + 1))
            } else if word.hasPrefix(short), !word.hasPrefix("--") {
                found = String(word.dropFirst(short.count))
            }
        }
        return found
    }
}
