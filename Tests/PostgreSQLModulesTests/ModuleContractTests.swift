import ModuleKit
import PostgreSQLModules
import SQLClient
import TestKit
import Testing

private func allModules() -> [AnyModule] {
    PostgreSQLModuleList.modules(
        connector: ScriptedConnector(failing: .unreachable(server: "nowhere", reason: "scripted")))
}

private let names = allModules().map(\.name)

private func module(_ name: String) throws -> AnyModule {
    try #require(allModules().first { $0.name == name })
}

/// What every module must hold, without a line of its own.
@Suite struct ModuleContractTests {
    @Test(arguments: names) func `every option is documented`(name: String) throws {
        let module = try module(name)
        for declaration in module.declarations {
            #expect(declaration.doc.hasSuffix("."), "\(declaration.name)")
            #expect(declaration.doc.count > 10, "\(declaration.name)")
        }
    }

    @Test(arguments: names) func `names and aliases are unique`(name: String) throws {
        let module = try module(name)
        let names = module.declarations.flatMap { [$0.name] + $0.aliases }
        #expect(Set(names).count == names.count)
    }

    @Test(arguments: names) func `defaults are among the choices`(name: String) throws {
        let module = try module(name)
        for declaration in module.declarations {
            guard let choices = declaration.choices, let value = declaration.defaultValue?.string else {
                continue
            }
            #expect(choices.contains(value), "\(declaration.name)")
        }
    }

    @Test(arguments: names) func `rules name declared options`(name: String) throws {
        let module = try module(name)
        let options = Set(module.declarations.map(\.name))
        for rule in module.rules {
            switch rule {
            case .mutuallyExclusive(let all), .requiredTogether(let all), .requiredOneOf(let all):
                #expect(options.isSuperset(of: all))
            case .requiredIf(let option, _, let all), .requiredBy(let option, let all):
                #expect(options.isSuperset(of: all + [option]))
            }
        }
    }

    @Test(arguments: names) func `every example of the manual is accepted`(name: String) throws {
        let module = try module(name)
        #expect(!module.manual.examples.isEmpty)
        for example in module.manual.examples {
            let options = Dictionary(example.options.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
            #expect(module.problems(of: options) == [], "\(example.title)")
        }
    }

    @Test(arguments: names) func `passwords are secret options`(name: String) throws {
        let module = try module(name)
        for declaration in module.declarations
        where declaration.name.contains("password") && declaration.type == .str {
            #expect(declaration.isSecret, "\(declaration.name)")
        }
    }

    @Test(arguments: names) func `related modules exist`(name: String) throws {
        let module = try module(name)
        #expect(Set(names).isSuperset(of: module.manual.seeAlso), "\(module.manual.seeAlso)")
    }
}
