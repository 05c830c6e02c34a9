import RunbookCore

/// Reads the values that a step promised to later ones: from `$RB_OUT`, or from the columns of its first row.
struct OutputReader {
    let folder: AttemptFolder
    let row: [String: RunbookValue]
    let vault: SecretVault

    /// Largest value, in bytes: outputs are facts, not files.
    private static let valueBytesMax = 64 * 1024

    struct Problem: Error {
        let reason: String
    }

    func values(of step: Step) throws(RuntimeFailure) -> Result<[ValueName: RunbookValue], Problem> {
        var values: [ValueName: RunbookValue] = [:]
        for output in step.outputs {
            guard let text = try text(of: output.name) else {
                return .failure(Problem(reason: "output \(output.name) is missing"))
            }
            guard !vault.isShown(in: text) else {
                return .failure(
                    Problem(reason: "output \(output.name) contains a secret, and the journal keeps none"))
            }
            let parameter = Parameter(name: output.name, kind: output.kind)
            switch parameter.value(of: text) {
            case .success(let value): values[output.name] = value
            case .failure(let refusal): return .failure(Problem(reason: "output \(output.name) \(refusal)"))
            }
        }
        return .success(values)
    }

    private func text(of name: ValueName) throws(RuntimeFailure) -> String? {
        if let value = row[name.text] { return value.text }
        let path = "\(folder.outputsPath)/\(name)"
        guard Files.exists(path) else { return nil }
        var bytes = try Files.read(path, limitBytes: Self.valueBytesMax)
        while bytes.last == 0x0A || bytes.last == 0x0D { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
