import CRedaction
import SQLClient

/// Finds secrets in texts and hides them; see `redaction.h`.
final class Redactor {
    private let set: OpaquePointer?

    init(_ forms: [SecretForm]) {
        set = redactor_open()
        precondition(set != nil, Self.noMemory)
        for form in forms {
            let status = form.bytes.withUnsafeBytes { bytes in
                redactor_add(
                    set, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count,
                    form.isLoose ? 1 : 0)
            }
            precondition(status == 0, Self.noMemory)
        }
        precondition(redactor_link(set) == 0, Self.noMemory)
    }

    deinit { redactor_close(set) }

    private static let noMemory = "what cannot be looked at for secrets must not be shown: no memory is left"

    /// The bytes with every secret hidden, and how many times something was.
    func masked(_ pieces: [ArraySlice<UInt8>]) -> (bytes: [UInt8], count: Int) {
        let stream = redaction_open(set)
        precondition(stream != nil, Self.noMemory)
        defer { redaction_close(stream) }
        var shown: [UInt8] = []
        for piece in pieces + [[]] {
            let isEnd: Int32 = piece.isEmpty ? 1 : 0
            let status = withUnsafeMutablePointer(to: &shown) { shown in
                piece.withUnsafeBytes { bytes in
                    redaction_feed(
                        stream, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, isEnd,
                        { context, bytes, count in
                            guard let context, let bytes else { return }
                            context.assumingMemoryBound(to: [UInt8].self).pointee += UnsafeRawBufferPointer(
                                start: bytes, count: count)
                        }, shown)
                }
            }
            precondition(status == 0, Self.noMemory)
        }
        return (shown, redaction_count(stream))
    }
}
