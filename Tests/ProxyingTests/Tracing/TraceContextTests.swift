import Basics
import HTTP
import Testing

@testable import Proxying

@Suite struct TraceContextTests {
    static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    static let span = "00f067aa0ba902b7"

    private static func context(_ fields: [(String, String)]) -> TraceContext {
        var block = HeaderBlock()
        for (name, value) in fields {
            block.append(name: Array(name.utf8).span, value: Array(value.utf8).span)
        }
        return TraceContext(block)
    }

    @Test(arguments: [
        ("00-\(trace)-\(span)-01", true), ("00-\(trace)-\(span)-00", false),
        ("00-\(trace)-\(span)-03", true), ("01-\(trace)-\(span)-01", true),
        ("cc-\(trace)-\(span)-01-more", true),
    ])
    func `the context of W3C is read`(text: String, isSampled: Bool) {
        let context = Self.context([("traceparent", text)])
        #expect(context.high == 0x4bf9_2f35_77b3_4da6 && context.low == 0xa3ce_929d_0e0e_4736)
        #expect(context.parent == 0x00f0_67aa_0ba9_02b7)
        #expect(context.isSampled == isSampled && context.form == .w3c)
    }

    @Test(arguments: [
        "", "00", "00-\(trace)-\(span)", "00-\(trace)-\(span)-01-more", "ff-\(trace)-\(span)-01",
        "00-\(trace.uppercased())-\(span)-01", "00-00000000000000000000000000000000-\(span)-01",
        "00-\(trace)-0000000000000000-01", "00-\(trace)-\(span)-0x", "00_\(trace)-\(span)-01",
        "01-\(trace)-\(span)-01more",
    ])
    func `what is no context is none`(text: String) {
        #expect(Self.context([("traceparent", text)]) == TraceContext())
    }

    struct Row: Sendable {
        var fields: [(String, String)]
        var isKnown = true
        var parent: UInt64 = 0xf0_67aa_0ba9_02b7
        var isSampled: Bool?
    }

    @Test(arguments: [
        Row(fields: [("b3", "\(trace)-\(span)-1")], isSampled: true),
        Row(fields: [("b3", "\(trace)-\(span)-0-05e3ac9a4f6e3b90")], isSampled: false),
        Row(fields: [("b3", "\(trace)-\(span)-d")], isSampled: true),
        Row(fields: [("b3", "a3ce929d0e0e4736-\(span)")]),
        Row(fields: [("b3", "0")], isKnown: false, parent: 0, isSampled: false),
        Row(fields: [("b3", "nonsense")], isKnown: false, parent: 0),
        Row(fields: [("x-b3-traceid", trace), ("x-b3-spanid", span)]),
        Row(
            fields: [("x-b3-traceid", trace), ("x-b3-spanid", span), ("x-b3-sampled", "1")],
            isSampled: true
        ),
        Row(
            fields: [("x-b3-traceid", trace), ("x-b3-spanid", span), ("x-b3-flags", "1")],
            isSampled: true
        ),
        Row(fields: [("x-b3-sampled", "0")], isKnown: false, parent: 0, isSampled: false),
        Row(fields: [("x-b3-traceid", "12")], isKnown: false, parent: 0),
    ])
    func `B3 is read in both forms`(row: Row) {
        let context = Self.context(row.fields)
        #expect(context.isKnown == row.isKnown)
        #expect(context.parent == row.parent)
        #expect(context.isSampled == row.isSampled)
    }

    @Test(arguments: [
        TraceContext.Form.none, .w3c, .b3, .b3Multi,
    ])
    func `a context goes on in W3C's form and in its own`(form: TraceContext.Form) {
        var context = TraceContext()
        (context.high, context.low, context.parent, context.span) = (1, 2, 3, 4)
        context.isSampled = true
        context.form = form
        var fields = HeaderBlock()
        fields.append(.traceState, value: "a=b")
        var scratch = ByteBuffer()
        context.write(to: &fields, scratch: &scratch)
        func value(_ id: HeaderID) -> String? {
            fields.first(id).map {
                String(decoding: Array(copying: fields.value($0)), as: UTF8.self)
            }
        }
        #expect(
            value(.traceParent) == "00-00000000000000010000000000000002-0000000000000004-01"
        )
        #expect((value(.traceState) != nil) == (form == .w3c))
        #expect(
            value(.b3)
                == (form == .b3
                    ? "00000000000000010000000000000002-0000000000000004-1-0000000000000003"
                    : nil)
        )
        #expect(value(.xB3SpanID) == (form == .b3Multi ? "0000000000000004" : nil))
        #expect(value(.xB3ParentSpanID) == (form == .b3Multi ? "0000000000000003" : nil))
        #expect(value(.xB3Sampled) == (form == .b3Multi ? "1" : nil))
        let isEmpty = scratch.isEmpty
        #expect(isEmpty)
    }
}
