import RunbookCore
import YAMLDocument

/// The keys of a secret.
enum SecretKeys {
    /// Where a secret comes from.
    enum From: String, CaseIterable, Sendable {
        case file, env, command
    }

    static let from = Key("from", Form<From>.choice, required: true, "Where it comes from.")
    static let path = Key("path", .template, "The file, with `from: file`; commands get its path.")
    static let name = Key(
        "name", .name("a name of an environment variable", .environment) { EnvironmentName($0) },
        "The variable of the executor, with `from: env`; commands get its text.")
    static let argv = Key(
        "argv", .list(of: .template),
        "The program and its arguments, with `from: command`; commands get its output.")
    static let variable = Key(
        "as", .name("a name of an environment variable", .environment) { EnvironmentName($0) },
        required: true,
        "The environment variable in which commands find it.")

    static let table = KeyTable(
        "a secret",
        [from.declaration, path.declaration, name.declaration, argv.declaration, variable.declaration],
        later: ["vault", "key", "optional"])

    static let form = Form<[NamedItem<ValueName, SecretSource?>]>.map(
        "a name of a secret", .value, { ValueName($0) },
        of: .mapping(table) { fields, reader in .some(read(fields, &reader)) })

    private static func read(_ fields: Fields, _ reader: inout DocumentReader) -> SecretSource? {
        guard let secret = ValueName(reader.key) else { return nil }
        let from = reader.read(from, in: fields)
        let path = reader.read(path, in: fields)
        let name = reader.read(name, in: fields)
        let argv = reader.read(argv, in: fields)
        let variable = reader.read(variable, in: fields)
        guard let from else { return nil }
        let wanted = from == .file ? "path" : from == .env ? "name" : "argv"
        for entry in fields.entries where ["path", "name", "argv"].contains(entry.key) && entry.key != wanted
        {
            reader.report(
                .conflictingKeys, at: entry.keyStart,
                "'\(entry.key)' has no meaning with 'from: \(from.rawValue)'",
                hint: "with 'from: \(from.rawValue)' the key is '\(wanted)'")
        }
        if !fields.has(wanted) {
            reader.report(
                .missingKey, at: fields.start,
                "a secret with 'from: \(from.rawValue)' needs the key '\(wanted)'", hint: "where is it found?"
            )
        }
        let origin: SecretSource.Origin? =
            switch from {
            case .file: path.map { .file(path: $0) }
            case .env: name.map { .environment($0) }
            case .command: argv.map { .command($0) }
            }
        guard let variable else { return nil }
        claim(variable, for: secret, at: fields.valuePlace(of: Self.variable), &reader)
        guard let origin else { return nil }
        return SecretSource(name: secret, origin: origin, variable: variable)
    }

    /// Makes the variable known as the secret's own.
    private static func claim(
        _ variable: EnvironmentName, for secret: ValueName, at place: YAMLPosition,
        _ reader: inout DocumentReader
    ) {
        if let other = reader.names.secrets.first(where: { $0.value == variable })?.key {
            reader.report(
                .duplicateName, at: place, "'\(variable)' is already the variable of the secret '\(other)'",
                hint: "would another name do?")
        }
        reader.checkReserved(variable, at: place)
        reader.names.secrets[secret] = variable
    }
}
