/// SHA-256 of bytes that are already in memory.
public enum SHA256 {
    /// Bytes in a digest.
    public static let byteCount = 32

    /// The digest of `bytes`.
    public static func digest(of bytes: [UInt8]) throws(CryptoFailure) -> [UInt8] {
        let stream = try SHA256Stream()
        stream.update(bytes)
        return stream.finish()
    }

    /// The digest of the UTF-8 bytes of `text`.
    public static func digest(of text: String) throws(CryptoFailure) -> [UInt8] {
        try digest(of: [UInt8](text.utf8))
    }

    /// The digest of `bytes` as 64 lower-case hexadecimal digits.
    public static func hexDigest(of bytes: [UInt8]) throws(CryptoFailure) -> String {
        Hex.encode(try digest(of: bytes))
    }
}

/// SHA-256 of bytes that pass by, in constant memory.
///
/// A class because it owns a C handle; used by one thread at a time.
public final class SHA256Stream {
    private let digest: MessageDigest

    /// An empty stream.
    ///
    /// - Throws: `CryptoFailure` when this host has no usable libcrypto.
    public init() throws(CryptoFailure) {
        digest = try MessageDigest(.sha256)
    }

    /// Adds bytes from a buffer, which is not kept.
    public func update(_ bytes: UnsafeRawBufferPointer) {
        digest.update(bytes)
    }

    /// Adds bytes.
    public func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { digest.update($0) }
    }

    /// Begins anew: many small digests in a row need one stream.
    public func restart() {
        digest.restart()
    }

    /// Writes the digest as 64 lower-case hexadecimal digits. Nothing may be added afterwards but behind `restart`.
    ///
    /// - Parameter digits: At least 64 bytes.
    public func finish(hexInto digits: UnsafeMutableBufferPointer<UInt8>) {
        precondition(digits.count >= 2 * SHA256.byteCount, "a digest has 64 digits")
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: SHA256.byteCount) { bytes in
            guard let base = bytes.baseAddress else { preconditionFailure("a digest has bytes") }
            digest.finish(into: base)
            for index in 0..<SHA256.byteCount {
                digits[2 * index] = Hex.digit(bytes[index] >> 4)
                digits[2 * index + 1] = Hex.digit(bytes[index] & 15)
            }
        }
    }

    /// The 32 bytes of the digest. Called once; nothing may be added afterwards.
    public func finish() -> [UInt8] {
        digest.finish()
    }
}
