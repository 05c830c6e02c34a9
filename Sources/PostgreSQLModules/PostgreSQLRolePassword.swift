import Digests
import ModuleKit
import SQLClient

/// The password of a role: what is stored, what is wanted, and whether they are the same.
///
/// The clear text never travels: the verifier is computed here, so that neither the statement nor the server's log holds
/// the password.
enum PostgreSQLRolePassword {
    /// What the server stores, as far as the login role may see it.
    enum Stored: Equatable {
        /// `pg_authid` is not readable; the answer comes from a login, if at all.
        case unreadable(loginWorks: Bool?)
        case none
        case verifier(Secret)

        /// Whether the server shows what it stores.
        var isReadable: Bool {
            switch self {
            case .unreadable: false
            case .none, .verifier: true
            }
        }
    }

    /// How the server wants new verifiers.
    struct Policy: Equatable {
        /// `password_encryption`.
        var method: String
        /// `scram_iterations` (PostgreSQL 16), else its fixed predecessor.
        var iterations: Int
    }

    /// Source: PostgreSQL 15, `src/include/common/scram-common.h`, `SCRAM_DEFAULT_ITERATIONS` and `_SALT_LEN`.
    static let defaultIterations = 4096
    static let saltBytes = 16

    /// Whether the wanted password is the stored one; `nil` when nobody can tell.
    static func matches(
        _ wanted: Secret, stored: Stored, role: String, policy: Policy
    ) throws(ModuleFailure) -> Bool? {
        switch stored {
        case .unreadable(let loginWorks): return loginWorks
        case .none: return wanted.isEmpty
        case .verifier(let verifier): return try matches(wanted, verifier.reveal(), role, policy)
        }
    }

    private static func matches(
        _ wanted: Secret, _ stored: String, _ role: String, _ policy: Policy
    ) throws(ModuleFailure) -> Bool {
        let text = wanted.reveal()
        if wanted.isEmpty { return false }
        if isVerifier(text) { return text == stored }
        do throws(CryptoFailure) {
            if let verifier = SCRAMVerifier(stored) { return try verifier.matches(password: text) }
            // A stored MD5 hash is replaced once the server's policy is SCRAM.
            guard policy.method == "md5" else { return false }
            return try md5(text, role) == stored
        } catch {
            throw .host(error.message, hint: error.hint)
        }
    }

    /// The verifier to store for a password; a text that already is one stays as it is.
    static func verifier(
        for password: Secret, role: String, policy: Policy, salt: [UInt8]
    ) throws(ModuleFailure) -> Secret {
        let text = password.reveal()
        if isVerifier(text) { return password }
        do throws(CryptoFailure) {
            if policy.method == "md5" { return Secret(try md5(text, role)) }
            return Secret(
                try SCRAMVerifier.make(password: text, iterations: policy.iterations, salt: salt).text)
        } catch {
            throw .host(error.message, hint: error.hint)
        }
    }

    /// Whether the text is a SCRAM verifier or an MD5 hash, which the server stores as they are.
    static func isVerifier(_ text: String) -> Bool {
        SCRAMVerifier(text) != nil
            || (text.hasPrefix("md5") && text.utf8.count == 35 && text.dropFirst(3).allSatisfy(\.isHexDigit))
    }

    private static func md5(_ password: String, _ role: String) throws(CryptoFailure) -> String {
        "md5" + Hex.encode(try MD5.digest(of: Array((password + role).utf8)))
    }
}
