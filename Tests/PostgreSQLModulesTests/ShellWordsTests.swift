import ModuleKit
import Testing

@testable import PostgreSQLModules

@Suite struct ShellWordsTests {
    @Test(arguments: [
        ("", []), ("  ", []), ("-n public", ["-n", "public"]), ("-t 'a b'\t-O", ["-t", "a b", "-O"]),
        (#"-t "a b" --x="y z""#, ["-t", "a b", "--x=y z"]), (#"-t '"Odd Name"'"#, ["-t", #""Odd Name""#]),
        (#"a\ b"#, ["a b"]), (#""a\"b""#, [#"a"b"#]), ("''", [""]), ("'$x' 'a|b'", ["$x", "a|b"]),
        (#""\$x""#, ["$x"]), (#""\n""#, [#"\n"#]), ("-t foo*", ["-t", "foo*"]),
    ])
    func `a text is split as a shell splits it`(text: String, words: [String]) throws {
        #expect(try ShellWords.words(of: text, option: "target_opts") == words)
    }

    @Test(arguments: ["a | b", "a > b", "$HOME", "`id`", "\"$HOME\"", "a; b", "a & b", "'never", "\"never"])
    func `what only a shell can do is refused by the option's name`(text: String) {
        let failure = #expect(throws: ModuleFailure.self) {
            try ShellWords.words(of: text, option: "target_opts")
        }
        guard case .impossible(let message, _)? = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(message.contains("target_opts"))
        #expect(message.contains(text))
    }

    @Test func `a command can be pasted and split again`() throws {
        let words = ["pg_dump", "--dbname=it's", "a b", "", "$x", "plain-1.2:/x=y"]
        let command = ShellWords.command(words)
        #expect(command == #"pg_dump '--dbname=it'\''s' 'a b' '' '$x' plain-1.2:/x=y"#)
        #expect(try ShellWords.words(of: command, option: "o") == words)
    }
}
