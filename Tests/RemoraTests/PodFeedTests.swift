import Basics
import Formats
import Reactor
import TestKit
import Testing

@testable import Remora

@Suite("The feed of pods", .timeLimit(.minutes(1))) struct PodFeedTests {
    private typealias Engine = ScriptedEngine

    /// What the next changes are, in words, until nothing comes for the last of them.
    @MainLoop private func words(_ feed: PodFeed, _ count: Int) async -> [String] {
        feed.setTimer(Loop.main.now + .seconds(20))
        var words: [String] = []
        while words.count < count {
            switch await feed.next() {
            case .pod(let pod, _): words.append("pod " + (pod["metadata"]?["name"]?.string ?? ""))
            case .event(let event): words.append(event["message"]?.string ?? "")
            case .silent(let failure): words.append("silent: \(failure)")
            case .interrupted: words.append("interrupted")
            case .ended: return words + ["ended"]
            case .timedOut: return words + ["timed out"]
            }
        }
        return words
    }

    @Test(arguments: ["an error on the stream", "a refused watch", "a broken stream"])
    @MainLoop func `events go on after their stream has ended, and none comes twice`(
        _ way: String
    ) async throws {
        let (one, two) = (Engine.event("one", 11), Engine.event("two", 12))
        let ending: [JSON] = way == "an error on the stream" ? [Engine.expired] : []
        var watches = [Engine.Watch(lines: [Engine.added(one)] + ending)]
        if way == "a refused watch" { watches.append(Engine.Watch(status: 410)) }
        let again: JSON = ["type": "MODIFIED", "object": Engine.event("one", 14)]
        watches.append(
            Engine.Watch(lines: [again, Engine.added(Engine.event("three", 15))], stays: true)
        )
        let engine = try ScriptedEngine(pods: [Engine.pod("p1")], watches: watches)
        let feed = try await PodFeed(engine.client, namespaces: ["default"])
        // The list also holds what has come already.
        engine.events = [two, one]
        engine.version = 13
        #expect(await words(feed, 5) == ["pod p1", "one", "two", "one", "three"])
        #expect(engine.since.first == "10" && engine.since.last == "13", "\(engine.since)")
        engine.stop()
    }

    @Test @MainLoop func `a stream that never lasts is given up with a reason`() async throws {
        let engine = try ScriptedEngine(pods: [Engine.pod("p1")], watches: [])
        let feed = try await PodFeed(engine.client, namespaces: ["default"])
        let words = await words(feed, 2)
        #expect(words.first == "pod p1")
        #expect(words.last?.hasPrefix("silent: events are not shown any more") == true, "\(words)")
        #expect(engine.since.count == EventStream.attempts)
        engine.stop()
    }

    @Test @MainLoop func `an event waits for the first state of its pod`() async throws {
        let early = Engine.Watch(
            lines: [Engine.added(Engine.event("early", 11)), Engine.added(Engine.event("b", 12))],
            stays: true
        )
        let engine = try ScriptedEngine(pods: [], watches: [early])
        let feed = try await PodFeed(engine.client, namespaces: ["default"])
        feed.setTimer(Loop.main.now + .milliseconds(100))
        guard case .timedOut = await feed.next() else {
            Issue.record("an event of an unknown pod came")
            return
        }
        engine.comingPods.send(Engine.pod("p2"))
        engine.comingPods.send(Engine.pod("p1"))
        #expect(await words(feed, 4) == ["pod p2", "pod p1", "early", "b"])
        engine.stop()
    }

    @Test @MainLoop func `the rest about a pod is what has not come, and does not come again`()
        async throws
    {
        let (one, two) = (Engine.event("one", 11), Engine.event("two", 12))
        let engine = try ScriptedEngine(
            pods: [Engine.pod("p1")],
            watches: [
                Engine.Watch(lines: [Engine.added(one)]),
                Engine.Watch(lines: [Engine.added(two), Engine.added(Engine.event("end", 14))]),
            ]
        )
        let feed = try await PodFeed(engine.client, namespaces: ["default"])
        #expect(await words(feed, 2) == ["pod p1", "one"])
        engine.events = [two, one, Engine.event("foreign", 13, about: "p2")]
        let rest = await feed.rest(about: "p1", namespace: "default")
        #expect(rest.compactMap { $0["message"]?.string } == ["two"])
        #expect(await words(feed, 1) == ["end"])
        engine.stop()
    }
}
