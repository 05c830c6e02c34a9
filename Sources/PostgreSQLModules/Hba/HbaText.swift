/// The text of a file and how it becomes bytes again.
///
/// A file that is not UTF-8 is read byte by byte, so that comments in an older encoding come through an edit unharmed.
struct HbaText {
    let text: String
    private let isUTF8: Bool

    init(_ bytes: [UInt8]) {
        if let utf8 = String(validating: bytes, as: UTF8.self) {
            (text, isUTF8) = (utf8, true)
        } else {
            var scalars = String.UnicodeScalarView()
            scalars.append(contentsOf: bytes.map { Unicode.Scalar($0) })
            (text, isUTF8) = (String(scalars), false)
        }
    }

    /// The bytes of a text in the file's encoding; `nil` when it has no place for a letter.
    func bytes(of text: String) -> [UInt8]? {
        guard !isUTF8 else { return Array(text.utf8) }
        let bytes = text.unicodeScalars.compactMap { UInt8(exactly: $0.value) }
        return bytes.count == text.unicodeScalars.count ? bytes : nil
    }
}
