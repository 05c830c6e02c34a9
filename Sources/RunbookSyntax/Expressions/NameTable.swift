import RunbookCore

/// The names that a document declares, and which of them were read.
struct NameTable {
    /// What expressions know of a parameter.
    struct ParameterFacts {
        let type: ValueType
        let choices: [String]
    }

    /// What expressions know of a variable.
    struct VariableFacts {
        let type: ValueType
        let dependsOnRun: Bool
    }

    /// What expressions know of a step.
    struct StepFacts {
        let index: Int
        let outputs: [ValueName: ValueType]
    }

    var parameters: [ValueName: ParameterFacts] = [:]
    /// Variables read so far: a later one may use earlier ones.
    var variables: [ValueName: VariableFacts] = [:]
    /// Every variable of the document.
    var allVariables: Set<ValueName> = []
    var secrets: [ValueName: EnvironmentName] = [:]
    var steps: [StepID: StepFacts] = [:]
    var roles: Set<ValueName> = []
    /// Earlier names of steps.
    var origins: Set<StepID> = []

    private(set) var usedParameters: Set<ValueName> = []
    private(set) var usedVariables: Set<ValueName> = []

    mutating func markUsed(_ reference: Reference) {
        switch reference {
        case .parameter(let name): usedParameters.insert(name)
        case .variable(let name): usedVariables.insert(name)
        case .stepOutput, .ownOutput, .column, .answer, .item, .run: break
        }
    }
}

/// What an expression may read at its place in the document.
struct Visibility {
    /// Facts of the run.
    enum Facts {
        /// None: the place is needed before the run has begun.
        case none
        /// Those that never change during a run.
        case stable
        case all
    }

    /// The place, for messages.
    var place: String
    var facts: Facts
    /// Outputs of the steps before this one are visible.
    var stepIndex: Int?
    /// The step.
    var ownStep: StepID?
    /// Steps of the group whose `verify` it is: they have come to rest.
    var members: Set<StepID> = []
    /// The step's own outputs.
    var ownOutputs: [ValueName: ValueType]?
    /// Whether the step's first row is visible.
    var hasRow = false
    /// Whether the value of a repeated step is visible.
    var hasItem = false
    /// Whether the run's end is visible.
    var hasResult = false
    /// The fields of a person's answer, with the texts that they may have (none listed: any).
    var answer: [ValueName: [String]]?

    /// Nothing but parameters and variables.
    static let beforeRun = Visibility(place: "the lock", facts: .none)
}
