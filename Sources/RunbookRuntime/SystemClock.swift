import Glibc
import RunbookCore
import RunbookJournal

/// The clocks of this machine.
public struct SystemClock: RunClock {
    /// Names this boot, as the kernel does.
    public let boot: String

    /// The clocks of this machine.
    public init() {
        var text = ""
        if let file = fopen("/proc/sys/kernel/random/boot_id", "r") {
            var line = [CChar](repeating: 0, count: 64)
            if fgets(&line, Int32(line.count), file) != nil {
                text = String(decoding: line.prefix { $0 > 32 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            }
            fclose(file)
        }
        boot = text
    }

    /// The wall clock.
    public func wall() -> RunbookTime {
        guard let time = RunbookTime(millisecondsSinceEpoch: Self.milliseconds(of: CLOCK_REALTIME)) else {
            preconditionFailure("the system's clock is outside the years 1 to 9999")
        }
        return time
    }

    /// The monotonic clock.
    public func monotonicMilliseconds() -> Int64 { Self.milliseconds(of: CLOCK_MONOTONIC) }

    private static func milliseconds(of clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
