import Digests
import Glibc

/// One CSV file in PostgreSQL's dialect, written through a buffer of fixed size.
final class SeedFile {
    /// Table that the file fills, or a name of its own.
    let name: String
    private(set) var rowCount = 0
    private let path: String
    private let descriptor: Int32
    private let digest: SHA256Stream
    private var buffer: [UInt8] = []
    private var atRowStart = true
    private static let bufferBytesMax = 1 << 20

    /// Opens `<folder>/<name>.csv` and writes its header.
    init(folder: String, name: String, columns: [String]) throws(SeedFailure) {
        self.name = name
        path = folder + "/" + name + ".csv"
        do {
            digest = try SHA256Stream()
        } catch {
            throw .digestRefused(error)
        }
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .cannotWrite(path: path, reason: Self.reason()) }
        buffer.reserveCapacity(Self.bufferBytesMax + 4096)
        for column in columns { add(column) }
        try endRow()
        rowCount = 0
    }

    deinit {
        // Already synced by `finish`; on an earlier error the file is incomplete whatever close says.
        _ = close(descriptor)
    }

    func add(_ text: String) {
        separate()
        let bytes = text.utf8
        let needsQuotes =
            bytes.isEmpty || bytes.contains { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") || $0 < 32 }
        guard needsQuotes else {
            buffer.append(contentsOf: bytes)
            return
        }
        buffer.append(UInt8(ascii: "\""))
        for byte in bytes {
            if byte == UInt8(ascii: "\"") { buffer.append(byte) }
            buffer.append(byte)
        }
        buffer.append(UInt8(ascii: "\""))
    }

    func add(_ number: Int) {
        separate()
        append(number, width: 1)
    }

    func addNull() {
        separate()
    }

    func add(_ number: Int?) {
        if let number { add(number) } else { addNull() }
    }

    func add(_ text: String?) {
        if let text { add(text) } else { addNull() }
    }

    func add(_ flag: Bool) {
        add(flag ? "t" : "f")
    }

    /// `number` / 100,000 with five decimals.
    func addDegrees(_ number: Int) {
        separate()
        append(number / 100_000, width: 1)
        buffer.append(UInt8(ascii: "."))
        append(number % 100_000, width: 5)
    }

    func add(_ day: SeedDay?) {
        separate()
        if let day { append(day) }
    }

    func add(_ moment: SeedMoment?) {
        separate()
        if let moment { append(moment) }
    }

    /// A half-open `tstzrange`.
    func addRange(from start: SeedMoment, to end: SeedMoment) {
        separate()
        buffer.append(contentsOf: "\"[".utf8)
        append(start)
        buffer.append(UInt8(ascii: ","))
        append(end)
        buffer.append(contentsOf: ")\"".utf8)
    }

    func endRow() throws(SeedFailure) {
        buffer.append(UInt8(ascii: "\n"))
        atRowStart = true
        rowCount += 1
        if buffer.count >= Self.bufferBytesMax { try flush() }
    }

    /// Writes what is left, makes it durable, and returns the file's SHA-256.
    func finish() throws(SeedFailure) -> String {
        try flush()
        guard fsync(descriptor) == 0 else { throw .cannotWrite(path: path, reason: Self.reason()) }
        return Hex.encode(digest.finish())
    }

    private func separate() {
        if !atRowStart { buffer.append(UInt8(ascii: ",")) }
        atRowStart = false
    }

    private func append(_ day: SeedDay) {
        let date = day.civil
        append(date.year, width: 4)
        buffer.append(UInt8(ascii: "-"))
        append(date.month, width: 2)
        buffer.append(UInt8(ascii: "-"))
        append(date.day, width: 2)
    }

    private func append(_ moment: SeedMoment) {
        let second = moment.seconds % 86_400
        append(moment.day)
        buffer.append(UInt8(ascii: " "))
        append(second / 3600, width: 2)
        buffer.append(UInt8(ascii: ":"))
        append(second / 60 % 60, width: 2)
        buffer.append(UInt8(ascii: ":"))
        append(second % 60, width: 2)
        buffer.append(contentsOf: moment.day.isSummerTime ? "+02".utf8 : "+01".utf8)
    }

    private func append(_ number: Int, width: Int) {
        let first = buffer.count
        if number < 0 { buffer.append(UInt8(ascii: "-")) }
        let digitsStart = buffer.count
        var rest = number.magnitude
        var digits = 0
        repeat {
            buffer.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
            digits += 1
        } while rest > 0
        while digits < width {
            buffer.append(UInt8(ascii: "0"))
            digits += 1
        }
        buffer[digitsStart...].reverse()
        precondition(buffer.count > first, "a number has a digit")
    }

    private func flush() throws(SeedFailure) {
        digest.update(buffer)
        var written = 0
        while written < buffer.count {
            let count = buffer.withUnsafeBytes {
                write(descriptor, $0.baseAddress?.advanced(by: written), $0.count - written)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .cannotWrite(path: path, reason: Self.reason()) }
            written += count
        }
        buffer.removeAll(keepingCapacity: true)
    }

    private static func reason() -> String {
        String(cString: strerror(errno))
    }
}
