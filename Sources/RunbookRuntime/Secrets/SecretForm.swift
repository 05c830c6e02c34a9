import Digests
import SQLClient

/// One way to write a secret.
struct SecretForm: Hashable {
    let bytes: [UInt8]
    /// Found also where line ends, blanks or colons divide it, as programs do with base64 and hexadecimal.
    let isLoose: Bool

    /// Every form in which programs, servers and shells repeat a text.
    ///
    /// Forms of quoting are without their quotes: what stands between them is the secret.
    static func all(of secret: [UInt8]) -> Set<SecretForm> {
        var exact = Set(SecretEscapes.all(of: String(decoding: secret, as: UTF8.self)).map { Array($0.utf8) })
        exact.insert(secret)
        exact.formUnion(SecretEscapes.percentEncodings(of: secret))
        let loose = Set(base64(of: secret) + hexadecimal(of: secret))
        // A NUL is in no environment and ends every text of the supervisor's settings.
        let forms = exact.filter { !$0.isEmpty && !$0.contains(0) }.map {
            SecretForm(bytes: $0, isLoose: false)
        }
        return Set(forms).union(loose.map { SecretForm(bytes: $0, isLoose: true) })
    }

    private static func hexadecimal(of secret: [UInt8]) -> [[UInt8]] {
        [Hex.lower, Hex.upper].map { digits in
            secret.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        }
    }

    // MARK: Base64

    /// In both alphabets, wherever the secret begins among the bytes that are encoded together: `user:secret` has it at any
    /// of three places. With and without the line end that `echo` adds.
    private static func base64(of secret: [UInt8]) -> [[UInt8]] {
        var forms: [[UInt8]] = []
        for alphabet in [standardAlphabet, urlAlphabet] {
            for offset in 0..<3 {
                for tail in [[], [0x0A]] as [[UInt8]] {
                    forms += base64(of: secret + tail, offset, alphabet)
                }
            }
        }
        return forms.filter { $0.count >= SecretVault.maskedLengthMin }
    }

    /// The letters that the secret alone decides; the same up to the end of the encoded bytes, with and without filling.
    private static func base64(of bytes: [UInt8], _ offset: Int, _ alphabet: [UInt8]) -> [[UInt8]] {
        let all = [UInt8](repeating: 0, count: offset) + bytes
        var letters: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in all {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                letters.append(alphabet[Int(bits >> UInt32(count) & 63)])
            }
            bits &= 63
        }
        let first = (8 * offset + 5) / 6
        let core = Array(letters.dropFirst(first))
        if count > 0 { letters.append(alphabet[Int(bits << UInt32(6 - count) & 63)]) }
        let ended = Array(letters.dropFirst(first))
        let filling = [UInt8](repeating: UInt8(ascii: "="), count: (4 - letters.count % 4) % 4)
        return [core, ended, ended + filling]
    }

    private static let standardAlphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let urlAlphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
}
