import Glibc
import Testing

@testable import BackupKit

@Suite struct BackupRepositoryTests {
    let workspace = Workspace()

    private var repository: BackupRepository {
        BackupRepository(root: workspace.path + "/repo", site: "a", engine: "postgresql", cluster: "main")
    }

    @Test func `a folder without marker is refused`() throws {
        #expect(throws: BackupFailure.notARepository(path: workspace.path + "/repo")) {
            try repository.requireMarker()
        }
        try repository.initialize()
        try repository.initialize()
        try repository.requireMarker()
    }

    @Test(arguments: [
        ("../../etc", "_.._.._etc"), ("", "_"), (".hidden", "_.hidden"), ("a/b c", "a_b_c"), ("é", "_"),
    ])
    func `no name leaves the repository`(name: String, safe: String) {
        #expect(BackupRepository.safe(name) == safe)
    }

    @Test func `a backup appears whole, under its name, with its line in the catalogue`() throws {
        try repository.initialize()
        let lock = try repository.lock(waitSeconds: 0, boot: "b")
        let incoming = try repository.begin("id-1", boot: "boot")
        #expect(!RepositoryFiles.exists(incoming.finalPath))
        try incoming.publish(manifest: Array("{}".utf8), catalogueLine: Array(#"{"backup_id":"id-1"}"#.utf8))
        #expect(RepositoryFiles.exists(incoming.finalPath + "/manifest.json"))
        #expect(try repository.catalogueLines() == [#"{"backup_id":"id-1"}"#])
        #expect(try repository.unlistedManifests(known: ["id-1"]).isEmpty)
        #expect(try repository.unlistedManifests(known: []).map(\.id) == ["id-1"])
        withExtendedLifetime(lock) {}
    }

    @Test func `a backup never takes the name of another`() throws {
        try repository.initialize()
        _ = try repository.lock(waitSeconds: 0, boot: "b")
        for round in 0..<2 {
            let incoming = try repository.begin("same", boot: "boot\(round)")
            if round == 0 {
                try incoming.publish(manifest: [], catalogueLine: [])
            } else {
                #expect(throws: BackupFailure.self) { try incoming.publish(manifest: [], catalogueLine: []) }
            }
        }
    }

    @Test func `one backup has the lane, and it is free again afterwards`() throws {
        try repository.initialize()
        do {
            let lock = try repository.lock(waitSeconds: 0, boot: "b")
            #expect(repository.holder()?.hasPrefix("pid \(getpid())") == true)
            do throws(BackupFailure) {
                _ = try repository.lock(waitSeconds: 0, boot: "b")
                Issue.record("two holders")
            } catch {
                guard case .busy = error else { throw error }
            }
            withExtendedLifetime(lock) {}
        }
        #expect(repository.holder() == nil)
        _ = try repository.lock(waitSeconds: 0, boot: "b")
    }

    @Test func `what a killed run left is moved aside and named`() throws {
        try repository.initialize()
        let lock = try repository.lock(waitSeconds: 0, boot: "b")
        _ = try repository.begin("left", boot: "12345678-old")
        let moved = try repository.quarantineLeftovers()
        #expect(moved == ["left.12345678.\(getpid())"])
        #expect(try repository.quarantineLeftovers().isEmpty)
        #expect(RepositoryFiles.names(in: repository.lane + "/.quarantine") == moved)
        withExtendedLifetime(lock) {}
    }
}
