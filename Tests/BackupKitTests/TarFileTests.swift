import Glibc
import Testing

@testable import BackupKit

@Suite struct TarFileTests {
    let workspace = Workspace()

    private func made(_ script: String) throws -> String {
        _ = try Pipeline(timeoutSeconds: 60).prove(
            Program(["sh", "-c", "cd \(workspace.path) && \(script)"], package: "dash"))
        return workspace.path + "/x.tar"
    }

    private func damage(_ path: String) -> String? {
        do throws(BackupFailure) {
            try TarFile.requireWhole(path)
            return nil
        } catch {
            guard case .damaged(_, let reason) = error else { return "\(error)" }
            return reason
        }
    }

    private let archive = "head -c 100000 /dev/zero > a; : > b; echo x > c; tar -cf x.tar a b c"

    @Test func `a whole archive is whole`() throws {
        #expect(damage(try made(archive)) == nil)
    }

    @Test(arguments: [1, 511, 512, 700, 60_000, 100_863, 102_400, 102_900])
    func `an archive that is cut is damaged, wherever`(bytes: Int) throws {
        let path = try made(archive + "; truncate -s \(bytes) x.tar")
        #expect(damage(path)?.contains("before its end mark") == true)
    }

    @Test func `what is no archive, or has a broken header, is damaged`() throws {
        #expect(damage(try made("head -c 2000 /dev/urandom > x.tar")) == "there is no header at byte 0")
        let broken = "; printf X | dd of=x.tar bs=1 seek=101000 conv=notrunc status=none"
        #expect(damage(try made(archive + broken)) == "there is no header at byte 100864")
    }
}
