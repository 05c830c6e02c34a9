/// Which modules each target may import: the arrows of docs/design.md.
enum ImportRules {
    static let allowed: [String: Set<String>] = [
        "SQLClient": [],
        "RunbookCore": [],
        "Digests": ["CCrypto", "CUnicodeTables", "Glibc"],
        "YAMLDocument": ["CLibYAML"],
        "PostgreSQLClient": ["CLibpq", "SQLClient", "Glibc"],
        "ModuleKit": ["SQLClient"],
        "BackupKit": ["Digests", "CSystem", "Glibc"],
        "RunbookSyntax": ["RunbookCore", "YAMLDocument", "SQLClient"],
        "RunbookJournal": ["RunbookCore", "Digests", "Glibc"],
        "RunbookRuntime": [
            "RunbookCore", "RunbookJournal", "SQLClient", "Digests", "CSystem", "CRedaction", "Glibc",
        ],
        "PostgreSQLModules": ["ModuleKit", "SQLClient", "BackupKit", "Digests"],
        "vigie-module": ["PostgreSQLModules", "PostgreSQLClient", "ModuleKit", "CPortable", "Glibc"],
        "runbook": [
            "RunbookCore", "RunbookSyntax", "RunbookJournal", "RunbookRuntime", "PostgreSQLClient",
            "ArgumentParser", "Glibc",
        ],
        "devtool": ["Digests", "ArgumentParser", "Glibc"],
        "FuzzKit": [
            "RunbookSyntax", "RunbookJournal", "RunbookCore", "Digests", "YAMLDocument", "TestKit", "Glibc",
        ],
        "fuzz": ["FuzzKit", "Glibc"],
        "TestKit": ["SQLClient", "Glibc"],
    ]

    /// What single files may import besides: the frame around a module is where the system comes in.
    static let allowedInFile: [String: Set<String>] = [
        "Sources/ModuleKit/ModuleHost.swift": ["Glibc"],
        "Sources/ModuleKit/OperatingSystemFiles.swift": ["Glibc"],
    ]

    /// Libraries of the system and of the language, which several targets may import.
    static let shared: Set<String> = ["CSystem"]

    static func findings(_ file: SourceFile) -> [Finding] {
        let mayImport = allowed[file.target ?? ""]
        return imports(of: file).compactMap { line, module in
            let rule: String?
            if module == "Foundation" {
                rule = "Foundation is imported: binaries stay small without it"
            } else if file.path.hasPrefix("Tests/") {
                rule = nil
            } else if let mayImport {
                let isAllowed =
                    mayImport.contains(module) || allowedInFile[file.path]?.contains(module) == true
                rule = isAllowed ? nil : "\(file.target ?? "") may not import \(module)"
            } else {
                rule = "the target \(file.target ?? "?") is not in the table of imports"
            }
            return rule.map { Finding(path: file.path, line: line, rule: $0) }
        }
    }

    /// C targets that more than one target may import.
    static func sharedLibraries() -> [String] {
        let all = allowed.values.flatMap { $0 }.filter { isCLibrary($0) && !shared.contains($0) }
        return Set(all).filter { library in all.filter { $0 == library }.count > 1 }.sorted()
    }

    static func imports(of file: SourceFile) -> [(line: Int, module: String)] {
        file.codeLines.enumerated().compactMap { index, line in
            let words = line.split(separator: " ")
            guard let keyword = words.firstIndex(of: "import"), keyword < words.count - 1,
                words[..<keyword].allSatisfy({ $0.hasPrefix("@") || modifiers.contains(String($0)) })
            else { return nil }
            let isKind = kinds.contains(String(words[keyword + 1])) && keyword + 2 < words.count
            let module = words[keyword + (isKind ? 2 : 1)].split(separator: ".").first ?? ""
            return (index + 1, String(module))
        }
    }

    private static let modifiers: Set<String> = ["public", "package", "internal", "private", "fileprivate"]
    private static let kinds: Set<String> = [
        "struct", "class", "enum", "protocol", "func", "var", "let", "typealias",
    ]

    private static func isCLibrary(_ name: String) -> Bool {
        let letters = Array(name)
        return letters.count > 1 && letters[0] == "C" && (letters[1].isUppercase || name == "CLibpq")
    }
}
