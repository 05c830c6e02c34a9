import Glibc

@testable import ModuleKit

/// A task on a thread of its own: modules block in C calls, which the cooperative pool must not.
///
/// One thread writes the reply, and `reply` reads it after that thread was joined.
final class ReplyThread {
    private let work: Work
    private var thread = pthread_t()

    init(_ body: @escaping @Sendable () throws -> [String: JSONValue]) {
        work = Work(body)
        let status = pthread_create(
            &thread, nil,
            { pointer in
                if let pointer { Unmanaged<Work>.fromOpaque(pointer).takeUnretainedValue().run() }
                return nil
            }, Unmanaged.passUnretained(work).toOpaque())
        precondition(status == 0, "the system gives no thread")
    }

    /// Waits for the task; to be called once.
    func reply() -> [String: JSONValue] {
        pthread_join(thread, nil)
        return work.reply
    }

    private final class Work {
        private let body: @Sendable () throws -> [String: JSONValue]
        private(set) var reply: [String: JSONValue] = [:]

        init(_ body: @escaping @Sendable () throws -> [String: JSONValue]) { self.body = body }

        func run() {
            do {
                reply = try body()
            } catch {
                reply = ["failed": true, "msg": .string("\(error)")]
            }
        }
    }
}
