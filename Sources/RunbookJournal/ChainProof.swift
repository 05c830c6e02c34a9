import Digests
import Glibc

/// Goes along a journal and proves each line by the hash at its end.
struct ChainProof {
    /// Hash of the last line that was proven.
    private(set) var head: String
    private let stream: SHA256Stream

    private static let opening: StaticString = ",\"h\":\""
    private static let end: StaticString = "\"}"
    private static let tailBytes = opening.utf8CodeUnitCount + hashBytes + end.utf8CodeUnitCount
    private static let hashBytes = 2 * SHA256.byteCount

    /// - Parameter head: Hash of the line before the first that is proven.
    init(after head: String = JournalRecord.origin) throws(JournalChain.Damage) {
        self.head = head
        do throws(CryptoFailure) {
            stream = try SHA256Stream()
        } catch {
            throw .crypto(error)
        }
    }

    /// Proves a line without its line end.
    mutating func advance(_ line: UnsafeBufferPointer<UInt8>, _ number: Int) throws(JournalChain.Damage) {
        guard line.count > Self.tailBytes, line.count <= JournalRecord.bytesMax else {
            throw .unreadable(line: number)
        }
        let hashed = line.count - Self.tailBytes
        stream.restart()
        head.withUTF8 { stream.update(UnsafeRawBufferPointer($0)) }
        stream.update(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: line[..<hashed])))
        let own = String(unsafeUninitializedCapacity: Self.hashBytes) { buffer in
            stream.finish(hexInto: buffer)
            return Self.hashBytes
        }
        guard Self.isTail(UnsafeBufferPointer(rebasing: line[hashed...]), own) else {
            throw .chainBroken(line: number)
        }
        head = own
    }

    private static func isTail(_ tail: UnsafeBufferPointer<UInt8>, _ hash: String) -> Bool {
        guard let base = tail.baseAddress else { return false }
        var hash = hash
        let isSame = hash.withUTF8 { digits in
            digits.baseAddress.map { memcmp(base + opening.utf8CodeUnitCount, $0, digits.count) == 0 }
                ?? false
        }
        return isSame && memcmp(base, opening.utf8Start, opening.utf8CodeUnitCount) == 0
            && memcmp(base + opening.utf8CodeUnitCount + hashBytes, end.utf8Start, end.utf8CodeUnitCount) == 0
    }
}
