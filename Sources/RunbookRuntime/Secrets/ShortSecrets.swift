import Glibc
import RunbookCore

/// Secrets that are too short to be hidden, as far as that is known before a run.
public enum ShortSecrets {
    /// Their names. Commands are not executed for this, and files whose place depends on a parameter are not looked at.
    ///
    /// - Parameter folder: The document's.
    public static func names(
        in document: RunbookDocument, folder: String, environment: (String) -> String?
    ) -> [ValueName] {
        document.secrets.filter { isShort($0.origin, folder, environment) }.map(\.name)
    }

    private static func isShort(
        _ origin: SecretSource.Origin, _ folder: String, _ environment: (String) -> String?
    ) -> Bool {
        switch origin {
        case .command: return false
        case .environment(let name):
            return environment(name.text).map { SecretTexts(Array($0.utf8), isFile: false).hasShortOne }
                ?? false
        case .file(let template):
            do {
                let path = SecretVault.absolute(try template.render(in: Scope()), folder)
                return SecretTexts(try Files.read(path, limitBytes: SecretVault.bytesMax), isFile: true)
                    .hasShortOne
            } catch {
                // Whether the file is there when a run needs it is not for `check` to say.
                return false
            }
        }
    }
}
