import FuzzKit
import Glibc

/// What libFuzzer of the Swift toolchain calls: our inputs, mutations and probes under its guidance by coverage.
///
/// Built apart from everything else, by `Tests/Support/fuzz.sh`; libFuzzer brings `main`. `FUZZ_PROBE` says what is probed;
/// with `FUZZ_CORPUS`, a folder, the program only writes the first inputs there.
enum FuzzTarget {
    static let probe: Probe = {
        guard let name = getenv("FUZZ_PROBE").map({ String(cString: $0) }), let probe = Probe(rawValue: name)
        else {
            stop("FUZZ_PROBE must be one of \(Probe.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return probe
    }()

    static let mutator = Mutator(corpus: inputs, seed: 0)

    private static let inputs: [[UInt8]] = {
        guard let inputs = try? Corpus.inputs(of: probe) else { stop("the corpus cannot be read") }
        return inputs
    }()

    static func writeCorpus(to folder: String) -> Never {
        for (index, input) in inputs.enumerated() {
            guard let file = fopen("\(folder)/\(index)", "w"),
                fwrite(input, 1, input.count, file) == input.count,
                fclose(file) == 0
            else { stop("\(folder) cannot be written") }
        }
        exit(0)
    }

    static func tell(_ message: String) {
        let line = Array("fuzz: \(message)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
    }

    private static func stop(_ message: String) -> Never {
        tell(message)
        exit(2)
    }
}

/// Called once, ahead of everything.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
    _ count: UnsafeMutablePointer<CInt>, _ words: UnsafeMutablePointer<UnsafeMutableRawPointer?>
) -> CInt {
    if let folder = getenv("FUZZ_CORPUS") { FuzzTarget.writeCorpus(to: String(cString: folder)) }
    return 0
}

/// Called for each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func probeInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard
        let complaint = FuzzTarget.probe.complaint(of: Array(UnsafeBufferPointer(start: data, count: count)))
    else { return 0 }
    FuzzTarget.tell(complaint)
    abort()
}

/// Called for a new input; the seed decides.
@_cdecl("LLVMFuzzerCustomMutator")
public func mutateInput(
    _ data: UnsafeMutablePointer<UInt8>, _ count: Int, _ countMax: Int, _ seed: CUnsignedInt
) -> Int {
    var mutator = FuzzTarget.mutator.with(seed: UInt64(seed))
    let changed = mutator.changed(Array(UnsafeBufferPointer(start: data, count: count))).prefix(countMax)
    for (index, byte) in changed.enumerated() { data[index] = byte }
    return changed.count
}
