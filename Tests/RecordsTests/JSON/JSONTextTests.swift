import Basics
import Testing

@testable import Records

@Suite("JSON text") struct JSONTextTests {
    // As serde_json writes them.
    @Test(
        arguments: [
            (0.0, "0.0"), (-0.0, "-0.0"), (1.0, "1.0"), (-1.5, "-1.5"), (0.1, "0.1"),
            (123.456, "123.456"),
            (1e15, "1000000000000000.0"), (1e16, "1e16"), (1.5e16, "1.5e16"),
            (1_234_567_890_123_456, "1234567890123456.0"),
            (12_345_678_901_234_568, "1.2345678901234568e16"),
            (0.0001, "0.0001"), (0.00001, "0.00001"), (0.000001, "1e-6"), (1.25e-7, "1.25e-7"),
            (1e300, "1e300"), (.leastNonzeroMagnitude, "5e-324"),
            (1.7976931348623157e308, "1.7976931348623157e308"),
            (0.3, "0.3"), (100, "100.0"), (.infinity, "null"),
        ] as [(Double, String)]
    )
    func `a float is written as serde_json does`(_ number: Double, _ text: String) {
        #expect(String(decoding: JSONText().bytes(of: .float(number)), as: UTF8.self) == text)
    }

    @Test(
        arguments: [
            (Int64(0), "0"), (-7, "-7"), (.max, "9223372036854775807"),
            (.min, "-9223372036854775808"),
        ] as [(Int64, String)]
    )
    func `a whole number is written`(_ number: Int64, _ text: String) {
        #expect(String(decoding: JSONText().bytes(of: .integer(number)), as: UTF8.self) == text)
    }

    @Test(
        arguments: [
            (Int64(1_700_000_000_000_000_000), "2023-11-14T22:13:20Z"),
            (1_700_000_000_120_000_000, "2023-11-14T22:13:20.120Z"),
            (1_700_000_000_000_120_000, "2023-11-14T22:13:20.000120Z"),
            (1_700_000_000_000_000_001, "2023-11-14T22:13:20.000000001Z"),
            (-1, "1969-12-31T23:59:59.999999999Z"), (.min, "1677-09-21T00:12:43.145224192Z"),
            (.max, "2262-04-11T23:47:16.854775807Z"),
        ] as [(Int64, String)]
    )
    func `a time is written with the digits it needs`(_ time: Int64, _ text: String) {
        let value = Value.timestamp(Timestamp(nanoseconds: time))
        #expect(String(decoding: JSONText().bytes(of: value), as: UTF8.self) == "\"\(text)\"")
    }

    @Test func `texts are escaped as they must be`() {
        let value = Value.text("a\"\\\n\r\t\u{8}\u{c}\u{1}\u{7f}/ä🦀 and some more plain text")
        let plain = String(decoding: JSONText().bytes(of: value), as: UTF8.self)
        #expect(plain == #""a\"\\\n\r\t\b\f\u0001\#u{7f}/ä🦀 and some more plain text""#)
        let ascii = JSONText(escapesNonASCII: true).bytes(of: value)
        let escaped = #""a\"\\\n\r\t\b\f\u0001\#u{7f}/\u00e4\ud83e\udd80 and some more plain text""#
        #expect(String(decoding: ascii, as: UTF8.self) == escaped)
    }

    @Test func `what is no UTF-8 is replaced as Rust's lossy texts are`() {
        let value = Value.bytes(
            Bytes([0x61, 0xFF, 0xF0, 0x9F, 0xA6, 0x62, 0xC3, 0xED, 0xA0, 0x80])
        )
        let text = String(decoding: JSONText().bytes(of: value), as: UTF8.self)
        #expect(text == "\"a\u{FFFD}\u{FFFD}b\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\"")
    }

    @Test func `fields come in order or sorted, and pretty`() {
        let value = Value.object([
            "b": .array([.integer(1), .null]), "a": .object([:]), "c": .array([]),
            "r": .regex("^a"),
        ])
        let own = String(decoding: JSONText().bytes(of: value), as: UTF8.self)
        #expect(own == #"{"b":[1,null],"a":{},"c":[],"r":"^a"}"#)
        let form = JSONText(sortsKeys: true, isPretty: true)
        let pretty = String(decoding: form.bytes(of: value), as: UTF8.self)
        #expect(
            pretty == """
                {
                  "a": {},
                  "b": [
                    1,
                    null
                  ],
                  "c": [],
                  "r": "^a"
                }
                """
        )
    }
}
