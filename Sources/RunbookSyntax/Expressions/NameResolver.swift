import RunbookCore

/// A name with its meaning.
struct ResolvedName {
    let reference: Reference
    let type: ValueType
    /// The only texts that the value can have; empty when any.
    var choices: [String] = []
}

/// Finds what a name in an expression means.
struct NameResolver {
    let names: NameTable
    let visibility: Visibility

    private typealias Part = ExpressionToken.Part

    private static let roots = ["params", "vars", "steps", "outputs", "row", "answer", "item", "run"]

    func resolve(_ parts: [ExpressionToken.Part]) throws(ExpressionProblem) -> ResolvedName {
        let root = parts[0]
        if root.text == "secrets" { throw secret(parts) }
        guard Self.roots.contains(root.text) else { throw unknownRoot(parts) }
        if root.text == "item" { return try item(parts) }
        let lengthWanted = root.text == "steps" ? 4 : 2
        guard parts.count == lengthWanted else {
            let form = root.text == "steps" ? "steps.<id>.outputs.<name>" : "\(root.text).<name>"
            throw ExpressionProblem(
                .expressionSyntax, at: root.offset,
                "a name that begins with '\(root.text)' has the form \(form)",
                hint: "which \(root.text == "steps" ? "step and output" : "name") is meant?")
        }
        switch root.text {
        case "params": return try parameter(parts[1])
        case "vars": return try variable(parts[1])
        case "steps": return try stepOutput(parts)
        case "outputs": return try ownOutput(parts[1], root: root)
        case "row": return try column(parts[1], root: root)
        case "answer": return try answer(parts[1], root: root)
        default: return try fact(parts[1])
        }
    }

    private func parameter(_ part: Part) throws(ExpressionProblem) -> ResolvedName {
        guard let name = ValueName(part.text), let facts = names.parameters[name] else {
            throw unknown("parameter", part, among: names.parameters.keys.map(\.text))
        }
        return ResolvedName(reference: .parameter(name), type: facts.type, choices: facts.choices)
    }

    private func variable(_ part: Part) throws(ExpressionProblem) -> ResolvedName {
        guard let name = ValueName(part.text), names.allVariables.contains(name) else {
            throw unknown("variable", part, among: names.allVariables.map(\.text))
        }
        guard let facts = names.variables[name] else {
            throw ExpressionProblem(
                .outOfReach, at: part.offset, "the variable '\(name)' is declared later",
                hint: "can it be moved up? variables are computed in the order of the document")
        }
        if facts.dependsOnRun, visibility.facts == .none {
            throw ExpressionProblem(
                .outOfReach, at: part.offset,
                "the variable '\(name)' depends on the run, which has not begun here",
                hint: "\(visibility.place) may read parameters only")
        }
        return ResolvedName(reference: .variable(name), type: facts.type)
    }

    private func stepOutput(_ parts: [Part]) throws(ExpressionProblem) -> ResolvedName {
        let (stepPart, word, outputPart) = (parts[1], parts[2], parts[3])
        guard word.text == "outputs" else {
            throw ExpressionProblem(
                .expressionSyntax, at: word.offset,
                "a name that begins with 'steps' has the form steps.<id>.outputs.<name>",
                hint: "is 'outputs' missing?")
        }
        guard let index = visibility.stepIndex else {
            throw ExpressionProblem(
                .outOfReach, at: stepPart.offset, "outputs of steps cannot be read in \(visibility.place)",
                hint: "can the value be read in the step itself?")
        }
        guard let id = StepID(stepPart.text), let step = names.steps[id] else {
            throw unknown("step", stepPart, among: names.steps.keys.map(\.text))
        }
        guard step.index < index || visibility.members.contains(id) else {
            throw outOfReach(id, step, index: index, stepPart, output: outputPart.text)
        }
        guard let name = ValueName(outputPart.text), let type = step.outputs[name] else {
            throw unknown(
                "output", outputPart, of: " of the step '\(id)'", among: step.outputs.keys.map(\.text))
        }
        return ResolvedName(reference: .stepOutput(id, name), type: type)
    }

    private func outOfReach(
        _ id: StepID, _ step: NameTable.StepFacts, index: Int, _ part: Part, output: String
    ) -> ExpressionProblem {
        if step.index > index {
            return ExpressionProblem(
                .outOfReach, at: part.offset, "the step '\(id)' comes later",
                hint: "can the step be moved up?")
        }
        if let own = visibility.ownStep, own != id {
            return ExpressionProblem(
                .outOfReach, at: part.offset, "the step '\(id)' is executed beside this one",
                hint: "outputs of a parallel step can be read behind it")
        }
        return ExpressionProblem(
            .outOfReach, at: part.offset, "the step '\(id)' cannot read its own outputs here",
            hint: "in verify they are called outputs.\(output)")
    }

