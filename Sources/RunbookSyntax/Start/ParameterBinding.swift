import RunbookCore

/// Turns the texts that a run is started with into the values of the document's parameters.
public enum ParameterBinding {
    /// A value for every declared parameter, `null` where none is given and there is no default; or everything that is
    /// wrong with what was given.
    ///
    /// - Parameter pathExists: Asked for parameters with `must_exist`.
    public static func bind(
        _ given: [(name: String, text: String)], to document: RunbookDocument,
        pathExists: (String) -> Bool = { _ in true }
    ) -> Result<[ValueName: RunbookValue], BindingProblems> {
        var problems: [BindingProblem] = []
        var values: [ValueName: RunbookValue] = [:]
        let names = document.parameters.map(\.name.text)
        for (name, text) in given {
            guard let parameter = document.parameters.first(where: { $0.name.text == name }) else {
                problems.append(.unknown(name: name, nearest: NearestName.of(name, among: names)))
                continue
            }
            guard values[parameter.name] == nil else {
                problems.append(.repeated(parameter.name))
                continue
            }
            switch parameter.value(of: text) {
            case .success(let value): values[parameter.name] = value
            case .failure(let refusal):
                values[parameter.name] = .null
                problems.append(.refused(parameter.name, text: text, refusal))
            }
        }
        for parameter in document.parameters where values[parameter.name] == nil {
            if parameter.isRequired { problems.append(.missing(parameter.name, title: parameter.title)) }
            values[parameter.name] = parameter.defaultValue ?? .null
        }
        for parameter in document.parameters where parameter.mustExist {
            guard let path = values[parameter.name]?.text, !pathExists(path) else { continue }
            problems.append(.noSuchPath(parameter.name, path: path))
        }
        return problems.isEmpty ? .success(values) : .failure(BindingProblems(all: problems))
    }
}

/// Everything that is wrong with what a run was started with.
public struct BindingProblems: Error, Hashable, Sendable {
    /// The problems: first those of the given values in their order, then what is missing.
    public let all: [BindingProblem]
}

/// What is wrong with one parameter of a run.
public enum BindingProblem: Hashable, Sendable {
    /// The document declares no parameter of this name.
    case unknown(name: String, nearest: String?)
    /// The parameter is given twice.
    case repeated(ValueName)
    /// The parameter takes no such value.
    case refused(ValueName, text: String, Parameter.Refusal)
    /// A required parameter is not given.
    case missing(ValueName, title: String?)
    /// The path does not exist on this host.
    case noSuchPath(ValueName, path: String)
}

extension BindingProblem: CustomStringConvertible {
    /// The problem, for people.
    public var description: String {
        switch self {
        case .unknown(let name, _): "unknown parameter '\(name)'"
        case .repeated(let name): "the parameter '\(name)' is given twice"
        case .refused(let name, let text, let refusal): "parameter '\(name)': '\(text)' \(refusal)"
        case .missing(let name, let title):
            "the parameter '\(name)' is required" + (title.map { " (\($0))" } ?? "")
        case .noSuchPath(let name, let path): "parameter '\(name)': the path '\(path)' does not exist"
        }
    }

    /// What to write instead.
    public var hint: String? {
        switch self {
        case .unknown(_, let nearest): nearest.map { "did you mean '\($0)'?" }
        case .repeated, .refused, .missing, .noSuchPath: nil
        }
    }
}
