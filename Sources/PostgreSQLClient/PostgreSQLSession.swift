import CLibpq
import Glibc
import SQLClient

/// A connection through libpq.
///
/// Statements with bound values use the extended protocol, others the simple one. Results are read row by
/// row, so that a result over the limit is refused before it fills the memory.
public final class PostgreSQLSession: SQLSession {
    /// Largest result that is read, in bytes of values.
    public static let resultBytesMax = 256 * 1024 * 1024

    /// Until a server that does not answer counts as unreachable, where nothing else says so.
    static let connectTimeoutSeconds = 30

    /// Most notices that are kept; a chatty function must not fill the memory.
    static let noticesMax = 1000

    private let libpq: vigie_libpq
    private var connection: OpaquePointer?
    private let notices = NoticeBox()
    private let server: String

    /// Always PostgreSQL.
    public let dialect = SQLDialect.postgreSQL
    /// As `server_version_num`: 150018 is 15.18.
    public let serverVersion: Int
    /// The database that the session is in.
    public let database: String
    /// Whether a password was used, as libpq tells.
    public let usedPassword: Bool

    init(libpq: vigie_libpq, parameters: [SQLConnectionParameter]) throws(SQLFailure) {
        self.libpq = libpq
        // libpq would read the value up to the NUL, and connect to somewhere else.
        if let cut = parameters.first(where: { $0.value.reveal().utf8.contains(0) }) {
            throw .refused(
                SQLServerMessage(
                    sqlState: "22021", text: "a NUL character is in the connection parameter \(cut.keyword)"))
        }
        let connection = Self.connect(libpq, parameters)
        guard let connection, libpq.PQstatus(connection) == CONNECTION_OK else {
            let failure = Self.connectFailure(libpq, connection)
            libpq.PQfinish(connection)
            throw failure
        }
        self.connection = connection
        server = Self.serverName(libpq, connection)
        serverVersion = Int(libpq.PQserverVersion(connection))
        database = String(copying: libpq.PQdb(connection))
        usedPassword = libpq.PQconnectionUsedPassword(connection) == 1
        _ = libpq.PQsetNoticeReceiver(
            connection,
            { context, result in
                guard let context, let result else { return }
                let box = Unmanaged<NoticeBox>.fromOpaque(context).takeUnretainedValue()
                box.add(result)
            }, Unmanaged.passUnretained(notices).toOpaque())
        notices.errorField = libpq.PQresultErrorField
    }

    deinit {
        close()
    }

    /// Executes one statement with its bound values.
    public func execute(_ statement: SQLStatement) throws(SQLFailure) -> SQLResult {
        try results(on: try sent(statement)).last ?? SQLResult()
    }

    /// Hands over each row as the server sends it.
    public func forEachRecord(of statement: SQLStatement, _ body: (SQLRecord) -> Void) throws(SQLFailure) {
        _ = try results(on: try sent(statement), keepsRows: false, body)
    }

    private func sent(_ statement: SQLStatement) throws(SQLFailure) -> OpaquePointer {
        let text = statement.text(for: dialect)
        let values = statement.values
        let connection = try usable(text)
        if values.isEmpty {
            try check(libpq.PQsendQuery(connection, text))
        } else {
            try send(text, values, on: connection)
        }
        return connection
    }

    /// Executes the text as one simple query: several statements are one implicit transaction.
    public func executeScript(_ text: String) throws(SQLFailure) -> [SQLResult] {
        let connection = try usable(text)
        try check(libpq.PQsendQuery(connection, text))
        return try results(on: connection)
    }

    /// Notices since the last call, each with its severity.
    public func takeNotices() -> [String] {
        notices.take()
    }

    /// Closes the connection.
    public func close() {
        if let connection { libpq.PQfinish(connection) }
        connection = nil
    }

    // MARK: Sending

    private func usable(_ text: String) throws(SQLFailure) -> OpaquePointer {
        guard let connection else { throw .connectionLost(server: server, reason: "the session is closed") }
        if text.utf8.contains(0) {
            throw .refused(
                SQLServerMessage(sqlState: "22021", text: "a NUL character is in the text of the statement"))
        }
        return connection
    }

