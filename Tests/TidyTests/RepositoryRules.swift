/// Rules that look at the repository as a whole, or at files that are not Swift.
enum RepositoryRules {
    /// The only entries of the top folder.
    static let topLevel: Set<String> = [
        ".ci", ".gitignore", ".swift-format", "CHANGELOG.md", "LICENSE", "Makefile", "Package.swift",
        "README.md",
        "Sources", "Tests", "ansible", "docs", "inventories", "playbooks", "runbooks",
    ]

    static func strangers(among paths: [String]) -> [String] {
        Set(paths.compactMap { $0.split(separator: "/").first.map(String.init) }).subtracting(topLevel)
            .sorted()
    }

    // MARK: Texts that belong to one machine

    /// Paths of a machine and hosts of package registries; written in parts, so that this file passes.
    static let machineWords: [String] = [
        "/" + "work/", "/" + "root/", "py" + "pi.org", "deb." + "debian.org", "registry." + "npmjs",
        "python" + "hosted.org",
    ]

    static func machineFindings(_ file: SourceFile) -> [Finding] {
        file.lines.enumerated().flatMap { index, line in
            machineWords.filter { line.contains($0) }.map {
                Finding(path: file.path, line: index + 1, rule: "'\($0)' belongs to one machine")
            }
        }
    }

    // MARK: Generated files

    static func isGenerated(_ path: String) -> Bool {
        let collection = "ansible/collections/ansible_collections/vigie/dba/"
        return path.hasPrefix("docs/reference/modules/") || path.hasPrefix(collection + "plugins/modules/")
            || path == collection + "meta/runtime.yml" || path == "docs/reference/audit-rules.md"
            || path == "Sources/CUnicodeTables/tables.c"
    }

    static func says(generated file: SourceFile) -> Bool {
        file.lines.first?.lowercased().contains("generated") == true
    }

    // MARK: Links

    /// Relative targets of the links in a Markdown file, without code.
    static func links(in text: String) -> [(line: Int, target: String)] {
        var isCode = false
        var found: [(line: Int, target: String)] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.drop(while: { $0 == " " }).hasPrefix("```") { isCode.toggle() }
            guard !isCode else { continue }
            // Every second part lies between backticks.
            let prose = line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
                .map { $0.offset.isMultiple(of: 2) ? String($0.element) : "code" }.joined()
            found += targets(prose).map { (index + 1, $0) }
        }
        return found
    }

    private static func targets(_ prose: String) -> [String] {
        var rest = prose[...]
        var found: [String] = []
        while let start = rest.firstRange(of: "](") {
            rest = rest[start.upperBound...]
            let target = rest.prefix { $0 != ")" && $0 != " " }
            let path = target.prefix { $0 != "#" }
            let isElsewhere = target.contains("://") || target.hasPrefix("mailto:")
            if !path.isEmpty, !isElsewhere { found.append(String(path)) }
        }
        return found
    }

    /// A path that a file at `path` links to, from the top of the repository.
    static func resolved(_ target: String, from path: String) -> String {
        var parts = path.split(separator: "/").dropLast().map(String.init)
        for part in target.split(separator: "/") {
            if part == ".." {
                _ = parts.popLast()
            } else if part != "." {
                parts.append(String(part))
            }
        }
        return parts.joined(separator: "/")
    }

    // MARK: Modules

    /// The Ansible name of a module's file: `PostgreSQLUserModule.swift` is `postgresql_user`.
    static func moduleName(ofFile name: String) -> String? {
        let engines = [("PostgreSQL", "postgresql"), ("MySQL", "mysql"), ("SQLServer", "mssql")]
        let suffix = "Module.swift"
        guard name.hasSuffix(suffix), let engine = engines.first(where: { name.hasPrefix($0.0) }) else {
            return nil
        }
        let thing = name.dropFirst(engine.0.count).dropLast(suffix.count)
        guard !thing.isEmpty else { return nil }
        return thing.reduce(into: engine.1) { text, letter in
            text += letter.isUppercase ? "_" + letter.lowercased() : String(letter)
        }
    }
}
