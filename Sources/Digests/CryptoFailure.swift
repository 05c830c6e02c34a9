/// Why libcrypto could not do what was asked.
public enum CryptoFailure: Error, Equatable, Sendable {
    /// No libcrypto could be opened; `detail` is the loader's last message.
    case libraryMissing(detail: String)
    /// A libcrypto was opened but lacks a function, so it is older than 1.1.1 or another library.
    case symbolMissing(symbol: String, library: String)
    /// The library is there but its policy refuses the algorithm (MD5 in FIPS mode).
    case algorithmRefused(name: String)
    /// The library's random generator has no entropy.
    case randomUnavailable

    /// What happened, naming the object; no full stop, as in every message.
    public var message: String {
        switch self {
        case .libraryMissing(let detail):
            "client library missing: libcrypto: \(detail); install package \(Self.packages)"
        case .symbolMissing(let symbol, let library):
            "client library unusable: \(library) has no function \(symbol); install package \(Self.packages)"
        case .algorithmRefused(let name):
            "libcrypto refuses the algorithm \(name)"
        case .randomUnavailable:
            "libcrypto has no random bytes to give"
        }
    }

    /// A question that tells where to look.
    public var hint: String? {
        switch self {
        case .libraryMissing, .symbolMissing:
            "does VIGIE_LIBCRYPTO name a libcrypto of OpenSSL 1.1.1 or 3, if it is set?"
        case .algorithmRefused: "is this host in FIPS mode?"
        case .randomUnavailable: "does this host offer getrandom or /dev/urandom?"
        }
    }

    private static let packages = "libssl3 (Debian, Ubuntu), openssl-libs (RHEL) or libopenssl3 (SUSE)"
}