    private func send(_ text: String, _ values: [SQLValue], on connection: OpaquePointer) throws(SQLFailure) {
        let texts = values.map { $0.isNull ? nil : PostgreSQLParameter.text(of: $0) }
        if texts.contains(where: { $0?.utf8.contains(0) == true }) {
            throw .refused(SQLServerMessage(sqlState: "22021", text: "a NUL character is in a bound value"))
        }
        let pointers = texts.map { $0.flatMap { strdup($0) } }
        defer { pointers.forEach { free($0) } }
        let constants = pointers.map { $0.map { UnsafePointer($0) } }
        try check(
            libpq.PQsendQueryParams(connection, text, Int32(values.count), nil, constants, nil, nil, 0))
    }

    private func check(_ sent: Int32) throws(SQLFailure) {
        guard sent == 1 else { throw lost() }
        // Refused only when no query was just sent, which the line above excludes.
        _ = libpq.PQsetSingleRowMode(connection)
    }

    private func lost() -> SQLFailure {
        .connectionLost(
            server: server, reason: Self.oneLine(String(copying: libpq.PQerrorMessage(connection))))
    }

    // MARK: Reading

    /// Rows that are not kept go to the receiver one by one, and count for no limit.
    private func results(
        on connection: OpaquePointer, keepsRows: Bool = true, _ receiver: (SQLRecord) -> Void = { _ in }
    ) throws(SQLFailure) -> [SQLResult] {
        var finished: [SQLResult] = []
        var failure: SQLFailure?
        var current = ResultBuilder()
        while let raw = libpq.PQgetResult(connection) {
            defer { libpq.PQclear(raw) }
            switch libpq.PQresultStatus(raw) {
            case PGRES_SINGLE_TUPLE:
                current.addRows(of: raw, libpq)
                if !keepsRows { current.handRows(to: receiver) }
                if current.bytes > Self.resultBytesMax {
                    close()
                    throw .resultTooLarge(limitBytes: Self.resultBytesMax)
                }
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK:
                current.addRows(of: raw, libpq)
                finished.append(current.result(of: raw, libpq))
                current = ResultBuilder()
            case PGRES_EMPTY_QUERY:
                break
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                close()
                throw .unsupported(feature: "COPY from or to the client", needs: "a statement without COPY")
            default:
                failure = failure ?? self.failure(of: raw)
            }
        }
        if let failure { throw failure }
        if libpq.PQstatus(connection) == CONNECTION_BAD { throw lost() }
        return finished
    }

    private func failure(of raw: OpaquePointer) -> SQLFailure {
        let message = Self.message(of: raw, libpq.PQresultErrorField)
        if libpq.PQstatus(connection) == CONNECTION_BAD {
            let reason =
                message.text.isEmpty ? String(copying: libpq.PQerrorMessage(connection)) : message.text
            return .connectionLost(server: server, reason: Self.oneLine(reason))
        }
        return PostgreSQLErrorTable.failure(message, server: server)
    }

    private typealias ErrorField = @convention(c) (OpaquePointer?, Int32) -> UnsafeMutablePointer<CChar>?

    private static func message(of raw: OpaquePointer, _ errorField: ErrorField) -> SQLServerMessage {
        func field(_ code: Character) -> String {
            String(copying: errorField(raw, Int32(code.asciiValue ?? 0)))
        }
        return SQLServerMessage(sqlState: field("C"), text: field("M"), detail: field("D"), hint: field("H"))
    }

    // MARK: Connecting

    private static func connect(
        _ libpq: vigie_libpq, _ parameters: [SQLConnectionParameter]
    ) -> OpaquePointer? {
        let keywords = parameters.map { strdup($0.keyword) }
        let values = parameters.map { strdup($0.value.reveal()) }
        defer {
            keywords.forEach { free($0) }
            values.forEach { free($0) }
        }
        _ = environmentDefaults
        let keywordList = keywords.map { $0.map { UnsafePointer($0) } } + [nil]
        let valueList = values.map { $0.map { UnsafePointer($0) } } + [nil]
        return libpq.PQconnectdbParams(keywordList, valueList, 1)
    }

    /// What libpq shall take from its environment: set once, since another thread may read it meanwhile.
    private static let environmentDefaults: Void = {
        // The decoder reads ISO dates; an exported PGDATESTYLE is how libpq takes this without a round trip.
        setenv("PGDATESTYLE", "ISO", 1)
        // Weaker than a parameter and a service file.
        setenv("PGCONNECT_TIMEOUT", String(connectTimeoutSeconds), 0)
    }()

