import Testing

@testable import Digests

@Suite struct DigestTests {
    /// FIPS 180-4 examples, and the empty input.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ]) func `SHA-256 gives the digests of its standard`(text: String, digest: String) throws {
        #expect(Hex.encode(try SHA256.digest(of: text)) == digest)
    }

    @Test func `a stream fed in pieces gives the digest of the whole`() throws {
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let stream = try SHA256Stream()
        var start = 0
        for size in [1, 63, 64, 65, 0, 4096, 95_711] {
            stream.update(Array(bytes[start..<start + size]))
            start += size
        }
        #expect(start == bytes.count)
        #expect(stream.finish() == (try SHA256.digest(of: bytes)))
    }

    /// RFC 4231, test cases 1, 2 and 6.
    @Test(arguments: [
        (
            [UInt8](repeating: 0x0b, count: 20), "Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xaa, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
    ]) func `HMAC-SHA-256 gives the codes of its standard`(key: [UInt8], text: String, code: String) throws {
        #expect(Hex.encode(try HMACSHA256.code(of: Array(text.utf8), key: key)) == code)
    }

    @Test func `HMAC accepts an empty key and an empty message`() throws {
        #expect(
            Hex.encode(try HMACSHA256.code(of: [], key: []))
                == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    /// RFC 7914 section 11.
    @Test func `PBKDF2 gives the keys of its standard`() throws {
        let key = try PBKDF2SHA256.key(
            password: Array("passwd".utf8), salt: Array("salt".utf8), iterations: 1)
        #expect(Hex.encode(key) == "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc")
    }

    /// RFC 1321 appendix A.5.
    @Test func `MD5 gives the digest of its standard, or says that the host refuses it`() throws {
        do throws(CryptoFailure) {
            #expect(Hex.encode(try MD5.digest(of: Array("abc".utf8))) == "900150983cd24fb0d6963f7d28e17f72")
        } catch {
            #expect(error == .algorithmRefused(name: "MD5"))
        }
    }

    @Test func `random bytes differ from call to call`() throws {
        let first = try SecureRandom.bytes(count: 32)
        #expect(first.count == 32)
        #expect(first != (try SecureRandom.bytes(count: 32)))
    }

    @Test func `constant-time comparison is equality of bytes`() {
        #expect(ConstantTime.equal([1, 2, 3], [1, 2, 3]))
        #expect(!ConstantTime.equal([1, 2, 3], [1, 2, 4]))
        #expect(!ConstantTime.equal([1, 2, 3], [1, 2]))
        #expect(ConstantTime.equal([], []))
    }

    @Test func `a missing library is a failure that names the packages`() {
        #expect {
            _ = try CryptoLibrary(paths: ["libvigie-absent.so.9"])
        } throws: { error in
            let message = (error as? CryptoFailure)?.message ?? ""
            return message.contains("libssl3") && message.contains("openssl-libs")
                && message.contains("libvigie-absent.so.9")
        }
    }

    @Test func `a library without the functions is a failure that names the first one`() {
        #expect(throws: CryptoFailure.symbolMissing(symbol: "EVP_MD_CTX_new", library: "libc.so.6")) {
            _ = try CryptoLibrary(paths: ["libc.so.6"])
        }
    }
}
