import CSystem
import Glibc
import RunbookCore

/// The secrets of a run, read at its start and again at each resume, never written anywhere.
struct SecretVault {
    /// Variables for commands.
    let environment: [String: String]
    /// What must not be seen in output.
    let forms: [SecretForm]
    /// Names of secrets that are too short to be masked without hiding ordinary text.
    let unmaskable: [String]
    private let redactor: Redactor

    /// Characters of the shortest text that is masked.
    static let maskedLengthMin = 4
    /// Bytes of the longest secret: every form of it is looked for at once.
    static let bytesMax = 64 << 10

    init(
        _ sources: [SecretSource], scope: Scope, folder: String, inherited: [String: String]
    ) throws(RuntimeFailure) {
        var environment: [String: String] = [:]
        var forms: Set<SecretForm> = []
        var unmaskable: [String] = []
        for source in sources {
            let secret = try Self.read(source, scope, folder, inherited)
            environment[source.variable.text] = secret.value
            let texts = SecretTexts(secret.bytes, isFile: source.origin.isFile)
            guard texts.masked.allSatisfy({ $0.count <= Self.bytesMax }) else {
                throw .secret(name: source.name.text, reason: "it is longer than \(Self.bytesMax) bytes")
            }
            if texts.hasShortOne { unmaskable.append(source.name.text) }
            for text in texts.masked { forms.formUnion(SecretForm.all(of: text)) }
        }
        self.environment = environment
        self.unmaskable = unmaskable
        self.forms = Array(forms)
        redactor = Redactor(self.forms)
    }

    /// Whether a text shows a secret.
    func isShown(in text: String) -> Bool { isShown(in: Array(text.utf8)) }

    /// Whether bytes show a secret.
    func isShown(in bytes: [UInt8]) -> Bool { !forms.isEmpty && redactor.count(in: [bytes[...]]) > 0 }

    /// Removes the files below a folder in which a secret is shown: what a command leaves is kept as evidence, a secret never is.
    func removeFilesWithSecrets(below folder: String) throws(RuntimeFailure) {
        if forms.isEmpty { return }
        var folders = [folder]
        while let next = folders.popLast() {
            for name in Files.allNames(in: next) {
                let path = "\(next)/\(name)"
                switch Files.kind(of: path) {
                case .folder: folders.append(path)
                case .file:
                    let chunks = try Files.Chunks(path)
                    let isShown = redactor.count(in: chunks) > 0
                    // What cannot be read to its end may show a secret further on.
                    if isShown || chunks.isBroken, unlink(path) != 0 { throw Files.failure(path) }
                case .other: break
                }
            }
        }
    }

    /// The text with every secret masked.
    func masked(_ text: String) -> String {
        guard !forms.isEmpty else { return text }
        let (bytes, count) = redactor.masked([Array(text.utf8)[...]])
        return count == 0 ? text : String(decoding: bytes, as: UTF8.self)
    }

    private static func read(
        _ source: SecretSource, _ scope: Scope, _ folder: String, _ inherited: [String: String]
    ) throws(RuntimeFailure) -> (value: String, bytes: [UInt8]) {
        switch source.origin {
        case .environment(let name):
            guard let text = inherited[name.text], !text.isEmpty else {
                throw .secret(name: source.name.text, reason: "the variable \(name) is not set")
            }
            return (text, Array(text.utf8))
        case .file(let template):
            let path = absolute(try rendered(template, scope), folder)
            return (path, try secretFile(path, source.name))
        case .command(let templates):
            var arguments: [String] = []
            for template in templates { arguments.append(try rendered(template, scope)) }
            let text = try output(of: arguments, source.name)
            return (text, Array(text.utf8))
        }
    }

    private static func secretFile(_ path: String, _ name: ValueName) throws(RuntimeFailure) -> [UInt8] {
        do throws(RuntimeFailure) {
            return try Files.read(path, limitBytes: 1 << 20)
        } catch {
            throw .secret(name: name.text, reason: "\(path) cannot be read")
        }
    }

    private static func rendered(_ template: Template, _ scope: Scope) throws(RuntimeFailure) -> String {
        do throws(EvaluationFailure) {
            return try template.render(in: scope)
        } catch {
            throw .evaluation(step: nil, error)
        }
    }

    static func absolute(_ path: String, _ folder: String) -> String {
        path.hasPrefix("/") ? path : "\(folder)/\(path)"
    }

    private static func output(of arguments: [String], _ name: ValueName) throws(RuntimeFailure) -> String {
        var ends: [Int32] = [-1, -1]
        guard vigie_pipe(&ends) == 0 else { throw .secret(name: name.text, reason: "no pipe") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        let words = arguments.map { strdup($0) } + [nil]
        defer {
            words.forEach { free($0) }
            posix_spawn_file_actions_destroy(&actions)
            close(ends[0])
        }
        var process: pid_t = 0
        let status = posix_spawnp(&process, arguments[0], &actions, nil, words, environ)
        close(ends[1])
        guard status == 0 else { throw .secret(name: name.text, reason: "\(arguments[0]) cannot be started") }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = Glibc.read(ends[0], &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0, bytes.count < 1 << 20 else { break }
            bytes += chunk[..<count]
        }
        var result: Int32 = 0
        while waitpid(process, &result, 0) < 0, errno == EINTR {}
        guard result == 0 else { throw .secret(name: name.text, reason: "\(arguments[0]) failed") }
        while bytes.last == 0x0A || bytes.last == 0x0D { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension SecretSource.Origin {
    fileprivate var isFile: Bool {
        if case .file = self { true } else { false }
    }
}
