// swift-tools-version: 6.1
import PackageDescription

/// A library target: `Sources/<name>`, and what it may import.
func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies)
}

/// A test target: `Tests/<name>`, with the kit that every test may use.
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies + ["TestKit"], exclude: goldenFolders[name] ?? [])
}

/// Folders with expected texts, read from disk by the tests and never compiled.
let goldenFolders: [String: [String]] = [
    "DigestsTests": ["Golden"],
    "RunbookRuntimeTests": ["Golden"],
    "RunbookSyntaxTests": ["Golden"],
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

/// For a program that travels to hosts: the C++ library of the Swift runtime inside, where `make build` offers the
/// archive. A target needs less, and each task maps 2 MB less. Not libgcc's: it asks for glibc 2.35.
let travelling = [
    "-use-ld=lld", "-L", Context.packageDirectory + "/.build/static", "-Xlinker", "--as-needed",
]

let package = Package(
    name: "vigie",
    products: [
        .executable(name: "vigie-module", targets: ["vigie-module"]),
        .executable(name: "runbook", targets: ["runbook"]),
        .executable(name: "runbook-supervisor", targets: ["runbook-supervisor"]),
        .executable(name: "devtool", targets: ["devtool"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
    ],
    targets: [
        // Layer 0: C headers and dlopen shims, no logic.
        .target(name: "CLibpq"),  // libpq, opened at run time
        .target(name: "CCrypto"),  // libcrypto, opened at run time
        .target(name: "CSystem"),  // GNU system calls that Glibc's module does not show
        .target(name: "CRedaction"),  // hides secrets in a stream; the supervisor and the executor share it
        .target(name: "CPortable"),  // keeps the module binary at glibc 2.34
        .target(name: "CUnicodeTables", exclude: ["generate.py"]),  // what SASLprep must know of Unicode 3.2
        .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),

        // Layer 1: values and protocols without a database behind them.
        library("SQLClient"),  // session protocol, SQLStatement, SQLValue, SQLFailure
        library("Digests", ["CCrypto", "CUnicodeTables"]),  // SHA-256, HMAC, PBKDF2, SASLprep, SCRAM
        library("YAMLDocument", ["CLibYAML"]),  // YAML text to nodes with line:column
        library("RunbookCore"),  // document model, plan, events, run state, next action

        // Layer 2: clients, kits, runbook parts.
        library("PostgreSQLClient", ["CLibpq", "SQLClient"]),  // one session class, one error table
        library("ModuleKit", ["SQLClient"]),  // argument form, validator, manual, convergence, reply
        library("BackupKit", ["Digests", "CSystem"]),  // repository, manifest, catalogue, pipeline
        library("RunbookSyntax", ["RunbookCore", "YAMLDocument", "SQLClient"]),  // nodes to document
        library("RunbookJournal", ["RunbookCore", "Digests"]),  // records, hash chain, storage
        // Performs the actions of a run.
        library(
            "RunbookRuntime",
            ["RunbookCore", "RunbookJournal", "SQLClient", "Digests", "CSystem", "CRedaction"]),

        // Layer 3: modules.
        library("PostgreSQLModules", ["ModuleKit", "SQLClient", "BackupKit", "Digests"]),  // a file each

        // Executables: the only places that choose concrete types.
        .executableTarget(
            name: "vigie-module",
            dependencies: ["PostgreSQLModules", "PostgreSQLClient", "ModuleKit", "CPortable"],
            linkerSettings: [.unsafeFlags(travelling, .when(configuration: .release))]),
        .executableTarget(
            name: "runbook",
            dependencies: [
                "RunbookCore", "RunbookSyntax", "RunbookJournal", "RunbookRuntime", "PostgreSQLClient",
                argumentParser,
            ]),
        // C: one child, its lock, its exit record; without the Swift library that every link adds, and without C's, whose
        // start costs as much as all the rest (kernel.c).
        .executableTarget(
            name: "runbook-supervisor",
            dependencies: ["CRedaction"],
            cSettings: [.unsafeFlags(["-ffreestanding", "-fno-stack-protector"])],
            linkerSettings: [
                .unsafeFlags(["-nostartfiles", "-static-executable", "-Xclang-linker", "-nostdlib"])
            ]),
        .executableTarget(name: "devtool", dependencies: ["Digests", argumentParser]),  // developers only

        // What reads bytes from outside, fed with random ones.
        .target(
            name: "FuzzKit",
            dependencies: [
                "RunbookSyntax", "RunbookJournal", "RunbookCore", "Digests",
                "YAMLDocument", "TestKit",
            ]),

        // Tests.
        .target(name: "TestKit", dependencies: ["SQLClient"], path: "Sources/TestKit"),
        tests("TidyTests", []),
        tests("SQLClientTests", ["SQLClient"]),
        tests("DigestsTests", ["Digests"]),
        tests("YAMLDocumentTests", ["YAMLDocument"]),
        tests("ModuleKitTests", ["ModuleKit", "SQLClient"]),
        tests("PostgreSQLModulesTests", ["PostgreSQLModules", "ModuleKit", "SQLClient", "Digests"]),
        tests("BackupKitTests", ["BackupKit", "Digests"]),
        tests("RunbookCoreTests", ["RunbookCore"]),
        tests("RunbookSyntaxTests", ["RunbookSyntax", "RunbookCore", "YAMLDocument"]),
        tests("RunbookJournalTests", ["RunbookJournal", "RunbookCore", "Digests"]),
        tests("RunbookRuntimeTests", ["RunbookRuntime", "Digests"]),
        tests("FuzzKitTests", ["FuzzKit"]),
        tests("RunbookSimulationTests", ["RunbookRuntime", "RunbookJournal", "RunbookCore", "SQLClient"]),
        tests("IntegrationTests", ["PostgreSQLModules", "PostgreSQLClient", "ModuleKit", "SQLClient"]),
    ]
)

// The fuzzer needs a sanitizer of the whole build: Tests/Support/fuzz.sh sets this and builds in a folder of its own.
if Context.environment["VIGIE_FUZZ"] != nil {
    package.targets.append(.executableTarget(name: "fuzz", dependencies: ["FuzzKit"]))
    package.products.append(.executable(name: "fuzz", targets: ["fuzz"]))
}
