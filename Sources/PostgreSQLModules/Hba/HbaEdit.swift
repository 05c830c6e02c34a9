/// Brings rules into a file and out of it, and leaves every other line where and as it is.
struct HbaEdit {
    private(set) var file: HbaFile
    /// Whether a new rule is placed by the order of `HbaRule`; otherwise it comes last.
    let placesRules: Bool
    /// What was done, a line per rule.
    private(set) var messages: [String] = []
    private(set) var removed: [String] = []
    private(set) var added: [String] = []

    /// One rule, or one comment that has a line to itself, that shall be there or not.
    struct Wish: Equatable {
        let subject: Subject
        let isPresent: Bool

        enum Subject: Equatable {
            /// A comment of `nil` leaves the one that is there.
            case rule(HbaRule, comment: String?)
            case comment(String)
        }
    }

    init(_ file: HbaFile, placesRules: Bool) {
        self.file = file
        self.placesRules = placesRules
    }

    /// Whether anything was done.
    var isChanged: Bool { !messages.isEmpty }

    mutating func apply(_ wish: Wish) {
        switch (wish.subject, wish.isPresent) {
        case (.rule(let rule, let comment), true): put(rule, comment)
        case (.rule(let rule, _), false): remove { $0.rule?.key == rule.key }
        case (.comment(let comment), true):
            guard !file.lines.contains(where: { Self.isComment($0, comment) }) else { return }
            insert(
                HbaFile.Line(text: comment, content: .comment(comment)),
                at: placesRules ? headerEnd : file.lines.count)
        case (.comment(let comment), false): remove { Self.isComment($0, comment) }
        }
    }

    /// Replaces all lines by these rules.
    mutating func overwrite(with wishes: [Wish]) {
        var lines = wishes.filter(\.isPresent).map { wish in
            switch wish.subject {
            case .rule(let rule, let comment):
                HbaFile.Line(text: rule.text(comment: comment), content: .rule(rule, comment: comment))
            case .comment(let comment): HbaFile.Line(text: comment, content: .comment(comment))
            }
        }
        if placesRules { lines = Self.sorted(lines) }
        let old = file.lines.filter { $0.content != .blank }
        let isSame = old.count == lines.count && zip(old, lines).allSatisfy(Self.saysTheSame)
        guard !isSame else { return }
        messages.append("Overwriting \(old.count) lines with \(lines.count)")
        removed = old.map(\.text)
        added = lines.map(\.text)
        file.lines = lines
    }

    private static func sorted(_ lines: [HbaFile.Line]) -> [HbaFile.Line] {
        let rules = lines.filter { $0.rule != nil }.sorted { left, right in
            guard let left = left.rule, let right = right.rule else { return false }
            return left < right
        }
        return lines.filter { $0.rule == nil } + rules
    }

    private static func saysTheSame(_ old: HbaFile.Line, _ new: HbaFile.Line) -> Bool {
        switch (old.content, new.content) {
        case (.rule(let old, let oldComment), .rule(let new, let newComment)):
            old == new && (newComment == nil || plain(oldComment) == plain(newComment))
        case (.comment(let old), .comment(let new)): plain(old) == plain(new)
        case (.rule, _), (.comment, _), (.blank, _), (.directive, _): false
        }
    }

    // MARK: Rules

    private mutating func put(_ rule: HbaRule, _ comment: String?) {
        guard let index = file.lines.firstIndex(where: { $0.rule?.key == rule.key }),
            case .rule(let old, let oldComment) = file.lines[index].content
        else {
            let line = HbaFile.Line(text: rule.text(comment: comment), content: .rule(rule, comment: comment))
            insert(line, at: placesRules ? place(for: rule) : file.lines.count)
            return
        }
        let isSameComment = comment == nil || Self.plain(comment) == Self.plain(oldComment)
        guard old != rule || !isSameComment else { return }
        let kept = comment ?? oldComment
        let line = HbaFile.Line(text: rule.text(comment: kept), content: .rule(rule, comment: kept))
        messages.append("Updating rule \(line.text)")
        removed.append(file.lines[index].text)
        added.append(line.text)
        file.lines[index] = line
        if placesRules { removeBlankLines(above: index) }
    }

    /// With `sort_rules` playbooks expect a changed rule to close up with the one above it.
    private mutating func removeBlankLines(above index: Int) {
        let above = file.lines[..<index]
        let start = above.lastIndex { $0.content != .blank }.map { $0 + 1 } ?? 0
        file.lines.removeSubrange(start..<index)
    }

    private mutating func insert(_ line: HbaFile.Line, at index: Int) {
        messages.append("Adding rule \(line.text)")
        added.append(line.text)
        file.lines.insert(line, at: index)
    }

    private mutating func remove(where isMeant: (HbaFile.Line) -> Bool) {
        for line in file.lines where isMeant(line) {
            messages.append("Removing rule \(line.text)")
            removed.append(line.text)
        }
        file.lines.removeAll(where: isMeant)
    }

    // MARK: Places

    /// Before the first rule that is wider, together with the comments right above that one.
    private func place(for rule: HbaRule) -> Int {
        if let wider = file.lines.firstIndex(where: { $0.rule.map { rule < $0 } ?? false }) {
            let start = file.lines[..<wider].lastIndex { !Self.isComment($0) }.map { $0 + 1 } ?? 0
            // Comments at the very top belong to the file.
            return start == 0 ? wider : start
        }
        if let last = file.lines.lastIndex(where: { $0.rule != nil }) { return last + 1 }
        return file.lines.firstIndex { $0.content == .directive } ?? file.lines.count
    }

    private var headerEnd: Int { file.lines.prefix { Self.isComment($0) }.count }

    private static func isComment(_ line: HbaFile.Line) -> Bool {
        if case .comment = line.content { true } else { false }
    }

    private static func isComment(_ line: HbaFile.Line, _ text: String) -> Bool {
        if case .comment(let comment) = line.content { plain(comment) == plain(text) } else { false }
    }

    /// A comment without its sign and the space around it.
    private static func plain(_ comment: String?) -> String? {
        comment.map { String($0.drop { $0 == "#" || $0.isWhitespace }).withoutOuterSpaces }
    }
}
