/// A pattern as steps of a machine that is in many of them at once.
///
/// Source: Ken Thompson, "Regular Expression Search Algorithm", Communications of the ACM 11(6), 1968.
struct PatternProgram: Sendable {
    private enum Step: Sendable {
        case take(ScalarSet)
        case require(PatternNode.Assertion)
        /// Goes on in both places.
        case fork(Int, Int)
        case jump(Int)
        case accept
    }

    private var steps: [Step] = []
    /// Whether it can begin at the start of the text only.
    private let isBoundToStart: Bool

    init(_ node: PatternNode) throws(PatternProblem) {
        guard node.size < Pattern.stepsMax else {
            throw PatternProblem(
                at: 0, "its repetitions come to more than \(Pattern.stepsMax) steps",
                hint: "would smaller numbers between { and } do?")
        }
        isBoundToStart =
            switch node {
            case .assertion(.start): true
            case .sequence(let parts): if case .assertion(.start)? = parts.first { true } else { false }
            case .one, .assertion, .choice, .repeated: false
            }
        append(node)
        steps.append(.accept)
    }

    private mutating func append(_ node: PatternNode) {
        switch node {
        case .one(let set): steps.append(.take(set))
        case .assertion(let assertion): steps.append(.require(assertion))
        case .sequence(let parts): parts.forEach { append($0) }
        case .choice(let parts): appendChoice(parts)
        case .repeated(let part, let least, let most): appendRepeated(part, least, most)
        }
    }

    private mutating func appendChoice(_ parts: [PatternNode]) {
        var jumps: [Int] = []
        for (index, part) in parts.enumerated() {
            guard index < parts.count - 1 else {
                append(part)
                break
            }
            let fork = steps.count
            steps.append(.fork(fork + 1, 0))
            append(part)
            jumps.append(steps.count)
            steps.append(.jump(0))
            steps[fork] = .fork(fork + 1, steps.count)
        }
        for jump in jumps { steps[jump] = .jump(steps.count) }
    }

    private mutating func appendRepeated(_ part: PatternNode, _ least: Int, _ most: Int?) {
        for _ in 0..<least { append(part) }
        guard let most else {
            let fork = steps.count
            steps.append(.fork(fork + 1, 0))
            append(part)
            steps.append(.jump(fork))
            steps[fork] = .fork(fork + 1, steps.count)
            return
        }
        var forks: [Int] = []
        for _ in least..<max(most, least) {
            forks.append(steps.count)
            steps.append(.fork(0, 0))
            append(part)
        }
        for fork in forks { steps[fork] = .fork(fork + 1, steps.count) }
    }

    // MARK: Matching

    /// A place in the text: between two characters.
    private struct Place {
        var before: Unicode.Scalar?
        var after: Unicode.Scalar?

        func holds(_ assertion: PatternNode.Assertion) -> Bool {
            switch assertion {
            case .start: before == nil
            case .end: after == nil
            case .wordEdge: isWord(before) != isWord(after)
            case .noWordEdge: isWord(before) == isWord(after)
            }
        }

        private func isWord(_ scalar: Unicode.Scalar?) -> Bool {
            scalar.map(ScalarSet.Kind.word.contains) ?? false
        }
    }

    /// The steps that the machine is in, each once.
    private struct States {
        var list: [Int] = []
        var isIn: [Bool]
        var isAccepted = false
        /// Steps to be entered.
        var pending: [Int] = []

        init(_ count: Int) { isIn = [Bool](repeating: false, count: count) }

        mutating func clear() {
            for step in list { isIn[step] = false }
            list.removeAll(keepingCapacity: true)
        }
    }

    func matches(_ text: String.UnicodeScalarView) -> Bool {
        var (now, then) = (States(steps.count), States(steps.count))
        var iterator = text.makeIterator()
        var place = Place(before: nil, after: iterator.next())
        while true {
            if !isBoundToStart || place.before == nil { enter(0, at: place, &now) }
            if now.isAccepted { return true }
            guard let scalar = place.after, !(now.list.isEmpty && isBoundToStart) else { return false }
            place = Place(before: scalar, after: iterator.next())
            for step in now.list {
                guard case .take(let set) = steps[step], set.contains(scalar) else { continue }
                enter(step + 1, at: place, &then)
            }
            now.clear()
            swap(&now, &then)
        }
    }

    /// Goes to a step and on to all that take no character.
    private func enter(_ first: Int, at place: Place, _ states: inout States) {
        states.pending.append(first)
        while let step = states.pending.popLast() {
            guard !states.isIn[step] else { continue }
            states.isIn[step] = true
            states.list.append(step)
            switch steps[step] {
            case .take: break
            case .require(let assertion): if place.holds(assertion) { states.pending.append(step + 1) }
            case .fork(let one, let other): states.pending += [other, one]
            case .jump(let target): states.pending.append(target)
            case .accept: states.isAccepted = true
            }
        }
    }
}
