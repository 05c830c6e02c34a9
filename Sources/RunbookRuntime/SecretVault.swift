import CSystem
import Glibc
import RunbookCore
import SQLClient

/// The secrets of a run, read at its start and again at each resume, never written anywhere.
struct SecretVault {
    /// Variables for commands.
    let environment: [String: String]
    /// What must not be seen in output, in every form, longest first.
    let needles: [String]
    /// Names of secrets that are too short to be masked without hiding ordinary text.
    let unmaskable: [String]

    /// Shortest text that is masked.
    static let maskedLengthMin = 4

    init(
        _ sources: [SecretSource], scope: Scope, folder: String, inherited: [String: String]
    ) throws(RuntimeFailure) {
        var environment: [String: String] = [:]
        var texts: [String] = []
        var unmaskable: [String] = []
        for source in sources {
            let secret = try Self.read(source, scope, folder, inherited)
            environment[source.variable.text] = secret.value
            let long = secret.texts.filter { $0.utf8.count >= Self.maskedLengthMin }
            if long.count < secret.texts.count { unmaskable.append(source.name.text) }
            texts += long
        }
        self.environment = environment
        self.unmaskable = unmaskable
        let forms = Set(texts.flatMap { Self.forms(of: $0) })
        needles = forms.sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
    }

    /// Also with the line end that `echo` adds, which changes the last letters in base64.
    private static func forms(of text: String) -> [String] {
        let withLineEnd = Secret(text + "\n").forms.filter { form in
            !form.hasPrefix(text) && !form.contains("\n")
        }
        // The other way to quote for a shell, that of Python's shlex and so of Ansible.
        let shell = text.replacing("'", with: "'\"'\"'")
        return Secret(text).forms + withLineEnd + [shell]
    }

    /// Whether a text shows a secret.
    func isShown(in text: String) -> Bool { needles.contains { text.contains($0) } }

    /// The text with every secret masked.
    func masked(_ text: String) -> String {
        isShown(in: text) ? needles.reduce(text) { $0.replacing($1, with: Secret.mask) } : text
    }

    private static func read(
        _ source: SecretSource, _ scope: Scope, _ folder: String, _ inherited: [String: String]
    ) throws(RuntimeFailure) -> (value: String, texts: [String]) {
        switch source.origin {
        case .environment(let name):
            guard let text = inherited[name.text], !text.isEmpty else {
                throw .secret(name: source.name.text, reason: "the variable \(name) is not set")
            }
            return (text, [text])
        case .file(let template):
            let path = absolute(try rendered(template, scope), folder)
            let text = String(decoding: try secretFile(path, source.name), as: UTF8.self)
            return (path, text.split(whereSeparator: \.isNewline).flatMap { parts(of: $0) })
        case .command(let templates):
            var arguments: [String] = []
            for template in templates { arguments.append(try rendered(template, scope)) }
            let text = try output(of: arguments, source.name)
            return (text, [text])
        }
    }

    private static func secretFile(_ path: String, _ name: ValueName) throws(RuntimeFailure) -> [UInt8] {
        do throws(RuntimeFailure) {
            return try Files.read(path, limitBytes: 1 << 20)
        } catch {
            throw .secret(name: name.text, reason: "\(path) cannot be read")
        }
    }

    /// A line as it is; of a password file (`host:port:database:user:password`) the password alone too.
    private static func parts(of line: Substring) -> [String] {
        let fields = line.split(separator: ":", maxSplits: 4, omittingEmptySubsequences: false)
        return fields.count == 5 ? [String(fields[4])] : [String(line)]
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
