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

    private struct Shown {
        var bytes: [UInt8] = []
        let isKept: Bool
    }

    /// How many times something would be hidden.
    func count(in pieces: some Sequence<ArraySlice<UInt8>>) -> Int { masked(pieces, isKept: false).count }

    /// The bytes with every secret hidden, and how many times something was.
    func masked(_ pieces: some Sequence<ArraySlice<UInt8>>) -> (bytes: [UInt8], count: Int) {
        masked(pieces, isKept: true)
    }

    private func masked(
        _ pieces: some Sequence<ArraySlice<UInt8>>, isKept: Bool
    ) -> (bytes: [UInt8], count: Int) {
        let stream = redaction_open(set)
        precondition(stream != nil, Self.noMemory)
        defer { redaction_close(stream) }
        var shown = Shown(isKept: isKept)
        for piece in pieces where !piece.isEmpty { feed(piece, isEnd: false, stream, &shown) }
        feed([], isEnd: true, stream, &shown)
        return (shown.bytes, redaction_count(stream))
    }

    private func feed(
        _ piece: ArraySlice<UInt8>, isEnd: Bool, _ stream: OpaquePointer?, _ shown: inout Shown
    ) {
        let status = withUnsafeMutablePointer(to: &shown) { shown in
            piece.withUnsafeBytes { bytes in
                redaction_feed(
                    stream, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count,
                    isEnd ? 1 : 0,
                    { context, bytes, count in
                        guard let context, let bytes else { return }
                        let shown = context.assumingMemoryBound(to: Shown.self)
                        if shown.pointee.isKept {
                            shown.pointee.bytes += UnsafeRawBufferPointer(start: bytes, count: count)
                        }
                    }, shown)
            }
        }
        precondition(status == 0, Self.noMemory)
    }
}
