import Digests
import Testing

@Suite struct TextEncodingsTests {
    @Test func `hexadecimal text reads back as the bytes it was written from`() {
        let bytes = (0...255).map { UInt8($0) }
        #expect(Hex.decode(Hex.encode(bytes)) == bytes)
        #expect(Hex.decode("00fFA0") == [0x00, 0xff, 0xa0])
    }

    @Test(arguments: ["0", "0g", "é", " 00"]) func `bad hexadecimal text is refused`(text: String) {
        #expect(Hex.decode(text) == nil)
    }

    /// RFC 4648 section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ]) func `base64 gives the texts of its standard, both ways`(plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
    }

    @Test func `base64 carries every byte`() {
        let bytes = (0...255).map { UInt8($0) }
        #expect(Base64.decode(Base64.encode(bytes)) == bytes)
    }

    @Test(arguments: ["Zg", "Zg=", "Z===", "Zh==", "Zm9v\n", "Zm-v", "=Zm9", "Zg==Zg=="])
    func `bad base64 text is refused`(text: String) {
        #expect(Base64.decode(text) == nil)
    }
}
