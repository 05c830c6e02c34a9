/// A name that an expression reads, resolved when the document was checked.
public enum Reference: Hashable, Sendable {
    /// `params.<name>`.
    case parameter(ValueName)
    /// `vars.<name>`.
    case variable(ValueName)
    /// `steps.<id>.outputs.<name>`: an output of an earlier step.
    case stepOutput(StepID, ValueName)
    /// `outputs.<name>`: an output of the step itself, in `verify`.
    case ownOutput(ValueName)
    /// `row.<column>`: a column of the first row, in `verify` of an `sql` step.
    case column(String)
    /// `answer.<field>`: what the person answered, in `verify` of a `manual` step.
    case answer(ValueName)
    /// `item`: the value for which a repeated step is executed.
    case item
    /// `run.<fact>`.
    case run(RunFact)

    /// Whether it has a value only once steps are executed.
    public var comesFromSteps: Bool {
        switch self {
        case .stepOutput, .ownOutput, .column, .answer, .item: true
        case .parameter, .variable, .run: false
        }
    }

    /// The name as documents write it.
    public var text: String {
        switch self {
        case .parameter(let name): "params.\(name)"
        case .variable(let name): "vars.\(name)"
        case .stepOutput(let step, let name): "steps.\(step).outputs.\(name)"
        case .ownOutput(let name): "outputs.\(name)"
        case .column(let name): "row.\(name)"
        case .answer(let field): "answer.\(field)"
        case .item: "item"
        case .run(let fact): "run.\(fact.rawValue)"
        }
    }
}
