import Glibc
import RunbookCore

/// The last line of a terminal while commands go on: what runs, how long, how long it took before, and what it said last.
struct LiveLine {
    private let isFrench: Bool
    private let expected: [StepID: Duration]
    private var isShown = false
    private var turn = 0

    private static let marks = ["|", "/", "-", "\\"]
    private static let widthDefault = 80
    private static let tailBytes = 4096

    init(isFrench: Bool, expected: [StepID: Duration]) {
        self.isFrench = isFrench
        self.expected = expected
    }

    /// Whether standard output is a terminal that understands the erasing of a line.
    static var isPossible: Bool {
        isatty(STDOUT_FILENO) == 1 && environmentVariable("TERM").map { $0 != "dumb" } == true
    }

    /// Draws the line anew.
    mutating func draw(_ commands: [(step: StepID, log: String)], elapsed: (StepID) -> Duration) {
        turn += 1
        var parts = commands.map { command in
            let expectation = expected[command.step].map {
                (isFrench ? ", d'habitude " : ", usually ") + Self.clock($0)
            }
            return "\(command.step) \(Self.clock(elapsed(command.step)))\(expectation ?? "")"
        }
        if commands.count == 1, let last = Self.lastLine(of: commands[0].log) { parts.append(last) }
        let text = Self.marks[turn % Self.marks.count] + " " + parts.joined(separator: "  ·  ")
        Self.write("\r\u{1B}[K" + String(text.prefix(Self.width - 1)))
        isShown = true
    }

    /// Takes the line away ahead of an ordinary one.
    mutating func clear() {
        guard isShown else { return }
        Self.write("\r\u{1B}[K")
        isShown = false
    }

    private static func clock(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        func padded(_ number: Int64) -> String { number < 10 ? "0\(number)" : String(number) }
        let tail = "\(padded(seconds / 60 % 60)):\(padded(seconds % 60))"
        return seconds < 3600 ? tail : "\(seconds / 3600):\(tail)"
    }

    private static var width: Int {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return widthDefault }
        return Int(size.ws_col)
    }

    /// The last line that is not empty, without what a terminal would obey.
    private static func lastLine(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let end = lseek(descriptor, 0, SEEK_END)
        var bytes = [UInt8](repeating: 0, count: tailBytes)
        let count = pread(descriptor, &bytes, bytes.count, max(0, end - off_t(tailBytes)))
        guard count > 0 else { return nil }
        let text = String(decoding: bytes.prefix(count), as: UTF8.self)
        let line = text.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
        return String(line.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.map(Character.init))
    }

    private static func write(_ text: String) {
        let bytes = Array(text.utf8)
        // A line that is lost on the way to a terminal is drawn anew in half a second.
        _ = Glibc.write(STDOUT_FILENO, bytes, bytes.count)
    }
}
