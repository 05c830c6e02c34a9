import Glibc
import Testing

@testable import BackupKit

@Suite struct PublishedTargetTests {
    let workspace = Workspace()

    private func write(_ text: String, to name: String) throws {
        try RepositoryFiles.writeWhole(Array(text.utf8), to: name)
    }

    private func text(_ path: String) throws -> String {
        String(decoding: try RepositoryFiles.read(path), as: UTF8.self)
    }

    private func reason(_ path: String, isFolder: Bool = false) -> String? {
        do throws(BackupFailure) {
            _ = try PublishedTarget(path, isFolder: isFolder, marker: "toc.dat")
            return nil
        } catch {
            guard case .file(_, let reason) = error else { return "\(error)" }
            return reason
        }
    }

    @Test func `a file is replaced only by publishing`() throws {
        let path = workspace.path + "/x.sql"
        try write("old", to: path)
        let target = try PublishedTarget(path, isFolder: false)
        try write("new", to: target.incoming)
        #expect(try text(path) == "old")
        target.discard()
        #expect(RepositoryFiles.names(in: workspace.path) == ["x.sql"])
        try write("new", to: target.incoming)
        try target.publish()
        #expect(try text(path) == "new")
        #expect(RepositoryFiles.names(in: workspace.path) == ["x.sql"])
    }

    @Test func `a folder is replaced as a whole`() throws {
        let path = workspace.path + "/x.dir"
        try RepositoryFiles.makeFolder(path)
        for name in ["toc.dat", "1.dat"] { try write("old", to: "\(path)/\(name)") }
        let target = try PublishedTarget(path, isFolder: true, marker: "toc.dat")
        try RepositoryFiles.makeFolder(target.incoming)
        try write("new", to: target.incoming + "/toc.dat")
        try target.publish()
        #expect(RepositoryFiles.names(in: path) == ["toc.dat"])
        #expect(try text(path + "/toc.dat") == "new")
        #expect(RepositoryFiles.names(in: workspace.path) == ["x.dir"])
    }

    @Test func `the file behind a link is replaced, not the link`() throws {
        try write("old", to: workspace.path + "/real")
        #expect(symlink(workspace.path + "/real", workspace.path + "/x.sql") == 0)
        let target = try PublishedTarget(workspace.path + "/x.sql", isFolder: false)
        #expect(target.path == workspace.path + "/real")
    }

    @Test func `what cannot be replaced is refused before anything is written`() throws {
        let folder = workspace.path
        try RepositoryFiles.makeFolder(folder + "/full")
        try write("x", to: folder + "/full/other")
        #expect(reason(folder + "/no/x.sql") == "No such file or directory")
        #expect(reason(folder + "/full/other/x.sql") == "is not a folder")
        #expect(reason(folder + "/full") == "is not an ordinary file")
        #expect(reason("/dev/null") == "is not an ordinary file")
        #expect(
            reason(folder + "/full", isFolder: true) == "is a folder with other files, and is not replaced")
        #expect(reason(folder + "/full/other", isFolder: true) == "is not a folder")
        #expect(symlink(folder + "/nowhere", folder + "/dangling") == 0)
        #expect(reason(folder + "/dangling") == "No such file or directory")
    }

    @Test func `what a killed run left is removed, and what a living one works on is not`() throws {
        let gone = "\(workspace.path)/.x.sql.vigie-2147483646"
        let living = "\(workspace.path)/.x.sql.vigie-1"
        for path in [gone, living] { try write("x", to: path) }
        let target = try PublishedTarget(workspace.path + "/x.sql", isFolder: false)
        #expect(target.removeLeftovers() == [".x.sql.vigie-2147483646"])
        #expect(RepositoryFiles.names(in: workspace.path) == [".x.sql.vigie-1"])
    }
}
