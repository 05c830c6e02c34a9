import Glibc
import SQLClient

/// The frame around the modules: reads the task, picks the module, prints one JSON object.
///
/// Source of the protocol: Ansible documentation, "Binary Modules" and "Internal arguments".
public struct ModuleHost {
    /// Largest task that is read, in bytes.
    static let inputBytesMax = 16 * 1024 * 1024

    let modules: [AnyModule]
    let version: String

    /// A frame around these modules.
    public init(modules: [AnyModule], version: String) {
        self.modules = modules
        self.version = version
    }

    /// Handles a command line and returns the exit status.
    public func main(_ arguments: [String]) -> Int32 {
        // A reader that goes away must not kill a module in the middle of a change.
        signal(SIGPIPE, SIG_IGN)
        if let text = page(for: Array(arguments.dropFirst())) {
            print(text)
            return 0
        }
        let outcome = perform(arguments)
        print(JSONText.text(of: .object(outcome.reply)))
        return outcome.failed ? 1 : 0
    }

    // MARK: For people and for the documentation build

    private func page(for arguments: [String]) -> String? {
        switch (arguments.first, arguments.dropFirst().first.flatMap(module(named:))) {
        case ("--list", _): modules.map(\.name).sorted().joined(separator: "\n")
        case ("--version", _): version
        case ("--describe", let module?): module.referencePage
        case ("--stub", let module?): module.documentationStub
        default: nil
        }
    }

    private func module(named name: String) -> AnyModule? {
        let short = name.split(separator: ".").last.map(String.init) ?? name
        return modules.first { $0.name == short }
    }

    // MARK: For Ansible

    private func perform(_ arguments: [String]) -> AnyModule.Outcome {
        let options: [String: JSONValue]
        do throws(ModuleFailure) {
            options = try Self.options(Self.taskText(arguments))
        } catch {
            return Self.refusal(error.message)
        }
        let program = arguments.first.map(Self.moduleName(ofProgram:)) ?? ""
        let name = options["_ansible_module_name"]?.string ?? program
        guard let module = module(named: name) else {
            let nearest =
                NearestWord.of(name, among: modules.map(\.name)).map { "; did you mean \($0)?" } ?? ""
            return Self.refusal("no module \(name) in this binary\(nearest) (--list shows all)")
        }
        return module.perform(Self.task(options), OperatingSystem())
    }

    private static func task(_ options: [String: JSONValue]) -> AnyModule.Task {
        var verbosity: Int64 = 0
        if case .int(let level) = options["_ansible_verbosity"] { verbosity = level }
        return AnyModule.Task(
            options: options.filter { !$0.key.hasPrefix("_ansible_") },
            checkMode: options["_ansible_check_mode"] == true, diffMode: options["_ansible_diff"] == true,
            noLog: options["_ansible_no_log"] == true, verbosity: verbosity,
            coercion: CoercionContext(
                environment: environment(), parseJSON: { OperatingSystem().json(of: $0) },
                homeFolder: OperatingSystem.homeFolder))
    }

    private static func refusal(_ message: String) -> AnyModule.Outcome {
        AnyModule.failure(message, mask: SecretMask([]))
    }

    /// `AnsiballZ_postgresql_user` and `/x/postgresql_user.bin` both mean `postgresql_user`.
    static func moduleName(ofProgram path: String) -> String {
        let file = path.split(separator: "/").last.map(String.init) ?? path
        let name = file.hasPrefix("AnsiballZ_") ? String(file.dropFirst("AnsiballZ_".count)) : file
        return name.split(separator: ".").first.map(String.init) ?? name
    }

    private static func taskText(_ arguments: [String]) throws(ModuleFailure) -> [UInt8] {
        guard arguments.count == 2 else {
            throw .host(
                "one argument is expected, the path of a JSON file or - for standard input; got \(arguments.count - 1)",
                hint: nil)
        }
        if arguments[1] == "-" {
            return try OperatingSystem.contents(
                ofDescriptor: STDIN_FILENO, name: "standard input", limitBytes: inputBytesMax)
        }
        if arguments[1].hasPrefix("--") {
            throw .host(
                "unknown option \(arguments[1]) or unknown module (known: --list, --describe MODULE, --stub MODULE, "
                    + "--version)", hint: nil)
        }
        return try OperatingSystem().contents(of: arguments[1], limitBytes: inputBytesMax)
    }

    private static func options(_ text: [UInt8]) throws(ModuleFailure) -> [String: JSONValue] {
        guard !text.isEmpty else { throw .host("the task is empty: a JSON object is expected", hint: nil) }
        guard let value = JSONReader.value(of: text) else {
            throw .host("the task is not valid JSON (\(text.count) bytes)", hint: nil)
        }
        guard case .object(let members) = value else {
            throw .host("the task is a JSON \(value.pythonTypeName), an object is expected", hint: nil)
        }
        // Ansible's generic JSON arguments hold the options directly; older callers wrap them.
        if case .object(let wrapped) = members["ANSIBLE_MODULE_ARGS"] { return wrapped }
        return members
    }

    private static func environment() -> [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text)
            if let equals = pair.firstIndex(of: "=") {
                variables[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
            }
            entry += 1
        }
        return variables
    }
}

/// Files, accounts, random bytes and clock of this machine.
struct OperatingSystem: HostServices {
    private static let chunkBytes = 64 * 1024

    var files: any HostFiles { OperatingSystemFiles() }

    func contents(of path: String, limitBytes: Int) throws(ModuleFailure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .host(
                "cannot read \(path): \(Self.lastError())", hint: "is the path on the target, and readable?")
        }
        defer { close(descriptor) }
        return try Self.contents(ofDescriptor: descriptor, name: path, limitBytes: limitBytes)
    }

    static func contents(
        ofDescriptor descriptor: Int32, name: String, limitBytes: Int
    ) throws(ModuleFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: chunkBytes)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw .host("cannot read \(name): \(lastError())", hint: nil)
            }
            bytes += chunk[..<count]
            guard bytes.count <= limitBytes else {
                throw .host("\(name) is larger than the limit of \(limitBytes) bytes", hint: nil)
            }
        }
    }

    func randomBytes(_ count: Int) throws(ModuleFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard getentropy(&bytes, count) == 0 else {
            throw .host("no random bytes from the operating system: \(Self.lastError())", hint: nil)
        }
        return bytes
    }

    func json(of text: String) -> JSONValue? {
        JSONReader.value(of: Array(text.utf8))
    }

    /// As the account database has it.
    static func homeFolder(of account: String) -> String? {
        guard let entry = getpwnam(account), let folder = entry.pointee.pw_dir else { return nil }
        return String(cString: folder)
    }

    func monotonicSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func lastError() -> String {
        String(cString: strerror(errno))
    }
}