    /// libpq gives no SQLSTATE for a failed connection; a server that answered always says FATAL.
    private static func connectFailure(_ libpq: vigie_libpq, _ connection: OpaquePointer?) -> SQLFailure {
        let reason = oneLine(String(copying: libpq.PQerrorMessage(connection)))
        let server = serverName(libpq, connection)
        let answered = reason.contains("FATAL:") || reason.contains("no password supplied")
        if answered {
            let role = String(copying: libpq.PQuser(connection))
            return .loginRefused(server: server, role: role, reason: reason, sqlState: "")
        }
        return .unreachable(server: server, reason: reason.isEmpty ? "out of memory" : reason)
    }

    private static func serverName(_ libpq: vigie_libpq, _ connection: OpaquePointer?) -> String {
        let host = String(copying: libpq.PQhost(connection))
        let port = String(copying: libpq.PQport(connection))
        return host.isEmpty ? "PostgreSQL" : "PostgreSQL at \(host):\(port)"
    }

    private static func oneLine(_ text: String) -> String {
        text.split(separator: "\n").map { $0.drop { $0 == " " || $0 == "\t" } }.joined(separator: " ")
    }

    /// Keeps notices for `takeNotices`; a class because libpq holds a pointer to it.
    private final class NoticeBox {
        var errorField: ErrorField?
        private var texts: [String] = []

        func add(_ raw: OpaquePointer) {
            guard texts.count < noticesMax, let errorField else { return }
            let severity = String(copying: errorField(raw, Int32(UInt8(ascii: "S"))))
            texts.append("\(severity): \(PostgreSQLSession.message(of: raw, errorField).text)")
        }

        func take() -> [String] {
            defer { texts = [] }
            return texts
        }
    }
}

/// Opens PostgreSQL sessions.
public struct PostgreSQLConnector: SQLConnector {
    /// A connector; libpq is opened at the first connection.
    public init() {}

    /// Opens a session; a parameter `dbname` that is a connection string is expanded by libpq.
    public func connect(_ parameters: [SQLConnectionParameter]) throws(SQLFailure) -> any SQLSession {
        try PostgreSQLSession(libpq: LibpqLibrary().functions, parameters: parameters)
    }
}

/// Collects the rows of one statement.
private struct ResultBuilder {
    var columns: [String] = []
    var types: [UInt32] = []
    var rows: [[SQLValue]] = []
    var bytes = 0
    private var shape: SQLRecordShape?

    /// Hands over the rows that are there, and forgets them.
    mutating func handRows(to receiver: (SQLRecord) -> Void) {
        let shape = self.shape ?? SQLRecordShape(columns: columns)
        self.shape = shape
        rows.forEach { receiver(shape.record($0)) }
        rows.removeAll(keepingCapacity: true)
        bytes = 0
    }

    mutating func addRows(of raw: OpaquePointer, _ libpq: vigie_libpq) {
        if columns.isEmpty {
            for column in 0..<libpq.PQnfields(raw) {
                columns.append(String(copying: libpq.PQfname(raw, column)))
                types.append(libpq.PQftype(raw, column))
            }
        }
        for row in 0..<libpq.PQntuples(raw) {
            rows.append(
                types.indices.map { column in
                    field(raw, row, Int32(column), libpq)
                })
        }
    }

    private mutating func field(
        _ raw: OpaquePointer, _ row: Int32, _ column: Int32, _ libpq: vigie_libpq
    ) -> SQLValue {
        if libpq.PQgetisnull(raw, row, column) == 1 { return .null }
        bytes += Int(libpq.PQgetlength(raw, row, column))
        let text = String(copying: libpq.PQgetvalue(raw, row, column))
        return PostgreSQLValueDecoder.value(text, type: types[Int(column)])
    }

    func result(of raw: OpaquePointer, _ libpq: vigie_libpq) -> SQLResult {
        SQLResult(
            columns: columns, rows: rows, status: String(copying: libpq.PQcmdStatus(raw)),
            rowCount: Int(String(copying: libpq.PQcmdTuples(raw))))
    }
}
