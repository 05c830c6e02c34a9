import Digests
import TestKit
import Testing

@testable import RunbookRuntime

/// Forms that Tests/Support/secret_forms.py had other programs make.
struct RedactionCorpus {
    struct Form {
        let text: [UInt8]
        /// What of the text the secret alone decides.
        let part: [UInt8]
    }

    private(set) var secrets: [[UInt8]] = []
    private(set) var forms: [Form] = []

    private static let folder = GoldenFolder("RunbookRuntimeTests/Golden")

    init() throws {
        for line in try Self.lines("secret-forms.txt") {
            let words = line.split(separator: " ").map(String.init)
            let values = try words.dropFirst().map { try #require(Self.bytes($0)) }
            switch words[0] {
            case "secret": secrets.append(values[0])
            default: forms.append(Form(text: values[0], part: values[1]))
            }
        }
    }

    static func lines(_ name: String) throws -> [String] {
        String(decoding: try folder.bytes(name), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    static func redactor(_ secrets: [[UInt8]]) -> Redactor {
        Redactor(secrets.flatMap { SecretTexts($0, isFile: true).masked.flatMap(SecretForm.all) })
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        let digits = text.compactMap(\.hexDigitValue)
        guard digits.count == text.count, digits.count % 2 == 0 else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
    }
}

extension [UInt8] {
    /// Whether these bytes are somewhere among the others.
    func isPart(of other: [UInt8]) -> Bool {
        guard count <= other.count else { return false }
        return (0...(other.count - count)).contains {
            other[$0] == self[0] && other[$0...].starts(with: self)
        }
    }
}

struct RedactionTests {
    @Test func `no form of a secret is shown, wherever a stream is cut`() throws {
        let corpus = try RedactionCorpus()
        let redactor = RedactionCorpus.redactor(corpus.secrets)
        var cuts = 0
        var leaks: [String] = []
        for form in corpus.forms {
            let text = Array("<".utf8) + form.text + Array(">".utf8)
            for cut in 0...text.count {
                cuts += 1
                let shown = redactor.masked([text[..<cut], text[cut...]]).bytes
                if form.part.isPart(of: shown) { leaks.append(String(decoding: form.text, as: UTF8.self)) }
                // What stands around it is shown: letters of base64 to which other bytes contribute, and the two brackets.
                if shown.first != UInt8(ascii: "<") || shown.last != UInt8(ascii: ">") {
                    leaks.append("brackets")
                }
            }
        }
        #expect(leaks.isEmpty, "\(Set(leaks).sorted())")
        #expect(corpus.secrets.count >= 16)
        #expect(cuts > 15_000)
    }

    @Test func `a form that is alone leaves nothing but the mask`() throws {
        let corpus = try RedactionCorpus()
        let redactor = RedactionCorpus.redactor(corpus.secrets)
        for form in corpus.forms where form.text == form.part {
            let shown = redactor.masked([form.text[...]]).bytes
            #expect(
                String(decoding: shown, as: UTF8.self) == "********",
                "\(String(decoding: form.text, as: UTF8.self))")
        }
    }

    @Test func `bytes one by one are masked like the whole`() throws {
        let corpus = try RedactionCorpus()
        let redactor = RedactionCorpus.redactor(corpus.secrets)
        for form in corpus.forms {
            let whole = redactor.masked([form.text[...]]).bytes
            let single = redactor.masked(form.text.map { [$0][...] }).bytes
            #expect(whole == single)
        }
    }

    @Test func `usual messages are shown as they are`() throws {
        let corpus = try RedactionCorpus()
        let redactor = RedactionCorpus.redactor(corpus.secrets)
        let lines = try RedactionCorpus.lines("error-messages.txt")
        for line in lines {
            // The secrets that are words of everyday text are told apart below.
            let shown = redactor.masked([Array(line.utf8)[...]])
            #expect(shown.count == 0, "\(line) became \(String(decoding: shown.bytes, as: UTF8.self))")
        }
        #expect(lines.count > 45)
    }

    @Test(arguments: [
        ("xabcdefghy", ["abcdef", "cdefgh"], "x********y"),
        ("abcdefghij", ["abcdef", "abcdefghij"], "********"),
        ("abcdefghi", ["abcdef", "abcdefghij"], "********ghi"), ("abcdabcd", ["abcd"], "********"),
        ("abcd-abcd", ["abcd"], "********-********"), ("aaaaaaa", ["aaaa"], "********"),
        ("aaa", ["aaaa"], "aaa"),
        ("abcabd", ["abcabc"], "abcabd"), ("abcabcabd", ["abcabd"], "abc********"),
        ("é".decomposedAccent + "secret\u{301}", ["secret"], "é".decomposedAccent + "********\u{301}"),
        ("mot de passe", ["motdepasse"], "mot de passe"), ("00:11", ["0011"], "00:11"),
    ])
    func `overlapping, nested and repeated secrets`(text: String, secrets: [String], expected: String) {
        let redactor = RedactionCorpus.redactor(secrets.map { Array($0.utf8) })
        let shown = redactor.masked([Array(text.utf8)[...]]).bytes
        #expect(Array(shown) == Array(expected.utf8), "\(String(decoding: shown, as: UTF8.self))")
    }

    @Test func `a secret of 64 kB is found at every place where it is cut into blocks`() {
        var state: UInt64 = 7
        let secret: [UInt8] = (0..<SecretVault.bytesMax).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(0x21 + (state >> 33) % 94)
        }
        let redactor = RedactionCorpus.redactor([secret])
        for cut in stride(from: 1, to: secret.count, by: 4_099) {
            let pieces = [secret[..<cut], secret[cut...]]
            #expect(isMask(redactor.masked(pieces).bytes))
        }
        let hex = secret.flatMap { Array(Hex.text(UInt32($0), digits: 2).utf8) }
        #expect(isMask(redactor.masked([hex[...]]).bytes))
        #expect(redactor.masked([secret.dropLast()]).count == 0)
    }

    private func isMask(_ bytes: [UInt8]) -> Bool { bytes == Array("********".utf8) }
}

extension String {
    /// A letter with its accent as a character of its own.
    fileprivate var decomposedAccent: String { "e\u{301}" }
}
