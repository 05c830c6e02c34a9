/// What PostgreSQL stores of a password under `scram-sha-256`.
///
/// Form: `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`, the last three in base64.
/// Source: RFC 5802 section 3; PostgreSQL 15 manual, catalog `pg_authid`.
public struct SCRAMVerifier: Equatable, Sendable {
    /// Rounds of PBKDF2.
    public let iterations: Int
    let salt: [UInt8]
    let storedKey: [UInt8]
    let serverKey: [UInt8]

    private static let method = "SCRAM-SHA-256"
    /// Most rounds that a verifier may ask for; the server's own limit is the same number.
    static let iterationsMax = Int(Int32.max)

    /// Reads a verifier; `nil` when the text is not one.
    public init?(_ text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == Self.method else { return nil }
        let cost = parts[1].split(separator: ":", omittingEmptySubsequences: false)
        let keys = parts[2].split(separator: ":", omittingEmptySubsequences: false)
        guard cost.count == 2, keys.count == 2, let iterations = Int(cost[0]), iterations > 0,
            iterations <= Self.iterationsMax, let salt = Base64.decode(String(cost[1])), !salt.isEmpty,
            let storedKey = Base64.decode(String(keys[0])), storedKey.count == SHA256.byteCount,
            let serverKey = Base64.decode(String(keys[1])), serverKey.count == SHA256.byteCount
        else { return nil }
        self.init(iterations: iterations, salt: salt, storedKey: storedKey, serverKey: serverKey)
    }

    private init(iterations: Int, salt: [UInt8], storedKey: [UInt8], serverKey: [UInt8]) {
        self.iterations = iterations
        self.salt = salt
        self.storedKey = storedKey
        self.serverKey = serverKey
    }

    /// The verifier of a password.
    public static func make(
        password: String, iterations: Int, salt: [UInt8]
    ) throws(CryptoFailure) -> SCRAMVerifier {
        let salted = try PBKDF2SHA256.key(
            password: SASLprep.bytes(of: password), salt: salt, iterations: iterations)
        let clientKey = try HMACSHA256.code(of: Array("Client Key".utf8), key: salted)
        return SCRAMVerifier(
            iterations: iterations, salt: salt, storedKey: try SHA256.digest(of: clientKey),
            serverKey: try HMACSHA256.code(of: Array("Server Key".utf8), key: salted))
    }

    /// Whether the verifier was made from this password.
    public func matches(password: String) throws(CryptoFailure) -> Bool {
        let own = try Self.make(password: password, iterations: iterations, salt: salt)
        return ConstantTime.equal(own.storedKey, storedKey) && ConstantTime.equal(own.serverKey, serverKey)
    }

    /// The form that the server stores.
    public var text: String {
        "\(Self.method)$\(iterations):\(Base64.encode(salt))$\(Base64.encode(storedKey)):\(Base64.encode(serverKey))"
    }
}
