import RunbookCore

/// An HTTP request as a command: curl under the supervisor, so that its end is known even when the executor dies.
///
/// Everything goes through a configuration file of the attempt, since an argument list is there for everybody to see; a
/// bearer token goes from the environment through a pipe and is in no file.
struct HTTPRequest {
    let context: RunContext
    let step: StepID
    let scope: Scope

    private static let connectTimeoutSeconds = 30
    private static let bodyBytesMax = 64 << 20

    /// Exit statuses of curl after which nothing was sent, or nothing was answered that could have been acted upon: an
    /// unsupported address, a name that is not found, a connection or TLS session that is not had.
    ///
    /// Source: curl manual, "EXIT CODES".
    private static let unsent: Set<Int64> = [
        1, 2, 3, 5, 6, 7, 35, 51, 53, 54, 58, 59, 60, 66, 77, 83, 90, 91,
    ]

    /// The shell command; `$0` is the configuration file.
    func arguments(_ request: HTTPAction, in folder: AttemptFolder) throws(RuntimeFailure) -> [String] {
        let configuration = "\(folder.path)/request"
        try Files.write(Array(try text(of: request, in: folder).utf8), to: configuration)
        var script = "umask 077; curl -q --config \"$0\" > \"$RB_OUT/status\""
        if let bearer = request.bearer {
            // The escapes of curl's configuration, see `quoted`.
            let token = #""$(printf '%s' "$\#(bearer)" | sed 's/[\\"]/\\&/g')""#
            script =
                #"umask 077; printf 'oauth2-bearer = "%s"\n' \#(token) "#
                + #"| curl -q --config "$0" --config - > "$RB_OUT/status""#
        }
        return ["/bin/sh", "-c", script, configuration]
    }

    private func text(of request: HTTPAction, in folder: AttemptFolder) throws(RuntimeFailure) -> String {
        var lines = [
            "silent", "show-error", "globoff", "proto = \"=http,https\"",
            "connect-timeout = \(Self.connectTimeoutSeconds)", "max-filesize = \(Self.bodyBytesMax)",
            "write-out = \"%{http_code}\"", "output = \(Self.quoted("\(folder.outputsPath)/body"))",
            "url = \(Self.quoted(try context.rendered(request.url, scope, step)))",
        ]
        switch request.method {
        case .head: lines.append("head")
        case .get, .post, .put, .patch, .delete: lines.append("request = \"\(request.method.rawValue)\"")
        }
        for header in request.headers {
            let value = try context.rendered(header.value, scope, step)
            guard !value.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D }) else {
                throw .refused("header \(header.name): its value has a line end")
            }
            lines.append("header = \(Self.quoted("\(header.name): \(value)"))")
        }
        if let body = request.body {
            lines.append("data-raw = \(Self.quoted(try context.rendered(body, scope, step)))")
        }
        if let authorities = request.authorities {
            let path = context.absolute(try context.rendered(authorities, scope, step))
            lines.append("cacert = \(Self.quoted(path))")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A value of curl's configuration.
    ///
    /// Source: curl manual, option `--config`: escapes within double quotes.
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    /// What curl's end means: an answer that was not expected is a failure with the status as its code; a request that may
    /// have arrived and was not answered is unknown, unless it only reads.
    static func outcome(_ code: Int64, of request: HTTPAction, in folder: AttemptFolder) -> Outcome {
        guard code == 0 else {
            let reason = folder.tail(of: folder.errorLogPath, lines: 1).first ?? "curl: exit status \(code)"
            if code == 127 {
                return .failed(code: 127, reason: "curl is missing: is the package curl installed?")
            }
            return request.method.isSafe || unsent.contains(code)
                ? .failed(code: nil, reason: reason) : .unknown(reason: reason)
        }
        let words = folder.tail(of: "\(folder.outputsPath)/status", lines: 1)
        guard let status = words.first.flatMap({ Int($0) }) else {
            return .unknown(reason: "curl wrote no status")
        }
        return request.isExpected(status)
            ? .succeeded : .failed(code: status, reason: "HTTP status \(status)")
    }
}
