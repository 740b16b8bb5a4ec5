import Basics
import Reactor
import Records
import Testing

@testable import LogPipeline

@MainLoop @Suite("Graph") struct GraphTests {
    /// Leaves out records of which the text says so, doubles and renames others.
    final class TestStage: Stage {
        func process(_ events: [Event], at moment: Moment, into outlet: Outlet) {
            for event in events {
                var event = event
                switch event.fields["log"] {
                case .text("drop"): outlet.drop(event, .filtered)
                case .text("double"):
                    outlet.pass(outlet.copy(event))
                    outlet.pass(event)
                case .text("again"): outlet.pass(event, by: "emitted")
                default: outlet.pass(event)
                }
            }
        }
    }

    let kit = FlowKit()

    @Test func `a record that two sinks take ends when both have it`() throws {
        let one = KeepingSink("one", kit.books)
        let two = KeepingSink("two", kit.books)
        try kit.graph.add(one, from: [.init("in")])
        try kit.graph.add(two, from: [.init("in")])
        kit.put(kit.events(["a", "b"]), from: "in")
        #expect(kit.books.now.incoming == 4)
        one.deliver()
        #expect(kit.keeper.settled.isEmpty)
        #expect(kit.books.buffered == 2)
        two.deliver()
        #expect(kit.keeper.settled == [1])
        #expect(kit.books.buffered == 0)
    }

    @Test func `a record that no sink takes ends at once and is counted`() throws {
        let sink = KeepingSink("out", kit.books)
        try kit.graph.add(sink, from: [.init("in")], match: TagMatch([.wildcard("app.*")]))
        kit.put(kit.events(["a"], tag: "other"), from: "in")
        #expect(kit.keeper.settled == [1])
        #expect(kit.books.now.left == [.unrouted: 1])
        #expect(kit.books.buffered == 0)
    }

    @Test func `records that a stage does not fit go through in order`() throws {
        let sink = KeepingSink("out", kit.books)
        try kit.graph.add(
            TestStage(),
            id: "stage",
            from: [.init("in")],
            match: TagMatch([.wildcard("x")])
        )
        try kit.graph.add(sink, from: [.init("stage")])
        let all =
            kit.events(["1"], tag: "y") + kit.events(["drop", "2"], tag: "x")
            + kit.events(["drop"], tag: "y")
        kit.put(all, from: "in")
        #expect(sink.texts == ["1", "2", "drop"])
        #expect(kit.books.now.left == [.filtered: 1])
    }

    @Test func `copies are waited for`() throws {
        let sink = KeepingSink("out", kit.books)
        try kit.graph.add(TestStage(), id: "stage", from: [.init("in")])
        try kit.graph.add(sink, from: [.init("stage")])
        kit.put(kit.events(["double", "drop"]), from: "in")
        #expect(sink.texts == ["double", "double"])
        #expect(kit.books.now.incoming == 3)
        sink.deliver()
        #expect(kit.keeper.settled == [1])
        #expect(kit.books.now.incoming == kit.books.now.ended)
    }

    @Test func `a record that goes round in circles leaves`() throws {
        let sink = KeepingSink("out", kit.books)
        try kit.graph.add(
            TestStage(),
            id: "stage",
            from: [.init("in"), .init("stage", door: "emitted")]
        )
        try kit.graph.add(sink, from: [.init("stage")])
        kit.put(kit.events(["again", "a"]), from: "in")
        #expect(sink.texts == ["a"])
        #expect(kit.books.now.left == [.failed: 1])
    }

    @Test func `a joined record stands for all its records`() throws {
        let sink = KeepingSink("out", kit.books)
        try kit.graph.add(sink, from: [.init("in")])
        var events = kit.events(["a", "b"])
        let other = events.removeLast()
        events[0].receipt.join(other.receipt)
        kit.books.source("in") { $0.read += 2 }
        kit.graph.put(events, from: .init("in"), at: FlowKit.start)
        #expect(kit.books.now.sinks["out"]?.received == 2)
        sink.deliver()
        #expect(kit.keeper.settled == [1])
        #expect(kit.books.buffered == 0)
    }

    @Test(arguments: [
        ("a.**", "a", true), ("a.**", "a.b.c", true), ("a.*", "a.b", true), ("a.*", "a.b.c", false),
        ("**", "x.y", true), ("{a,b}.c", "b.c", true), ("{a,b}.c", "c.c", false),
        ("a b.*", "b.x", true),
        ("app-*.log", "app-1.log", true), ("a.**.z", "a.b.c.z", true), ("*", "a", true),
        ("*", "a.b", false),
    ])
    func `fluentd's patterns`(pattern: String, tag: String, fits: Bool) throws {
        #expect(try TagMatcher(TagMatch([.parts(pattern)])).decide(tag) == fits)
    }

    @Test(arguments: [
        ("*", "a.b", true), ("app.*", "app.x.y", true), ("app.*", "app", false),
        ("*b*", "abc", true),
        ("a*c", "abcd", false), ("", "", true), ("a**b", "ab", true),
    ])
    func `fluent bit's patterns`(pattern: String, tag: String, fits: Bool) throws {
        #expect(try TagMatcher(TagMatch([.wildcard(pattern)])).decide(tag) == fits)
    }

    @Test func `an earlier match of fluentd's takes its records away`() throws {
        var match = TagMatch([.parts("**")])
        match.excluded = [.parts("a.**")]
        let matcher = try TagMatcher(match)
        #expect(!matcher.decide("a.b"))
        #expect(matcher.decide("b"))
    }
}
