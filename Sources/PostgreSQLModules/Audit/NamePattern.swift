/// A name with wildcards: `*` stands for any text, `?` for one character, everything else for itself.
struct NamePattern: Hashable, Sendable {
    let text: String

    init(_ text: String) {
        self.text = text
    }

    /// Whether the whole name fits; case counts.
    ///
    /// A star is remembered and given one more character when the rest does not fit: no recursion, at most
    /// pattern times name steps.
    func matches(_ name: String) -> Bool {
        let pattern = Array(text)
        let name = Array(name)
        var patternIndex = 0
        var nameIndex = 0
        var star: (pattern: Int, name: Int)?
        while nameIndex < name.count {
            if patternIndex < pattern.count, pattern[patternIndex] == "*" {
                star = (patternIndex, nameIndex)
                patternIndex += 1
            } else if patternIndex < pattern.count,
                pattern[patternIndex] == "?" || pattern[patternIndex] == name[nameIndex]
            {
                patternIndex += 1
                nameIndex += 1
            } else if let last = star {
                star = (last.pattern, last.name + 1)
                patternIndex = last.pattern + 1
                nameIndex = last.name + 1
            } else {
                return false
            }
        }
        return pattern[patternIndex...].allSatisfy { $0 == "*" }
    }
}