    private func ownOutput(_ part: Part, root: Part) throws(ExpressionProblem) -> ResolvedName {
        guard let outputs = visibility.ownOutputs else {
            throw elsewhere(
                root, "the step's own outputs are known only in its verify",
                hint: "outputs of earlier steps are called steps.<id>.outputs.<name>")
        }
        guard let name = ValueName(part.text), let type = outputs[name] else {
            throw unknown("output", part, of: " of this step", among: outputs.keys.map(\.text))
        }
        return ResolvedName(reference: .ownOutput(name), type: type)
    }

    private func column(_ part: Part, root: Part) throws(ExpressionProblem) -> ResolvedName {
        guard visibility.hasRow else {
            throw elsewhere(
                root, "a row is known only in verify of an sql step",
                hint: "columns become outputs of the step, for later ones")
        }
        return ResolvedName(reference: .column(part.text), type: .any)
    }

    private func answer(_ part: Part, root: Part) throws(ExpressionProblem) -> ResolvedName {
        guard let answer = visibility.answer else {
            throw elsewhere(
                root, "an answer is known only in verify of a manual step",
                hint: "can the condition stand in 'verify' of the manual step?")
        }
        guard let name = ValueName(part.text), let choices = answer[name] else {
            throw unknown("field", part, of: " of the answer", among: answer.keys.map(\.text))
        }
        return ResolvedName(reference: .answer(name), type: .string, choices: choices)
    }

    private func item(_ parts: [Part]) throws(ExpressionProblem) -> ResolvedName {
        guard visibility.hasItem else {
            throw elsewhere(
                parts[0], "an item is known only in a step with for_each", hint: "is 'for_each' missing?")
        }
        guard parts.count == 1 else {
            throw ExpressionProblem(
                .expressionSyntax, at: parts[1].offset, "an item is a text and has no parts",
                hint: "write item alone")
        }
        return ResolvedName(reference: .item, type: .string)
    }

    private func fact(_ part: Part) throws(ExpressionProblem) -> ResolvedName {
        guard let fact = RunFact(rawValue: part.text) else {
            throw unknown("fact", part, of: " of the run", among: RunFact.allCases.map(\.rawValue))
        }
        if fact == .result, !visibility.hasResult {
            throw ExpressionProblem(
                .outOfReach, at: part.offset, "run.result is known only in finally",
                hint: "can the step stand under 'finally'?")
        }
        switch visibility.facts {
        case .all: break
        case .stable where fact == .now:
            throw ExpressionProblem(
                .outOfReach, at: part.offset,
                "run.now changes during a run and cannot be read in \(visibility.place)",
                hint: "would run.started_at do?")
        case .stable: break
        case .none:
            throw ExpressionProblem(
                .outOfReach, at: part.offset, "run.\(fact.rawValue) is not known yet in \(visibility.place)",
                hint: "\(visibility.place) may read parameters only")
        }
        return ResolvedName(reference: .run(fact), type: fact.type)
    }

    private func unknown(_ what: String, _ part: Part, of owner: String = "", among names: [String])
        -> ExpressionProblem
    {
        let known =
            names.isEmpty ? "there is none" : "known: \(names.sorted().prefix(12).joined(separator: ", "))"
        return ExpressionProblem(
            .unknownName, at: part.offset, "unknown \(what) '\(part.text)'\(owner)",
            hint: NearestName.hint(part.text, among: names) ?? known)
    }

    private func unknownRoot(_ parts: [Part]) -> ExpressionProblem {
        let root = parts[0]
        let isParameter =
            parts.count == 1 && (ValueName(root.text).map { names.parameters[$0] != nil } ?? false)
        let isVariable = parts.count == 1 && (ValueName(root.text).map(names.allVariables.contains) ?? false)
        let hint: String =
            if isParameter {
                "did you mean 'params.\(root.text)'?"
            } else if isVariable {
                "did you mean 'vars.\(root.text)'?"
            } else {
                NearestName.hint(root.text, among: Self.roots)
                    ?? "names begin with \(Self.roots.joined(separator: ", ")); texts need quotes"
            }
        return ExpressionProblem(.unknownName, at: root.offset, "unknown name '\(root.text)'", hint: hint)
    }

    private func secret(_ parts: [Part]) -> ExpressionProblem {
        let variable = parts.count > 1 ? ValueName(parts[1].text).flatMap { names.secrets[$0] } : nil
        return ExpressionProblem(
            .secret, at: parts[0].offset, "secrets cannot be read by expressions",
            hint: variable.map { "commands find it in the environment variable \($0)" }
                ?? "commands find secrets in the environment variables that 'as' names")
    }

    private func elsewhere(_ root: Part, _ message: String, hint: String) -> ExpressionProblem {
        ExpressionProblem(.outOfReach, at: root.offset, message, hint: hint)
    }
}
