/// MD5, for PostgreSQL's old password verifiers and nothing else.
public enum MD5 {
    /// The 16 bytes of the digest of `bytes`.
    ///
    /// - Throws: `CryptoFailure.algorithmRefused` on a host in FIPS mode.
    public static func digest(of bytes: [UInt8]) throws(CryptoFailure) -> [UInt8] {
        let digest = try MessageDigest(.md5)
        bytes.withUnsafeBytes { digest.update($0) }
        return digest.finish()
    }
}
