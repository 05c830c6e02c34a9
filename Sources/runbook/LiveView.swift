import Glibc
import RunbookRuntime

/// The last lines of a terminal while something goes on: what, how long, how long it took before, and what it said last.
struct LiveView {
    /// Something that goes on.
    struct Row {
        /// Which step, and its title.
        let label: String
        let elapsed: Duration
        /// How long it took in earlier runs.
        var expected: Duration?
        /// Where its output goes.
        var log: String?
    }

    private let messages: Messages
    /// The lines that stand on the terminal, by their columns.
    private var drawn: [Int] = []
    private var turn = 0

    private static let marks = ["|", "/", "-", "\\"]
    private static let columnsDefault = 80
    private static let linesDefault = 24
    private static let tailBytes = 4096
    /// Lines of output below the step that says them.
    private static let tailLinesMax = 3

    init(messages: Messages) {
        self.messages = messages
    }

    /// Whether standard output is a terminal that understands the erasing of lines.
    static var isPossible: Bool { isatty(STDOUT_FILENO) == 1 && !isDumb }

    /// Whether the terminal understands nothing but text.
    static var isDumb: Bool { environmentVariable("TERM").map { $0 == "dumb" } ?? true }

    /// Draws the rows anew.
    mutating func draw(_ rows: [Row]) {
        turn += 1
        let size = Self.size
        let lines = rows.flatMap { text(of: $0, isAlone: rows.count == 1) }
            // On a terminal of few lines the block must not push itself out of reach.
            .prefix(max(1, size.lines - 1))
            .map { PrintableText.fitted($0, columns: size.columns - 1) }
        Self.write(erasure(size.columns) + lines.joined(separator: "\r\n"))
        drawn = lines.map(PrintableText.columns)
    }

    /// Takes the lines away ahead of an ordinary one.
    mutating func clear() {
        guard !drawn.isEmpty else { return }
        Self.write(erasure(Self.size.columns))
        drawn = []
    }

    /// A terminal that became narrower since has broken the lines: they take more rows than were drawn.
    private func erasure(_ columns: Int) -> String {
        if drawn.isEmpty { return "" }
        let rows = drawn.reduce(0) { $0 + max(1, ($1 + columns - 1) / columns) }
        return "\r" + (rows > 1 ? "\u{1B}[\(rows - 1)A" : "") + "\u{1B}[J"
    }

    private func text(of row: Row, isAlone: Bool) -> [String] {
        var head = "\(Self.marks[turn % Self.marks.count]) \(Self.clock(row.elapsed))"
        if let expected = row.expected {
            head += " " + messages.usually(Self.clock(expected), isLate: row.elapsed > expected)
        }
        head += "  \(PrintableText.visible(row.label))"
        let tail = row.log.map { Self.lastLines(of: $0, isAlone ? Self.tailLinesMax : 1) } ?? []
        return [head] + tail.map { "    | \($0)" }
    }

    private static func clock(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        func padded(_ number: Int64) -> String { number < 10 ? "0\(number)" : String(number) }
        let tail = "\(padded(seconds / 60 % 60)):\(padded(seconds % 60))"
        return seconds < 3600 ? tail : "\(seconds / 3600):\(tail)"
    }

    private static var size: (lines: Int, columns: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return (linesDefault, columnsDefault)
        }
        return (size.ws_row > 0 ? Int(size.ws_row) : linesDefault, Int(size.ws_col))
    }

    /// The last lines that are not empty, without what a terminal would obey.
    private static func lastLines(of path: String, _ count: Int) -> [String] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        let end = lseek(descriptor, 0, SEEK_END)
        var bytes = [UInt8](repeating: 0, count: tailBytes)
        let read = pread(descriptor, &bytes, bytes.count, max(0, end - off_t(tailBytes)))
        guard read > 0 else { return [] }
        return String(decoding: bytes.prefix(read), as: UTF8.self)
            .split { $0.isNewline }
            .suffix(count)
            .map { PrintableText.visible(String($0)).replacing("\t", with: " ") }
    }

    private static func write(_ text: String) {
        let bytes = Array(text.utf8)
        // A line that is lost on the way to a terminal is drawn anew in half a second.
        _ = Glibc.write(STDOUT_FILENO, bytes, bytes.count)
    }
}
