import BackupKit
import Digests
import ModuleKit

/// What a backup says of itself: the last file that is written, and the line of the catalogue.
struct BackupManifest {
    /// Version of the format; a field is added, never given a new meaning.
    static let schema: Int64 = 1

    let id: String
    let sequence: Int64
    let source: BackupSource
    let arguments: PostgreSQLBackupArguments
    let startedAt: Int64
    let stoppedAt: Int64
    let seconds: Double
    let databases: [JSONValue]
    let files: [BackupFile]
    let programs: [JSONValue]
    let verify: JSONValue

    /// The manifest with its own hash.
    func document() throws(ModuleFailure) -> [String: JSONValue] {
        var members = self.members
        let digest: String
        do throws(CryptoFailure) {
            digest = try SHA256.hexDigest(of: Array(JSONValue.object(members).canonicalText.utf8))
        } catch {
            throw .host(error.message, hint: error.hint)
        }
        members["manifest_sha256"] = .string(digest)
        return members
    }

    private var members: [String: JSONValue] {
        [
            "schema": .int(Self.schema), "backup_id": .string(id), "seq": .int(sequence), "engine": "pg_dump",
            "engine_version": .string(source.versionText), "type": "logical", "parent": .null,
            "status": "complete",
            "server": [
                "version": .string(source.versionText), "system_identifier": .string(source.systemIdentifier),
                "timeline": .int(source.timeline), "cluster": .string(source.clusterName),
                "host": .string(ProgramFinder.hostName()),
                "role": .string(source.isStandby ? "standby" : "primary"),
            ],
            "databases": .array(databases),
            "time": [
                "start": .string(BackupTime.text(startedAt)), "stop": .string(BackupTime.text(stoppedAt)),
                "stop_s": .int(stoppedAt), "monotonic_s": .double((seconds * 1000).rounded() / 1000),
            ],
            "files": .array(files.map(\.document)),
            "compression": [
                "method": .string(arguments.compression.rawValue),
                "level": .int(Int64(arguments.compressionLevel)),
            ],
            "encryption": .null, "commands": .array(programs), "verify": .array([verify]),
            "keep": ["until": .optional(arguments.keepUntil), "label": .optional(arguments.label)],
            "tool": ["name": "vigie", "version": "0.1.0"],
        ]
    }

    /// What the catalogue keeps of a manifest: enough to choose among backups without opening them.
    static func catalogueEntry(of manifest: [String: JSONValue]) -> JSONValue {
        func total(_ key: String) -> JSONValue {
            let numbers = (manifest["files"]?.array ?? []).map { file -> Int64 in
                if case .int(let bytes)? = file.object?[key] { bytes } else { 0 }
            }
            return .int(numbers.reduce(0, +))
        }
        let databases = (manifest["databases"]?.array ?? []).compactMap { $0.object?["name"] }
        let time = manifest["time"]?.object ?? [:]
        var entry = manifest.filter {
            ["schema", "backup_id", "seq", "type", "engine", "status"].contains($0.key)
        }
        entry["stop"] = time["stop"]
        entry["stop_s"] = time["stop_s"]
        entry["databases"] = .array(databases)
        entry["bytes_raw"] = total("raw_bytes")
        entry["bytes_stored"] = total("bytes")
        entry["verify"] = manifest["verify"]?.array?.last
        entry["keep_until"] = manifest["keep"]?.object?["until"]
        entry["label"] = manifest["keep"]?.object?["label"]
        return .object(entry)
    }
}

/// One file of a backup.
struct BackupFile {
    let path: String
    let rawBytes: Int64
    let storedBytes: Int64
    let sha256: String

    var document: JSONValue {
        [
            "path": .string(path), "bytes": .int(storedBytes), "raw_bytes": .int(rawBytes),
            "sha256": .string(sha256),
        ]
    }
}

/// Times as a manifest has them: RFC 3339 in UTC, to the second.
enum BackupTime {
    static func text(_ seconds: Int64) -> String {
        let (year, month, day, rest) = civil(seconds)
        return "\(year)-\(two(month))-\(two(day))T\(clock(rest, ":"))Z"
    }

    /// `20261122T214803Z`, the first part of an identifier.
    static func compact(_ seconds: Int64) -> String {
        let (year, month, day, rest) = civil(seconds)
        return "\(year)\(two(month))\(two(day))T\(clock(rest, ""))Z"
    }

    private static func clock(_ seconds: Int64, _ separator: String) -> String {
        [seconds / 3600, seconds / 60 % 60, seconds % 60].map(two).joined(separator: separator)
    }

    private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// Days of the proleptic Gregorian calendar, counted in eras of 400 years that begin in March.
    private static func civil(_ seconds: Int64) -> (year: Int64, month: Int64, day: Int64, rest: Int64) {
        let days = seconds / 86400 + 719_468
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shifted + 2) / 5 + 1, seconds % 86400)
    }
}
