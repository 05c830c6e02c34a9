import ArgumentParser
import Digests
import Glibc

/// Writes the town hall's data as CSV files, the same bytes for the same seed and size.
struct Seed: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write the town hall's data as CSV files, the same bytes for the same seed and size.",
        discussion: """
            One file per table (schema.table.csv), defauts_plantes.csv with the defects that quality checks \
            must find, manifeste.csv with rows and SHA-256 of each file, and jeu.csv, written last: size, \
            seed, reference day and the manifest's SHA-256.
            """)

    @Option(help: "small (1 %), medium (10 %) or city (100 %).")
    var size: SeedSize = .small

    @Option(help: "Seed of the generator.")
    var seed: UInt64 = 13055

    @Option(help: "Folder for the files; made when missing, files of an earlier data set are replaced.")
    var out: String

    func run() throws {
        try prepareFolder()
        let town = SeedTown(seed: seed, size: size)
        let requests = SeedRequests(town: town)
        let defects = try SeedDefectList(folder: out)
        var files = try SeedPeopleWriter(town: town, folder: out, defects: defects).write()
        files += try SeedRequestsWriter(requests: requests, folder: out, defects: defects).write()
        files += try SeedAppointmentsWriter(
            appointments: SeedAppointments(requests: requests), folder: out, defects: defects
        ).write()
        files.append(defects.file)
        try finish(files)
    }

    /// A folder with other things in it is refused. `jeu.csv` goes first: a half-written set has none.
    private func prepareFolder() throws {
        if mkdir(out, 0o755) != 0 && errno != EEXIST {
            throw SeedFailure.cannotWrite(path: out, reason: String(cString: strerror(errno)))
        }
        guard let folder = opendir(out) else {
            throw SeedFailure.cannotWrite(path: out, reason: String(cString: strerror(errno)))
        }
        defer { _ = closedir(folder) }  // only read from
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." && !name.hasSuffix(".csv") {
                throw SeedFailure.folderInUse(path: out)
            }
        }
        if unlink(out + "/jeu.csv") != 0 && errno != ENOENT {
            throw SeedFailure.cannotWrite(path: out + "/jeu.csv", reason: String(cString: strerror(errno)))
        }
    }

    private func finish(_ files: [SeedFile]) throws {
        let manifest = try SeedFile(folder: out, name: "manifeste", columns: ["fichier", "lignes", "sha256"])
        var rows = 0
        for file in files {
            rows += file.rowCount
            manifest.add(file.name)
            manifest.add(file.rowCount)
            manifest.add(try file.finish())
            try manifest.endRow()
        }
        let digest = try manifest.finish()
        let identity = try SeedFile(
            folder: out, name: "jeu", columns: ["taille", "graine", "reference_le", "empreinte"])
        identity.add(size.rawValue)
        identity.add(String(seed))
        identity.add(SeedPeriod.reference)
        identity.add(digest)
        try identity.endRow()
        _ = try identity.finish()
        print("\(files.count) files, \(rows) rows, manifest \(digest)")
    }
}
