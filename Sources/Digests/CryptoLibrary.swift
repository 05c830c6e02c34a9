import CCrypto
import Glibc

/// The process's libcrypto, opened on first use and kept until the process ends.
///
/// `@unchecked Sendable`: the table is filled before it is published and never written again, and
/// OpenSSL's functions may be called from any thread.
struct CryptoLibrary: @unchecked Sendable {
    /// libcrypto's functions.
    let table: UnsafePointer<vigie_crypto>

    /// Sonames in the order of preference.
    static let sonames = ["libcrypto.so.3", "libcrypto.so.1.1"]

    private static let opened: Result<CryptoLibrary, CryptoFailure> = {
        do throws(CryptoFailure) {
            if let path = getenv("VIGIE_LIBCRYPTO") {
                return .success(try CryptoLibrary(paths: [String(cString: path)]))
            }
            return .success(try CryptoLibrary(paths: sonames))
        } catch {
            return .failure(error)
        }
    }()

    /// The one library of this process.
    static func shared() throws(CryptoFailure) -> CryptoLibrary {
        try opened.get()
    }

    /// Opens the first of `paths` that exists.
    init(paths: [String]) throws(CryptoFailure) {
        var failure = CryptoFailure.libraryMissing(detail: "no path to try")
        for path in paths {
            var problem = vigie_crypto_problem()
            if let table = vigie_crypto_open(path, &problem) {
                self.table = table
                return
            }
            let symbol = Self.text(of: problem.symbol)
            failure =
                symbol.isEmpty
                ? .libraryMissing(detail: Self.text(of: problem.detail))
                : .symbolMissing(symbol: symbol, library: path)
        }
        throw failure
    }

    /// The text in a C character array.
    private static func text<Array>(of characters: Array) -> String {
        withUnsafeBytes(of: characters) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
