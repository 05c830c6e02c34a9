import RunbookCore
import Testing

/// Which changes of a document a run may go on with.
@Suite struct DocumentSwitchTests {
    private func document(_ steps: [Step], parameters: [Parameter] = []) -> RunbookDocument {
        RunbookDocument(id: "essai", title: "Essai", parameters: parameters, steps: steps)
    }

    private func step(_ id: StepID, _ script: String, title: String = "", movedFrom: StepID? = nil) -> Step {
        Step(id: id, title: title, action: .run(script), movedFrom: movedFrom)
    }

    /// A run in which `a` is done and `b` failed.
    private var state: RunState {
        var state = RunState()
        let attempt = Attempt(step: "a", purpose: .run, number: 1)
        for event in [
            RunEvent.intended(attempt), .started(attempt), .ended(attempt, .succeeded),
            .done("a", outputs: [:]),
            .failed("b", reason: "no", code: 1),
        ] { state.apply(event) }
        return state
    }

    private var old: RunbookDocument { document([step("a", "one"), step("b", "two"), step("c", "three")]) }

    private func compare(
        _ new: RunbookDocument, accepted: Set<StepID> = [], state: RunState? = nil
    ) -> DocumentSwitch {
        DocumentSwitch(
            from: old, to: new, state: state ?? self.state, parameters: [:], accepted: accepted)
    }

    @Test func `titles are free, and what comes later may change, come and go`() {
        let change = compare(
            document([step("a", "one", title: "Un"), step("b", "mended"), step("d", "new")]))
        #expect(change.refusals == [])
        #expect(change.changes == [.changed("b"), .added("d"), .removed("c")])
    }

    @Test func `what was executed stays as it was, unless a person lets it stand`() {
        let new = document([step("a", "other"), step("b", "two"), step("c", "three")])
        #expect(compare(new).refusals == [.changedDone("a")])
        #expect(compare(new, accepted: ["a"]).refusals == [])
        let without = document([step("b", "two")])
        #expect(compare(without).refusals == [.removedDone("a")])
        #expect(compare(without, accepted: ["a"]).refusals == [])
    }

    @Test func `nothing is put ahead of what was executed`() {
        let new = document([step("z", "new"), step("a", "one"), step("b", "two")])
        #expect(compare(new).refusals == [.insertedBefore("z", done: "b")])
    }

    @Test func `a renamed step keeps what happened to it`() {
        let new = document([step("first", "one", movedFrom: "a"), step("b", "two"), step("c", "three")])
        let change = compare(new)
        #expect(change.refusals == [])
        #expect(change.renames == ["a": "first"])
        var state = state
        state.apply(.switched(renames: change.renames))
        #expect(state["first"].phase == .done)
        #expect(state["a"].phase == .pending)
    }

    @Test func `a step in doubt comes first`() {
        var state = state
        let attempt = Attempt(step: "b", purpose: .run, number: 2)
        for event in [RunEvent.intended(attempt), .started(attempt), .doubted(attempt, reason: "lost")] {
            state.apply(event)
        }
        #expect(compare(old, state: state).refusals == [.inDoubt("b")])
    }

    @Test func `the document of another runbook is refused`() {
        var new = old
        new.id = "autre"
        #expect(compare(new).refusals == [.otherRunbook("autre")])
    }

    @Test func `a new parameter needs a default, and an old value must still fit`() {
        let needed = Parameter(name: "hote", kind: .host, isRequired: true)
        let free = Parameter(name: "jobs", kind: .int, defaultValue: .int(4))
        let narrow = Parameter(name: "base", kind: .string, choices: [.string("a")])
        let change = DocumentSwitch(
            from: old, to: document(old.steps, parameters: [needed, free, narrow]), state: state,
            parameters: ["base": .string("b")], accepted: [])
        #expect(
            change.refusals == [
                .parameter("hote"), .parameterRefused("base", .notAmongChoices(["a"])),
            ])
        #expect(change.addedParameters == ["jobs": .int(4)])
    }
}
