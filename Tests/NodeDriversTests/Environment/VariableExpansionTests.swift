import NodeDrivers
import Testing

@Suite("Variable expansion") struct VariableExpansionTests {
    static let variables = [
        "VAR_A": "A", "VAR_B": "B", "VAR_C": "C", "VAR_REF": "$(VAR_A)", "E": "",
    ]

    /// The table of the Kubernetes expansion package, and the cases of section 14.3.
    static let table: [(String, String)] = [
        ("$(VAR_A)", "A"),
        ("___$(VAR_B)___", "___B___"),
        ("___$(VAR_C)", "___C"),
        ("$(VAR_A)-middle", "A-middle"),
        ("$(VAR_A)$(VAR_B)", "AB"),
        ("f000-$VAR_A", "f000-$VAR_A"),
        ("foo\\$(VAR_C)bar", "foo\\Cbar"),
        ("foo\\\\$(VAR_C)bar", "foo\\\\Cbar"),
        ("$$(VAR_A)", "$(VAR_A)"),
        ("$$$$$$(BIG_MONEY)", "$$$(BIG_MONEY)"),
        ("$$$$$$(VAR_A)", "$$$(VAR_A)"),
        ("$$$$$$$(GOOD_ODDS)", "$$$$(GOOD_ODDS)"),
        ("$$$$$$$(VAR_A)", "$$$A"),
        ("$VAR_A)", "$VAR_A)"),
        ("${VAR_A}", "${VAR_A}"),
        ("$(VAR_B_______$(A", "$(VAR_B_______$(A"),
        ("$(VAR_C_______", "$(VAR_C_______"),
        ("$(VAR_A $(VAR_B", "$(VAR_A $(VAR_B"),
        ("$(VAR_DNE)", "$(VAR_DNE)"),
        ("$(VAR_REF)", "$(VAR_A)"),
        ("$(E)|", "|"),
        ("%%$(VAR_REF)--$(VAR_REF)%%", "%%$(VAR_A)--$(VAR_A)%%"),
        ("\n", "\n"),
        ("\\$", "\\$"),
        ("foo$", "foo$"),
        ("$", "$"),
        ("$$", "$"),
        ("$()", "$()"),
        ("", ""),
        ("Grüße $(VAR_A) ✓", "Grüße A ✓"),
        ("$(VAR_A", "$(VAR_A"),
        ("$\\(foo$(VAR_A)", "$\\(fooA"),
    ]

    @Test(arguments: table)
    func `a reference becomes its value`(text: String, expected: String) {
        #expect(VariableExpansion.expand(text) { Self.variables[$0] } == expected)
    }

    @Test func `an expansion takes time in proportion to the text`() {
        let text = String(repeating: "$(", count: 20_000)
        #expect(VariableExpansion.expand(text) { _ in nil } == text)
    }
}
