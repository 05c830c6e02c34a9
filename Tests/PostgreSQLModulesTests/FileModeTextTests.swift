import ModuleKit
import Testing

@testable import PostgreSQLModules

@Suite struct FileModeTextTests {
    @Test(
        arguments: [
            (JSONValue.string("0640"), 0o640), ("640", 0o640), ("0o600", 0o600), (.int(416), 0o640),
            ("u=rw,g=r,o=", 0o640), ("g+w", 0o664), ("o-r", 0o640), ("a+X", 0o644), ("u+x,a+X", 0o755),
            ("+x", 0o755), ("g+s", 0o2644),
        ] as [(JSONValue, UInt16)])
    func `a mode is digits or changes`(text: JSONValue, mode: UInt16) {
        #expect(FileModeText.mode(text, from: 0o644) == mode)
    }

    @Test(arguments: ["", "0999", "77777", "u=q", "preserve", "u"] as [JSONValue])
    func `what is no mode is none`(text: JSONValue) {
        #expect(FileModeText.mode(text, from: 0o644) == nil)
    }
}
