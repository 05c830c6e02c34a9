import Testing

/// What the style guide forbids is not in the repository.
struct TidyTests {
    private var targetFiles: [SourceFile] { Repository.swiftFiles.filter { $0.target != nil } }

    @Test func `git lists the files`() {
        #expect(Repository.paths.count > 100)
        #expect(Repository.sources.count > 50)
    }

    @Test func `imports follow the arrows`() {
        #expect(targetFiles.flatMap(ImportRules.findings) == [])
    }

    @Test func `each C library is imported by one target`() {
        #expect(ImportRules.sharedLibraries() == [])
    }

    @Test func `every Swift target of the package is in the table of imports`() {
        let targets = Set(Repository.sources.compactMap(\.target))
        #expect(targets.subtracting(ImportRules.allowed.keys) == [])
    }

    @Test func `files, functions and lines keep their limits, and hold no banned word`() {
        #expect(targetFiles.flatMap(TextRules.findings) == [])
    }

    @Test func `the top folder holds what it should, and nothing else`() {
        #expect(RepositoryRules.strangers(among: Repository.paths) == [])
        for entry in RepositoryRules.topLevel {
            #expect(Repository.exists(entry), "\(entry) is missing")
        }
    }

    @Test func `no file names a path of one machine or a registry`() {
        let files = Repository.files { $0 != "LICENSE" }
        #expect(files.flatMap(RepositoryRules.machineFindings) == [])
    }

    @Test func `generated files say so in their first line`() {
        let silent = Repository.files(where: RepositoryRules.isGenerated)
            .filter { !RepositoryRules.says(generated: $0) }
        #expect(silent.map(\.path) == [])
    }

    @Test func `links between documents resolve`() {
        for file in Repository.files(where: { $0.hasSuffix(".md") }) {
            for link in RepositoryRules.links(in: file.text) {
                let path = RepositoryRules.resolved(link.target, from: file.path)
                #expect(Repository.exists(path), "\(file.path):\(link.line) links to \(link.target)")
            }
        }
    }

    @Test func `every module has a stub, a reference page and a test`() {
        let modules = Repository.sources.compactMap { RepositoryRules.moduleName(ofFile: $0.name) }
        #expect(modules.count > 5)
        let tests = Repository.swiftFiles.filter { $0.path.hasPrefix("Tests/") }.map(\.text)
        let index = Repository.text(of: "docs/README.md")
        let stubs = "ansible/collections/ansible_collections/vigie/dba/plugins/modules"
        for module in modules {
            #expect(Repository.exists("\(stubs)/\(module).py"), "\(module) has no stub: make docs")
            #expect(
                Repository.exists("docs/reference/modules/\(module).md"), "\(module) has no page: make docs")
            #expect(
                index.contains("(reference/modules/\(module).md)"), "docs/README.md does not list \(module)")
            #expect(tests.contains { $0.contains("\"\(module)\"") }, "no test names \(module)")
        }
    }

    @Test func `every check that the page of features names is there`() {
        let text = Repository.text(of: FeatureRules.page)
        let claims = FeatureRules.claims(in: text)
        #expect(FeatureRules.rows(in: text) == Array(1...32))
        #expect(claims.count > 50)
        #expect(FeatureRules.unfounded(claims, among: Repository.paths, text: Repository.text) == [])
    }
}
