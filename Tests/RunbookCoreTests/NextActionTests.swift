import RunbookCore
import Testing

private func run(_ step: StepID, _ number: Int = 1) -> Attempt {
    Attempt(step: step, purpose: .run, number: number)
}

private func state(_ events: RunEvent...) -> RunState {
    var state = RunState()
    for event in events { state.apply(event) }
    return state
}

@Suite struct NextActionTests {
    let plan = RunPlan(steps: [
        StepRules(id: "a", work: .supervised, hasUndo: true),
        StepRules(id: "b", work: .supervised, hasUndo: true),
    ])

    private func plan(_ rules: StepRules) -> RunPlan { RunPlan(steps: [rules]) }

    @Test func `steps follow each other, and the run is closed at the end`() {
        #expect(state().next(plan) == .begin("a"))
        #expect(state(.done("a", outputs: [:])).next(plan) == .begin("b"))
        #expect(state(.already("a"), .skipped("b", reason: "x")).next(plan) == .close(.done))
        #expect(state(.closed(.done)).next(plan) == .finished(.done))
    }

    @Test func `an intent without a start never ran, a start without an end is looked for`() {
        #expect(state(.intended(run("a"))).next(plan) == .start(run("a")))
        #expect(state(.intended(run("a")), .started(run("a"))).next(plan) == .recover(run("a")))
        #expect(
            state(.intended(run("a")), .started(run("a")), .ended(run("a"), .succeeded)).next(plan)
                == .conclude(run("a"), .succeeded))
    }

    @Test(arguments: [
        (StepRules.DoubtPolicy.retry, RunAction.execute(run("a", 2), after: .zero)),
        (.check, .settleByCheck(run("a"))), (.transaction, .settleByTransaction(run("a"))),
        (.hold, .suspend(.doubt("a", reason: "lost"))),
    ])
    func `doubt is settled by the declared policy`(policy: StepRules.DoubtPolicy, expected: RunAction) {
        let plan = plan(StepRules(id: "a", work: .supervised, doubt: policy))
        let doubted = state(.intended(run("a")), .started(run("a")), .doubted(run("a"), reason: "lost"))
        #expect(doubted.next(plan) == expected)
        let unknown = state(
            .intended(run("a")), .started(run("a")), .ended(run("a"), .unknown(reason: "lost")))
        #expect(unknown.next(plan) == expected)
    }

    @Test func `reset comes before every second attempt of what may have acted`() {
        let plan = plan(StepRules(id: "a", work: .supervised, hasReset: true, doubt: .retry))
        let reset = Attempt(step: "a", purpose: .reset, number: 1)
        var state = state(.intended(run("a")), .started(run("a")), .doubted(run("a"), reason: "lost"))
        #expect(state.next(plan) == .execute(reset, after: .zero))
        for event in [RunEvent.intended(reset), .started(reset), .ended(reset, .succeeded)] {
            state.apply(event)
        }
        #expect(state.next(plan) == .execute(run("a", 2), after: .zero))
    }

    @Test func `what kills every supervisor is not fed for ever`() {
        let plan = plan(StepRules(id: "a", work: .supervised, doubt: .retry))
        func doubted(_ number: Int) -> RunState {
            state(
                .intended(run("a", number)), .started(run("a", number)),
                .doubted(run("a", number), reason: "lost"))
        }
        #expect(doubted(2).next(plan) == .execute(run("a", 3), after: .zero))
        #expect(doubted(3).next(plan) == .suspend(.doubt("a", reason: "lost")))
    }

    @Test func `a doubtful reset runs again`() {
        let plan = plan(StepRules(id: "a", work: .supervised, hasReset: true, doubt: .retry))
        let reset = Attempt(step: "a", purpose: .reset, number: 1)
        let state = state(
            .intended(run("a")), .started(run("a")), .doubted(run("a"), reason: "x"), .intended(reset),
            .started(reset),
            .doubted(reset, reason: "x"))
        #expect(
            state.next(plan) == .execute(Attempt(step: "a", purpose: .reset, number: 2), after: .zero))
    }

    @Test func `retries are counted, delayed, and end`() {
        let retry = StepRules.Retry(max: 2, delay: .seconds(30), backoff: 2, exitCodes: [7])
        let plan = plan(StepRules(id: "a", work: .supervised, retry: retry))
        func failed(_ attempts: Int, code: Int) -> RunState {
            state(
                .intended(run("a", attempts)), .started(run("a", attempts)),
                .failed("a", reason: "r", code: code))
        }
        #expect(failed(1, code: 7).next(plan) == .execute(run("a", 2), after: .seconds(30)))
        #expect(failed(2, code: 7).next(plan) == .execute(run("a", 3), after: .seconds(60)))
        #expect(failed(3, code: 7).next(plan) == .suspend(.held("a", reason: "r")))
        #expect(failed(1, code: 8).next(plan) == .suspend(.held("a", reason: "r")))
        #expect(retry.delay(beforeAttempt: 60) == StepRules.Retry.delayMax)
    }

    @Test func `a failure holds, stops, goes on, jumps or rolls back, as declared`() {
        func next(_ policy: StepRules.FailurePolicy) -> RunAction {
            let plan = RunPlan(steps: [
                StepRules(id: "a", work: .supervised, failure: policy), StepRules(id: "b", work: .supervised),
                StepRules(id: "c", work: .supervised),
            ])
            return state(.intended(run("a")), .started(run("a")), .failed("a", reason: "r", code: 1)).next(
                plan)
        }
        #expect(next(.hold) == .suspend(.held("a", reason: "r")))
        #expect(next(.stop) == .close(.stopped))
        #expect(next(.proceed) == .begin("b"))
        #expect(next(.jump("c")) == .skip("b", reason: "step a failed and leads to step c"))
        #expect(next(.rollback) == .beginRollback("a", reason: "r"))
    }

    @Test func `a held step that a person releases is tried again`() {
        let state = state(
            .intended(run("a")), .started(run("a")), .failed("a", reason: "r", code: 1),
            .released("a", reason: "ok"))
        #expect(state.next(plan) == .execute(run("a", 2), after: .zero))
    }

    @Test func `rollback takes effects back in reverse order, of failed steps too`() {
        var state = state(
            .intended(run("a")), .started(run("a")), .done("a", outputs: [:]), .intended(run("b")),
            .started(run("b")),
            .failed("b", reason: "r", code: 1), .rollbackBegan(reason: "r"))
        for step in ["b", "a"] as [StepID] {
            let undo = Attempt(step: step, purpose: .undo, number: 1)
            #expect(state.next(plan) == .execute(undo, after: .zero))
            state.apply(.intended(undo))
            #expect(state.next(plan) == .start(undo))
            state.apply(.started(undo))
            #expect(state.next(plan) == .recover(undo))
            state.apply(.ended(undo, .succeeded))
            #expect(state.next(plan) == .conclude(undo, .succeeded))
            state.apply(.undone(step))
        }
        #expect(state.next(plan) == .close(.rolledBack))
    }

    @Test func `a rollback that leaves an effect says so`() {
        let plan = plan(StepRules(id: "a", work: .supervised))
        let acted = state(
            .intended(run("a")), .started(run("a")), .failed("a", reason: "r", code: 1),
            .rollbackBegan(reason: "r"))
        #expect(acted.next(plan) == .close(.rollbackIncomplete))
        let untouched = state(
            .intended(run("a")), .rollbackBegan(reason: "r"),
            .settled(run("a"), tookEffect: false, reason: "never started"))
        #expect(untouched.next(plan) == .close(.rolledBack))
        let reading = self.plan(StepRules(id: "a", work: .supervised, hasEffect: false))
        #expect(acted.next(reading) == .close(.rolledBack))
    }

    @Test func `a rollback looks for what was intended and not heard of`() {
        let plan = plan(StepRules(id: "a", work: .supervised, hasUndo: true))
        var state = state(.intended(run("a")), .rollbackBegan(reason: "r"))
        #expect(state.next(plan) == .recover(run("a")))
        for event in [RunEvent.started(run("a")), .ended(run("a"), .succeeded)] { state.apply(event) }
        #expect(state.next(plan) == .execute(Attempt(step: "a", purpose: .undo, number: 1), after: .zero))
        let transaction = self.plan(StepRules(id: "a", work: .transaction, hasUndo: true))
        var untouched = RunState()
        for event in [RunEvent.intended(run("a")), .rollbackBegan(reason: "r")] { untouched.apply(event) }
        #expect(untouched.next(transaction) == .close(.rolledBack))
    }

    @Test func `a failed undo waits for a person and may be repeated`() {
        let undo = Attempt(step: "a", purpose: .undo, number: 1)
        var state = state(
            .intended(run("a")), .started(run("a")), .done("a", outputs: [:]), .rollbackBegan(reason: "r"),
            .intended(undo), .started(undo), .ended(undo, .failed(code: 1, reason: "u")),
            .failed("a", reason: "u", code: 1))
        #expect(state.next(plan) == .suspend(.undoFailed("a", reason: "u")))
        state.apply(.released("a", reason: "again"))
        #expect(state.next(plan) == .execute(Attempt(step: "a", purpose: .undo, number: 2), after: .zero))
    }

    @Test func `a person's answer is waited for`() {
        let plan = plan(StepRules(id: "a", work: .person))
        #expect(state().next(plan) == .begin("a"))
        #expect(state(.asked("a", expires: nil)).next(plan) == .suspend(.answer("a")))
        #expect(
            state(.asked("a", expires: nil), .answered("a", answer: [:])).next(plan) == .concludeAnswer("a"))
    }

    @Test func `refused consent is asked for anew when a person wants it`() {
        var rules = StepRules(id: "a", work: .person)
        rules.approvals = 2
        let plan = plan(rules)
        var state = state(.asked("a", expires: nil), .approved("a", by: "x"))
        #expect(state.next(plan) == .suspend(.approval("a", given: 1, needed: 2)))
        state.apply(.rejected("a", by: "y", reason: "r"))
        #expect(state.next(plan) == .suspend(.refused("a", reason: "y refused: r")))
        state.apply(.released("a", reason: "again"))
        #expect(state.next(plan) == .ask("a"))
        state.apply(.asked("a", expires: nil))
        #expect(state.next(plan) == .suspend(.approval("a", given: 0, needed: 2)))
        for account in ["x", "y"] { state.apply(.approved("a", by: account)) }
        #expect(state.next(plan) == .concludeAnswer("a"))
        state.apply(.failed("a", reason: "verify", code: nil))
        #expect(state.next(plan) == .suspend(.held("a", reason: "verify")))
    }
}
