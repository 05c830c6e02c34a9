import Glibc

/// What an operator reads who interrupts the executor: the step goes on, and how the run is taken up.
enum Interruption {
    /// Written by the handler as it is. Set before the handler is installed and never changed or freed afterwards, so that the
    /// handler, which may run at any instant, always finds a whole text.
    nonisolated(unsafe) private static var text: UnsafeMutablePointer<CChar>?

    /// From here on SIGINT and SIGTERM tell the text, and then end the program as they do by themselves.
    static func announce(_ words: String) {
        guard text == nil else { return }
        text = strdup("\n\(words)\n")
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                // Only what may be called in a handler: write, signal, raise.
                if let text = Interruption.text { _ = Glibc.write(STDERR_FILENO, text, strlen(text)) }
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }
}
