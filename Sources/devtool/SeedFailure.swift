import Digests

/// What keeps a data set from being written.
enum SeedFailure: Error, CustomStringConvertible {
    case cannotWrite(path: String, reason: String)
    case folderInUse(path: String)
    case digestRefused(CryptoFailure)

    var description: String {
        switch self {
        case .cannotWrite(let path, let reason): "cannot write \(path): \(reason)"
        case .folderInUse(let path): "\(path) holds something that is not a data set: is it the right folder?"
        case .digestRefused(let failure): "\(failure)"
        }
    }
}
