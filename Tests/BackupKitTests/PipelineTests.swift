import Glibc
import Testing

@testable import BackupKit

/// A folder of a test's own, removed at its end.
final class Workspace {
    let path: String

    init() {
        var template = Array("/tmp/vigie-backup-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { preconditionFailure("no temporary folder") }
        path = String(cString: made)
    }

    deinit {
        umount(path)
        var words = [strdup("rm"), strdup("-rf"), strdup(path), nil]
        var process: pid_t = 0
        posix_spawnp(&process, "rm", nil, nil, &words, environ)
        waitpid(process, nil, 0)
        words.forEach { free($0) }
    }
}

private func shell(_ script: String) -> Program { Program(["sh", "-c", script], package: "dash") }

private let gzip = Program(["gzip", "-c", "-1"], package: "gzip")

@Suite struct PipelineTests {
    let workspace = Workspace()
    let pipeline = Pipeline(timeoutSeconds: 60)

    private func failure(_ source: Program, filter: Program? = nil, timeout: Int = 60) -> BackupFailure? {
        do throws(BackupFailure) {
            _ = try Pipeline(timeoutSeconds: timeout).run(
                source, filter: filter, into: workspace.path + "/out")
            return nil
        } catch {
            return error
        }
    }

    @Test func `bytes are counted and hashed on both sides of the filter`() throws {
        let path = workspace.path + "/numbers.gz"
        let result = try pipeline.run(shell("seq 1 300000"), filter: gzip, into: path)
        #expect(result.rawBytes == 1_988_895)
        let found = try Pipeline.digest(of: path)
        #expect(found.sha256 == result.sha256)
        #expect(found.bytes == result.storedBytes)
        let tail = try pipeline.prove(Program(["gzip", "-dc", path], package: "gzip")).tail
        #expect(String(decoding: tail, as: UTF8.self).hasSuffix("299999\n300000\n"))
    }

    @Test func `much data passes a slow filter without a deadlock`() throws {
        let slow = shell("head -c 1000000 | wc -c; sleep 0.3; cat | wc -c")
        let result = try pipeline.run(
            shell("head -c 30000000 /dev/zero"), filter: slow, into: workspace.path + "/n")
        #expect(result.rawBytes == 30_000_000)
    }

    @Test func `a file is private`() throws {
        _ = try pipeline.run(shell("echo x"), filter: nil, into: workspace.path + "/out")
        var facts = stat()
        #expect(stat(workspace.path + "/out", &facts) == 0)
        #expect(facts.st_mode & 0o777 == 0o600)
    }

    @Test func `a source that fails after its last byte is a failure`() {
        #expect(
            failure(shell("seq 1 1000; echo broken >&2; exit 3"), filter: gzip)
                == .programFailed(name: "sh", end: .exit(3), said: "broken"))
    }

    @Test func `a source that is killed is a failure`() {
        #expect(
            failure(shell("seq 1 1000; kill -9 $$"), filter: gzip)
                == .programFailed(name: "sh", end: .signal(9), said: ""))
    }

    @Test func `a filter that fails is a failure, at its beginning as at its end`() {
        for script in ["exit 4", "cat > /dev/null; exit 4"] {
            let name = workspace.path
            unlink(name + "/out")
            let found = failure(shell("seq 1 2000000"), filter: shell(script))
            guard case .programFailed("sh", let end, _) = found else {
                Issue.record("\(String(describing: found))")
                continue
            }
            #expect(end == .exit(4) || end == .signal(13))
        }
    }

    @Test func `a program that is not there names its package`() {
        #expect(
            failure(Program(["no-such-program"], package: "the-package"))
                == .programMissing(name: "no-such-program", package: "the-package"))
        unlink(workspace.path + "/out")
        #expect(
            failure(shell("seq 1 10"), filter: Program(["no-such-filter"], package: "p"))
                == .programMissing(name: "no-such-filter", package: "p"))
    }

    @Test func `a timeout ends the programs`() {
        guard case .timeout("sh", _)? = failure(shell("sleep 30"), timeout: 1) else {
            Issue.record("no timeout")
            return
        }
    }

    @Test(
        .enabled(if: geteuid() == 0, "root is needed to mount a small file system"),
        arguments: [0, 100_000, 262_144])
    func `a full disk is told with its path, at whatever byte`(free: Int) throws {
        try #require(mount("tmpfs", workspace.path, "tmpfs", 0, "size=\(free + 8192)") == 0)
        let found = failure(shell("head -c 10000000 /dev/urandom"), filter: nil)
        guard case .full(let path, let written)? = found else {
            Issue.record("\(String(describing: found))")
            return
        }
        #expect(path == workspace.path + "/out")
        // The kernel rounds the size up to whole pages.
        #expect(written <= Int64(free + 8192 + 4096))
    }

    @Test func `nothing is written over a file that is there`() throws {
        _ = try pipeline.run(shell("echo first"), filter: nil, into: workspace.path + "/out")
        #expect(failure(shell("echo second")) == .file(path: workspace.path + "/out", reason: "File exists"))
    }

    // MARK: Feeding

    private func fed(
        _ source: String, to program: String = "cat", opening: String = "", replacedHead: String = ""
    ) throws(BackupFailure) -> String {
        let output = try pipeline.feed(
            shell(source), to: shell(program), opening: Array(opening.utf8),
            replacedHead: Array(replacedHead.utf8),
            closing: Array("end".utf8))
        return String(decoding: output.tail, as: UTF8.self)
    }

    @Test func `a program is fed the opening, the source and the closing`() throws {
        #expect(try fed("printf abcdef", opening: "begin ", replacedHead: "abc") == "begin defend")
        #expect(try fed("head -c 3000000 /dev/zero", to: "wc -c") == "3000003\n")
    }

    @Test(arguments: ["printf abc; exit 3", "printf abc; kill -9 $$", "seq 1 100000; exit 1"])
    func `a source that fails never gets its closing, and its program sees no end`(source: String) {
        let path = workspace.path + "/seen"
        #expect(throws: BackupFailure.self) { try fed(source, to: "cat > /dev/null; echo end > \(path)") }
        usleep(100_000)
        #expect(access(path, F_OK) != 0)
    }

    @Test func `a program that stops reading is a failure, whatever its status`() {
        for program in ["exit 3", "exit 0"] {
            #expect(throws: BackupFailure.self) { try fed("seq 1 2000000", to: program) }
        }
    }

    @Test func `a source that is another one than the one that was looked at is refused`() {
        #expect(throws: BackupFailure.self) { try fed("printf xyz", replacedHead: "abc") }
    }

    @Test func `both ends of what comes out are kept, whatever lies between`() throws {
        let output = try pipeline.prove(shell("seq 1 300000"))
        #expect(output.head.count == 1 << 16)
        #expect(output.head.starts(with: Array("1\n2\n3\n".utf8)))
        #expect(String(decoding: output.tail, as: UTF8.self).hasSuffix("299999\n300000\n"))
    }
}
