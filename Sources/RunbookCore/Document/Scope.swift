/// Everything an expression may read at one moment of a run.
///
/// What is absent (an output of a skipped step, a fact before the run has begun) is `null`. Secrets are not
/// here: they reach commands through the environment only.
public struct Scope: Sendable {
    /// `params.*`, one value for every declared parameter.
    public var parameters: [ValueName: RunbookValue]
    /// `vars.*`; see `RunbookDocument.variables(in:)`.
    public var variables: [ValueName: RunbookValue]
    /// `steps.<id>.outputs.*`.
    public var stepOutputs: [StepID: [ValueName: RunbookValue]]
    /// `run.*`; `nil` in a plan, before any run.
    public var run: RunFacts?
    /// `outputs.*` of the step under way.
    public var outputs: [ValueName: RunbookValue]
    /// `row.*`: the first row of the step under way.
    public var row: [String: RunbookValue]
    /// `answer.*` of the step under way.
    public var answer: [ValueName: RunbookValue]
    /// `item` of the repeated step under way.
    public var item: RunbookValue = .null
    /// Whether no step was executed: what steps give is then not `null` but unknown.
    public var isAheadOfRun = false

    /// A scope; what is left out is empty.
    public init(
        parameters: [ValueName: RunbookValue] = [:], variables: [ValueName: RunbookValue] = [:],
        stepOutputs: [StepID: [ValueName: RunbookValue]] = [:], run: RunFacts? = nil,
        outputs: [ValueName: RunbookValue] = [:], row: [String: RunbookValue] = [:],
        answer: [ValueName: RunbookValue] = [:]
    ) {
        self.parameters = parameters
        self.variables = variables
        self.stepOutputs = stepOutputs
        self.run = run
        self.outputs = outputs
        self.row = row
        self.answer = answer
    }

    /// The value of a reference, `null` when there is none.
    public func value(of reference: Reference) -> RunbookValue {
        switch reference {
        case .parameter(let name): parameters[name] ?? .null
        case .variable(let name): variables[name] ?? .null
        case .stepOutput(let step, let name): stepOutputs[step]?[name] ?? .null
        case .ownOutput(let name): outputs[name] ?? .null
        case .column(let name): row[name] ?? .null
        case .answer(let field): answer[field] ?? .null
        case .item: item
        case .run(let fact): run?.value(of: fact) ?? .null
        }
    }
}
