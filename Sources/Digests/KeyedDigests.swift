import CCrypto

/// HMAC with SHA-256 (RFC 2104).
public enum HMACSHA256 {
    /// The 32 bytes of the code of `bytes` under `key`.
    public static func code(of bytes: [UInt8], key: [UInt8]) throws(CryptoFailure) -> [UInt8] {
        let library = try CryptoLibrary.shared()
        guard let type = library.type(of: .sha256) else { throw .algorithmRefused(name: "SHA-256") }
        // A byte more than the key, so that an empty key still has an address.
        let padded = key + [0]
        var code = [UInt8](repeating: 0, count: SHA256.byteCount)
        let done = library.table.pointee.HMAC(
            type, padded, Int32(key.count), bytes, bytes.count, &code, nil)
        guard done != nil else { throw .algorithmRefused(name: "HMAC-SHA-256") }
        return code
    }
}

/// PBKDF2 with HMAC-SHA-256 (RFC 8018).
public enum PBKDF2SHA256 {
    /// A key of 32 bytes derived from `password`.
    ///
    /// - Throws: `CryptoFailure.algorithmRefused` when the library's policy refuses the parameters
    ///   (a host in FIPS mode refuses short salts).
    public static func key(
        password: [UInt8], salt: [UInt8], iterations: Int
    ) throws(CryptoFailure) -> [UInt8] {
        precondition(iterations > 0 && iterations <= Int(Int32.max), "PBKDF2 needs a count of rounds")
        let library = try CryptoLibrary.shared()
        guard let type = library.type(of: .sha256) else { throw .algorithmRefused(name: "SHA-256") }
        let passwordBytes = (password + [0]).map { CChar(bitPattern: $0) }
        var key = [UInt8](repeating: 0, count: SHA256.byteCount)
        let done = library.table.pointee.PKCS5_PBKDF2_HMAC(
            passwordBytes, Int32(password.count), salt + [0], Int32(salt.count), Int32(iterations),
            type, Int32(key.count), &key)
        guard done == 1 else { throw .algorithmRefused(name: "PBKDF2-HMAC-SHA-256") }
        return key
    }
}

/// Random bytes fit for keys and salts.
public enum SecureRandom {
    /// `count` random bytes.
    public static func bytes(count: Int) throws(CryptoFailure) -> [UInt8] {
        precondition(count > 0 && count <= 1 << 20, "random bytes are for keys and names")
        let library = try CryptoLibrary.shared()
        var bytes = [UInt8](repeating: 0, count: count)
        guard library.table.pointee.RAND_bytes(&bytes, Int32(count)) == 1 else {
            throw .randomUnavailable
        }
        return bytes
    }
}

/// Comparison whose duration says nothing about where two values differ.
public enum ConstantTime {
    /// Whether `a` and `b` hold the same bytes. Only their lengths may be learnt from the duration.
    public static func equal(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard a.count == b.count else { return false }
        var difference: UInt8 = 0
        for index in a.indices { difference |= a[index] ^ b[index] }
        return difference == 0
    }
}
