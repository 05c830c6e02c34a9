import SQLClient
import Testing

@testable import ModuleKit

private struct SampleArguments: ModuleArguments {
    let name: String
    let port: Int
    let force: Bool
    let state: Wish
    let roles: [String]
    let settings: ArgumentDictionary
    let password: Secret?
    let target: String?
    let ratio: Double?
    let path: FilePath?

    enum Wish: String, ArgumentChoice {
        case absent, present, rename
    }

    init(form: inout ArgumentForm) {
        name = form.required("name", aliases: ["db"], doc: "Name.")
        port = form.defaulted("port", to: 5432, environment: "PGPORT", doc: "Port.")
        force = form.defaulted("force", to: false, doc: "Force.")
        state = form.defaulted("state", to: .present, doc: "State.")
        roles = form.defaulted("roles", to: [], doc: "Roles.")
        settings = form.defaulted("settings", to: ArgumentDictionary([:]), doc: "Settings.")
        password = form.optional("password", doc: "Password.")
        target = form.optional("target", doc: "Target.")
        ratio = form.optional("ratio", doc: "Ratio.")
        path = form.optional("path", doc: "Path.")
        form.rule(.requiredIf(option: "state", equals: "rename", all: ["target"]))
        form.rule(.mutuallyExclusive(["target", "ratio"]))
        form.rule(.requiredTogether(["ratio", "path"]))
        form.rule(.requiredBy(option: "password", all: ["port"]))
    }
}

private let coercion = CoercionContext(
    environment: ["HOME": "/home/dba", "PGPORT": "6000"],
    parseJSON: { $0 == #"{"a": 1}"# ? ["a": 1] : nil },
    homeFolder: { $0 == "postgres" ? "/var/lib/postgresql" : nil })

private func read(_ options: [String: JSONValue]) throws -> SampleArguments {
    try ArgumentValidator.validate(
        SampleArguments.self, module: "sample", options: options, coercion: coercion
    ).arguments
}

private func problems(_ options: [String: JSONValue]) -> [String] {
    do {
        _ = try read(options)
        return []
    } catch let problems as ArgumentValidator.Problems {
        return problems.messages
    } catch {
        return ["\(error)"]
    }
}

@Suite struct ArgumentValidatorTests {
    @Test func `all problems are reported together, in Ansible's words`() {
        let found = problems([
            "prot": 1, "port": "abc", "state": "gone", "force": "maybe", "ratio": 0.5, "target": "x",
        ])
        #expect(found.count == 7)
        #expect(
            found[0].hasPrefix(
                "Unsupported parameters for (sample) module: prot. Supported parameters include: "))
        #expect(found[0].hasSuffix("did you mean port instead of prot?"))
        #expect(found[1] == "missing required arguments: name")
        #expect(
            found[2]
                == "argument 'port' is of type str and we were unable to convert to int: \"'abc'\" cannot be "
                + "converted to an int")
        #expect(
            found[3].hasPrefix(
                "argument 'force' is of type str and we were unable to convert to bool: The value"))
        #expect(found[4] == "value of state must be one of: absent, present, rename, got: gone")
        #expect(found[5] == "parameters are mutually exclusive: target|ratio")
        #expect(found[6] == "parameters are required together: ratio, path")
    }

    @Test func `a rule that depends on a value names what is missing`() {
        #expect(
            problems(["name": "a", "state": "rename"])
                == ["state is rename but all of the following are missing: target"])
    }

    @Test(arguments: ["yes", "on", "1", "true", "T", "Y"]) func `words for true`(word: String) throws {
        #expect(try read(["name": "a", "force": .string(word)]).force)
    }

    @Test func `values are coerced as Ansible does`() throws {
        let arguments = try read([
            "db": 5, "port": "15", "force": 1, "roles": "a,b", "settings": "x=1, y='2 3'", "path": "~/dump",
            "ratio": "0.25",
        ])
        #expect(arguments.name == "5")
        #expect(arguments.port == 15)
        #expect(arguments.force)
        #expect(arguments.roles == ["a", "b"])
        #expect(arguments.settings.members == ["x": "1", "y": "2 3"])
        #expect(arguments.path?.text == "/home/dba/dump")
        #expect(arguments.ratio == 0.25)
    }

    @Test func `JSON text becomes a dictionary`() throws {
        #expect(try read(["name": "a", "settings": #"{"a": 1}"#]).settings.members == ["a": 1])
        #expect(
            problems(["name": "a", "settings": "{broken"])
                == [
                    "argument 'settings' is of type str and we were unable to convert to dict: unable to evaluate "
                        + "string as dictionary"
                ])
    }

    @Test func `null means not given, the environment comes before the default`() throws {
        let arguments = try read(["name": "a", "port": .null, "password": .null])
        #expect(arguments.port == 6000)
        #expect(arguments.password == nil)
    }

    @Test func `an element that does not fit is named`() {
        #expect(
            problems(["name": "a", "roles": [["x"]]])
                == [
                    "Elements value for option 'roles' is of type list and we were unable to convert to str: "
                        + "<class 'list'> cannot be converted to a str"
                ])
    }

    @Test func `option and alias together give a warning and the option wins`() throws {
        let validated = try ArgumentValidator.validate(
            SampleArguments.self, module: "sample", options: ["name": "a", "db": "b"], coercion: coercion)
        #expect(validated.arguments.name == "a")
        #expect(validated.warnings == ["Both option name and its alias db are set."])
    }

    @Test func `a bad secret is refused without showing it`() {
        let found = problems(["name": "a", "password": ["hunter2"]])
        #expect(found.count == 1)
        #expect(!found.joined().contains("hunter2"))
    }

    @Test(arguments: [
        ("~", "/home/dba"), ("~/dump", "/home/dba/dump"), ("~postgres", "/var/lib/postgresql"),
        ("~postgres/$PGPORT.sql", "/var/lib/postgresql/6000.sql"), ("~nobody/x", "~nobody/x"), ("a~b", "a~b"),
    ])
    func `a path may begin with the home folder of any account`(given: String, expected: String) throws {
        #expect(try read(["name": "n", "path": .string(given), "ratio": 1]).path?.text == expected)
    }

    @Test func `a default excludes no other option, the same value given does`() {
        struct Exclusive: ModuleArguments {
            let isGiven: Bool

            init(form: inout ArgumentForm) {
                let _: Bool = form.defaulted("cycle", to: false, doc: "Cycle.")
                let _: String? = form.optional("name", doc: "Name.")
                form.rule(.mutuallyExclusive(["name", "cycle"]))
                isGiven = form.isGiven("cycle")
            }
        }
        func isGiven(_ options: [String: JSONValue]) -> Bool? {
            try? ArgumentValidator.validate(
                Exclusive.self, module: "sample", options: options, coercion: coercion
            ).arguments.isGiven
        }
        #expect(isGiven(["name": "x"]) == false)
        #expect(isGiven(["cycle": "no"]) == true)
        #expect(isGiven(["name": "x", "cycle": false]) == nil)
    }
}
