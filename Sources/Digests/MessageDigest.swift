import CCrypto

/// A running digest: bytes in, one digest out.
///
/// A class because it owns a C handle; used by one thread at a time.
final class MessageDigest {
    private let library: CryptoLibrary
    private let context: UnsafeMutableRawPointer
    private let byteCount: Int
    private let type: UnsafeRawPointer

    /// A digest algorithm, and what people call it.
    enum Algorithm: String {
        case sha256 = "SHA-256"
        case md5 = "MD5"

        var byteCount: Int {
            switch self {
            case .sha256: 32
            case .md5: 16
            }
        }
    }

    init(_ algorithm: Algorithm) throws(CryptoFailure) {
        library = try CryptoLibrary.shared()
        byteCount = algorithm.byteCount
        guard let type = library.type(of: algorithm),
            let context = library.table.pointee.EVP_MD_CTX_new()
        else { throw .algorithmRefused(name: algorithm.rawValue) }
        guard library.table.pointee.EVP_DigestInit_ex(context, type, nil) == 1 else {
            library.table.pointee.EVP_MD_CTX_free(context)
            throw .algorithmRefused(name: algorithm.rawValue)
        }
        self.context = context
        self.type = type
    }

    deinit {
        library.table.pointee.EVP_MD_CTX_free(context)
    }

    /// Begins anew, with the memory that is there already.
    func restart() {
        let done = library.table.pointee.EVP_DigestInit_ex(context, type, nil)
        precondition(done == 1, "a digest that was begun once can be begun again")
    }

    /// Writes the digest into a buffer of its size.
    func finish(into buffer: UnsafeMutablePointer<UInt8>) {
        let done = library.table.pointee.EVP_DigestFinal_ex(context, buffer, nil)
        precondition(done == 1, "a digest is finished once")
    }

    func update(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
        let done = library.table.pointee.EVP_DigestUpdate(context, base, bytes.count)
        precondition(done == 1, "a digest is not updated after it is finished")
    }

    func finish() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            guard let base = buffer.baseAddress else { preconditionFailure("a digest has bytes") }
            finish(into: base)
            count = byteCount
        }
    }
}

extension CryptoLibrary {
    /// libcrypto's description of an algorithm.
    func type(of algorithm: MessageDigest.Algorithm) -> UnsafeRawPointer? {
        switch algorithm {
        case .sha256: table.pointee.EVP_sha256()
        case .md5: table.pointee.EVP_md5()
        }
    }
}
