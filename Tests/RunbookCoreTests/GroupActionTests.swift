import RunbookCore
import Testing

private func run(_ step: StepID) -> Attempt { Attempt(step: step, purpose: .run, number: 1) }

private func state(_ events: RunEvent...) -> RunState {
    var state = RunState()
    for event in events { state.apply(event) }
    return state
}

@Suite struct GroupActionTests {
    private let group: RunPlan = {
        var rules = StepRules(id: "g", work: .group, hasEffect: false)
        rules.children = [
            StepRules(id: "a", work: .supervised, hasUndo: true),
            StepRules(id: "b", work: .supervised, hasUndo: true),
        ]
        return RunPlan(steps: [rules, StepRules(id: "after", work: .supervised)])
    }()

    private let repeated: RunPlan = {
        var rules = StepRules(id: "e", work: .supervised, hasUndo: true)
        rules.isRepeated = true
        return RunPlan(steps: [rules])
    }()

    @Test func `members begin while others are busy, and then their ends are waited for`() {
        var state = state(.opened("g", items: []), .intended(run("a")))
        #expect(state.next(group, busy: ["a"]) == .begin("b"))
        state.apply(.intended(run("b")))
        #expect(state.next(group, busy: ["a", "b"]) == .awaitEnd(["a", "b"]))
        // Another executor has nothing of its own under way.
        #expect(state.next(group) == .start(run("a")))
    }

    @Test func `a member that failed holds the run when the others came to rest`() {
        var state = state(
            .opened("g", items: []), .intended(run("a")), .intended(run("b")), .started(run("a")),
            .failed("a", reason: "r", code: 1))
        #expect(state.next(group, busy: ["b"]) == .awaitEnd(["b"]))
        for event in [RunEvent.started(run("b")), .done("b", outputs: [:])] { state.apply(event) }
        #expect(state.next(group) == .suspend(.held("a", reason: "r")))
        state.apply(.skipped("a", reason: "x"))
        #expect(state.next(group) == .concludeGroup("g"))
        state.apply(.done("g", outputs: [:]))
        #expect(state.next(group) == .begin("after"))
    }

    @Test func `members and items are taken back in reverse order`() {
        let members = state(
            .opened("g", items: []), .intended(run("a")), .started(run("a")), .intended(run("b")),
            .started(run("b")), .done("a", outputs: [:]), .done("b", outputs: [:]),
            .rollbackBegan(reason: "r"))
        #expect(
            members.next(group) == .execute(Attempt(step: "b", purpose: .undo, number: 1), after: .zero))
        let step: StepID = "e"
        var items = state(.opened(step, items: ["x", "y"]))
        for item in ["x", "y"].map(step.item) {
            #expect(items.next(repeated) == .begin(item))
            for event in [RunEvent.intended(run(item)), .started(run(item)), .done(item, outputs: [:])] {
                items.apply(event)
            }
        }
        #expect(items.next(repeated) == .concludeGroup(step))
        items.apply(.rollbackBegan(reason: "r"))
        let last = Attempt(step: step.item("y"), purpose: .undo, number: 1)
        #expect(items.next(repeated) == .execute(last, after: .zero))
    }

    @Test func `steps behind the end come whatever the end is, and stop nothing`() {
        let plan = RunPlan(
            steps: [StepRules(id: "a", work: .supervised)],
            final: [
                StepRules(id: "f", work: .supervised, failure: .proceed),
                StepRules(id: "last", work: .supervised),
            ])
        var state = state(.done("a", outputs: [:]))
        #expect(state.next(plan) == .endSteps(.done))
        state.apply(.concluded(.done))
        #expect(state.next(plan) == .begin("f"))
        for event in [RunEvent.intended(run("f")), .started(run("f")), .doubted(run("f"), reason: "lost")] {
            state.apply(event)
        }
        #expect(state.next(plan) == .begin("last"))
        state.apply(.failed("last", reason: "r", code: 1))
        #expect(state.next(plan) == .close(.done))
    }
}
