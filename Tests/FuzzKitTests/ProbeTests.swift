import FuzzKit
import Glibc
import Testing

/// A sample of what `make fuzz` does for longer, from fixed seeds.
struct ProbeTests {
    /// Inputs tried of each probe; `FUZZ_INPUTS` says otherwise.
    private static let count = getenv("FUZZ_INPUTS").flatMap { UInt64(String(cString: $0)) } ?? 2_000

    @Test(arguments: Probe.allCases)
    func `random inputs are survived`(probe: Probe) throws {
        let mutator = Mutator(corpus: try Corpus.inputs(of: probe), seed: 0)
        let note = try #require(SeedNote(probe))
        for seed in 1...Self.count {
            note.write(seed)
            var own = mutator.with(seed: seed)
            let complaint = probe.complaint(of: own.next())
            #expect(complaint == nil, "seed \(seed)")
        }
    }

    @Test(arguments: Probe.allCases)
    func `what was not changed is taken without complaint`(probe: Probe) throws {
        let inputs = try Corpus.inputs(of: probe)
        #expect(inputs.count >= (probe == .document ? 500 : 2))
        for input in inputs { #expect(probe.complaint(of: input) == nil) }
    }

    @Test func `the same seed gives the same input, another one another`() throws {
        let corpus = try Corpus.inputs(of: .document)
        var (one, same, other) = (
            Mutator(corpus: corpus, seed: 7), Mutator(corpus: corpus, seed: 7),
            Mutator(corpus: corpus, seed: 8)
        )
        let input = one.next()
        #expect(input == same.next())
        #expect(input != other.next())
    }
}

/// The seed at hand, kept outside of the process: after a trap, `cat` tells which input it was.
private final class SeedNote {
    private let file: UnsafeMutablePointer<FILE>

    init?(_ probe: Probe) {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        guard let file = fopen("\(folder)/vigie-fuzz-\(probe.rawValue).seed", "w") else { return nil }
        self.file = file
    }

    deinit { fclose(file) }

    func write(_ seed: UInt64) {
        rewind(file)
        fputs("\(seed)\n", file)
        fflush(file)
    }
}
