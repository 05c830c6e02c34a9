import RunbookCore
import YAMLDocument

/// The keys of `http`.
enum HTTPKeys {
    static let url = Key("url", .template, required: true, "Address, `http://…` or `https://…`.")
    static let method = Key("method", Form<HTTPAction.Method>.choice, "The method, `GET` unless given.")
    static let headers = Key(
        "headers",
        Form<[NamedItem<String, Template>]>.map(
            "a name of a header", .header, { NameRule.header.accepts($0) ? $0 : nil }, of: .template),
        "Header lines.")
    static let body = Key("body", .template, "What is sent.")
    static let expect = Key(
        "expect", .list(of: .int(100...599), orOne: true),
        "Status codes that mean success; 200 to 299, unless given.")
    static let caCert = Key(
        "ca_cert", .template, "File with the certificates of trusted authorities, instead of the system's.")

    static let bearer = Key(
        "bearer", .name("a name of a secret", .value) { ValueName($0) },
        "The secret that is sent as a bearer token (RFC 6750).")

    static let table = KeyTable(
        "an http action",
        [
            url.declaration, method.declaration, headers.declaration, body.declaration, expect.declaration,
            caCert.declaration, bearer.declaration,
        ],
        later: ["auth", "cert", "follow", "form", "json", "key", "proxy", "query", "timeout"])

    static let form = Form<HTTPAction>.mapping(table) { fields, reader in
        let url = reader.read(url, in: fields)
        var action = HTTPAction(url: url ?? Template(""))
        action.method = reader.read(method, in: fields) ?? .get
        action.headers = (reader.read(headers, in: fields) ?? []).map {
            HTTPAction.Header(name: $0.name, value: $0.value)
        }
        action.body = reader.read(body, in: fields)
        action.expected = reader.read(expect, in: fields) ?? []
        action.authorities = reader.read(caCert, in: fields)
        if let secret = reader.read(bearer, in: fields) {
            action.bearer = reader.names.secrets[secret]
            if action.bearer == nil {
                reader.report(
                    .unknownName, at: fields.valuePlace(of: bearer), "unknown secret '\(secret)'",
                    hint: NearestName.hint(secret.text, among: reader.names.secrets.keys.map(\.text))
                        ?? "is it declared under 'secrets'?")
            }
        }
        if let url { requireAddress(url, at: fields.valuePlace(of: Self.url), key: "url", &reader) }
        return url == nil ? nil : action
    }

    /// The scheme stands in the document, so that a value cannot turn a request into the reading of a file.
    static func requireAddress(
        _ url: Template, at place: YAMLPosition, key: String, _ reader: inout DocumentReader
    ) {
        if case .text(let start) = url.segments.first,
            start.hasPrefix("http://") || start.hasPrefix("https://")
        {
            return
        }
        reader.report(
            .badValue, at: place, "'\(key)' must begin with http:// or https://",
            hint: "is the scheme part of the value?")
    }
}
