import CLibpq
import SQLClient

/// The functions of libpq, opened at run time so that a host without it gets an answer, not a loader error.
struct LibpqLibrary {
    let functions: vigie_libpq

    private static let reasonBytesMax = 512

    /// Opens the library, once per process.
    init() throws(SQLFailure) {
        var reason = [CChar](repeating: 0, count: Self.reasonBytesMax)
        guard let functions = vigie_libpq_open(&reason, reason.count) else {
            throw .libraryMissing(
                library: "libpq.so.5",
                package: "libpq5 (Debian, Ubuntu), libpq (Red Hat family) or libpq5 (SUSE)",
                reason: String(nulTerminated: reason))
        }
        self.functions = functions.pointee
    }
}

extension String {
    /// The text up to the first NUL.
    init(nulTerminated characters: [CChar]) {
        self.init(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// A copy of a C string; empty for NULL.
    init(copying pointer: UnsafePointer<CChar>?) {
        self = pointer.map { String(cString: $0) } ?? ""
    }
}
