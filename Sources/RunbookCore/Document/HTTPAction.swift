/// One HTTP request.
public struct HTTPAction: Hashable, Sendable {
    /// Methods of RFC 9110 that a procedure may need.
    public enum Method: String, Hashable, Sendable, CaseIterable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"

        /// Whether a request only reads (RFC 9110, 9.2.1).
        public var isSafe: Bool {
            switch self {
            case .get, .head: true
            case .post, .put, .patch, .delete: false
            }
        }
    }

    /// A header line.
    public struct Header: Hashable, Sendable {
        /// Its name.
        public let name: String
        /// Its value.
        public let value: Template

        /// A header line.
        public init(name: String, value: Template) {
            self.name = name
            self.value = value
        }
    }

    /// The method.
    public var method: Method
    /// Address; `http` or `https`.
    public var url: Template
    /// Header lines.
    public var headers: [Header]
    /// What is sent.
    public var body: Template?
    /// Status codes that mean success; empty means 200 to 299.
    public var expected: [Int]
    /// Variable of the secret that is sent as a bearer token.
    public var bearer: EnvironmentName?
    /// File with the certificates of trusted authorities, instead of the system's.
    public var authorities: Template?

    /// A request.
    public init(
        method: Method = .get, url: Template, headers: [Header] = [], body: Template? = nil,
        expected: [Int] = [], authorities: Template? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.expected = expected
        self.authorities = authorities
    }

    /// Whether a status code means success.
    public func isExpected(_ status: Int) -> Bool {
        expected.isEmpty ? (200...299).contains(status) : expected.contains(status)
    }
}
