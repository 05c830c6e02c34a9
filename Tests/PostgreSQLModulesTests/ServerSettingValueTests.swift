import Testing

@testable import PostgreSQLModules

/// A parameter of this kind; its other columns do not matter to its value.
private func parameter(
    _ kind: ServerSetting.Kind, name: String = "p", unit: String? = nil, choices: [String] = [],
    minimum: String? = nil, maximum: String? = nil, setting: String = "", source: String = "default",
    pendingRestart: Bool = false, file: ServerSetting.FileEntry = .absent, boot: String = ""
) -> ServerSetting {
    ServerSetting(
        name: name, kind: kind, unit: unit, context: "user", choices: choices, bootValue: boot,
        minimum: minimum, maximum: maximum, setting: setting, shown: setting, source: source,
        pendingRestart: pendingRestart, file: file, loadedAt: "",
        rights: ServerSetting.Rights(mayAlter: true, mayReload: true, serverAllows: true, isSuperuser: true))
}

@Suite struct ServerSettingValueTests {
    @Test(arguments: [
        ("1GB", "131072", "8kB", true), ("1024MB", "1GB", "8kB", true), ("64MB", "65536", "kB", true),
        ("64MB", "65536kB", "kB", true), ("1.5GB", "1536MB", "MB", true), ("512B", "0", "kB", true),
        ("1min", "60", "s", true), ("1h", "3600000", "ms", true), ("1d", "24h", "min", true),
        ("1500us", "2", "ms", true), (" 10 ", "10", "kB", true), ("10 MB", "10MB", "kB", true),
        ("0x10", "16", "kB", true), ("010", "8", "kB", true), ("-1", "-1", "kB", true),
        ("1GB", "1000MB", "kB", false), ("1min", "1", "s", false), ("10", "10MB", "kB", false),
        ("30.1GB", "31561728", "kB", true),
    ])
    func `whole numbers are compared in the parameter's unit`(
        left: String, right: String, unit: String, isSame: Bool
    ) {
        let parameter = parameter(.integer, unit: unit, minimum: "-1", maximum: "2147483647")
        #expect(ServerSettingValue.mean(left, right, for: parameter, serverVersion: 150_000) == isSame)
    }

    @Test(arguments: [("1", "1.0", true), ("1e-1", "0.1", true), ("0.1", "0.10", true), ("4", "5", false)])
    func `numbers with a fraction are compared as numbers`(left: String, right: String, isSame: Bool) {
        let parameter = parameter(.real, minimum: "0", maximum: "1.79769e+308")
        #expect(ServerSettingValue.mean(left, right, for: parameter, serverVersion: 150_000) == isSame)
    }

    @Test func `a time of type real takes units`() {
        let parameter = parameter(.real, unit: "ms", minimum: "-1", maximum: "100")
        #expect(ServerSettingValue.mean("2ms", "2000us", for: parameter, serverVersion: 150_000))
    }

    @Test(arguments: [
        ("True", "on", true), ("yes", "on", true), ("False", "off", true), ("0", "off", true),
        ("t", "on", true), ("on", "off", false),
    ])
    func `truth has many words`(left: String, right: String, isSame: Bool) {
        #expect(
            ServerSettingValue.mean(left, right, for: parameter(.bool), serverVersion: 150_000) == isSame)
    }

    @Test func `choices are compared without case, and their hidden words count`() {
        let prefetch = parameter(.choice, choices: ["off", "on", "try"])
        #expect(ServerSettingValue.mean("False", "off", for: prefetch, serverVersion: 150_000))
        #expect(ServerSettingValue.mean("TRY", "try", for: prefetch, serverVersion: 150_000))
        let messages = parameter(.choice, choices: ["debug2", "info"])
        #expect(ServerSettingValue.mean("debug", "debug2", for: messages, serverVersion: 150_000))
    }

    @Test(arguments: [
        (ServerSetting.Kind.integer, "8M"), (.integer, "eight"), (.integer, "63"), (.integer, ""),
        (.integer, "1 s"), (.integer, "1kB2"), (.integer, "3000GB"), (.real, "nan"), (.real, "inf"),
        (.bool, "maybe"), (.bool, "o"), (.bool, ""), (.choice, "sometimes"),
    ])
    func `a value that the server would refuse is refused`(kind: ServerSetting.Kind, text: String) throws {
        let parameter = parameter(
            kind, name: "work_mem", unit: kind == .integer ? "kB" : nil, choices: ["off", "on"],
            minimum: kind == .integer ? "64" : nil, maximum: kind == .integer ? "2147483647" : nil)
        let problem = #expect(throws: ServerSettingValue.Problem.self) {
            try ServerSettingValue(text, for: parameter, serverVersion: 150_000)
        }
        #expect(try #require(problem).message == "invalid value for parameter \"work_mem\": \"\(text)\"")
        #expect(problem?.hint.hasSuffix("?") == true)
    }

    @Test func `the configured value is the one of the next start`() {
        let entry = ServerSetting.FileEntry.present(value: "2", isAutomatic: true)
        #expect(parameter(.integer, setting: "1", file: entry).configuredValue == "2")
        #expect(parameter(.integer, setting: "1", boot: "0").configuredValue == "1")
        #expect(
            parameter(.integer, setting: "1", source: "command line", file: entry).configuredValue == "1")
        // Removed from the file, not loaded yet.
        #expect(
            parameter(.integer, setting: "1", source: "configuration file", boot: "0").configuredValue == "0")
        #expect(parameter(.integer, setting: "1", source: "user", boot: "0").configuredValue == "0")
        #expect(parameter(.integer, setting: "1", file: .hidden).configuredValue == "1")
        #expect(parameter(.integer, setting: "1", pendingRestart: true, file: .hidden).configuredValue == nil)
        #expect(parameter(.integer, setting: "1", source: "database", file: .hidden).configuredValue == nil)
    }
}
