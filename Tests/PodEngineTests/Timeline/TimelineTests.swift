import Basics
import Formats
import PodEngine
import PodModel
import PodSimulation
import Testing

/// Who waited for whom.
@Suite struct TimelineTests {
    static func finished() -> World {
        let pod = Make.pod(
            .never,
            inits: [
                Make.container("init1"), Make.sidecar("side1", startup: Make.probe(failures: 30)),
                Make.sidecar("side2"),
            ],
            [Make.container("regular1", readiness: Make.probe(), hooks: [.postStart, .preStop])]
        )
        var world = World(
            pod,
            [
                "init1": .task(.seconds(2)),
                "side1": Behaviour.server(stops: .seconds(1))
                    .with { $0.startup = .succeedsFrom(.seconds(3)) },
                "side2": .server(stops: .seconds(1)),
                "regular1": Behaviour.server(stops: .seconds(1))
                    .with { $0.preStop = HookScript(takes: .seconds(1)) },
            ]
        )
        world.pass(20)
        world.delete()
        world.mustEnd()
        return world
    }

    static func reasons(_ world: World, _ name: String) -> [String] {
        let page = world.machine.timeline.containers.first { $0.name == name }
        return page?.waits.filter { ($0.to ?? 0) > $0.from }.map(\.reason) ?? []
    }

    @Test func `the waits name what was waited for`() {
        let world = Self.finished()
        #expect(
            Self.reasons(world, "regular1") == [
                "volumes", "pod sandbox", "init container \"init1\"", "sidecar \"side1\" to start",
                "sidecar \"side2\" to start", "image pull",
            ]
        )
        #expect(
            Self.reasons(world, "side1").suffix(2) == [
                "main containers to stop", "sidecar \"side2\" to stop",
            ]
        )
    }

    @Test func `a regular init container is never marked as ready, a sidecar is`() throws {
        let pages = Self.finished().machine.timeline.containers
        let marked = pages.filter { $0.runs.first?.marks[.ready] != nil }.map(\.name)
        #expect(marked == ["side1", "side2", "regular1"])
    }

    @Test func `the marks are in milliseconds since the pod's first event`() throws {
        let world = Self.finished()
        let run = try #require(world.machine.timeline.containers.last?.runs.first)
        let marks = Timeline.Mark.allCases.filter { run.marks[$0] != nil }
        #expect(
            marks == [
                .pulled, .created, .started, .postStartDone, .ready, .killingRequested,
                .preStopDone, .signalSent, .exited,
            ]
        )
        let killing = try #require(run.marks[.killingRequested])
        #expect(killing == 20_000)
        #expect(run.marks[.preStopDone] == 21_000)
        #expect(run.marks[.exited] == 22_000)
        #expect(run.exitCode == 0)
    }

    @Test func `back-offs are told with their length, and old runs are counted when left out`() {
        let pod = Make.pod([Make.container("regular1")])
        var world = World(pod, settings: EngineSettings(timelineRuns: 3)) { _, _ in
            .task(.seconds(1), code: 1)
        }
        world.begin()
        world.pass(200)
        let page = world.machine.timeline.containers.first
        #expect(Self.reasons(world, "regular1").contains("back-off 10s"))
        #expect(Self.reasons(world, "regular1").contains("back-off 1m20s"))
        #expect(page?.runs.count == 3)
        #expect((page?.runsDropped ?? 0) > 0)
        #expect(page?.runs.last?.exitCode == 1)
    }

    @Test func `the JSON carries runs, marks, codes and waits`() throws {
        let json = Self.finished().machine.timeline.json
        let page = try #require(json["containers"]?[0])
        #expect(page["name"]?.string == "init1")
        #expect(page["runs"]?[0]?["exitCode"]?.int == 0)
        #expect(page["runs"]?[0]?["started"]?.int != nil)
        #expect(page["waits"]?[0]?["reason"]?.string == "volumes")
        #expect((json["lengthMilliseconds"]?.int ?? 0) > 20_000)
    }

    @Test func `the bars are as wide as asked and show waiting, running, ready and stopping`() {
        let text = Self.finished().machine.timeline.text(width: 60)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let mains = lines.filter { $0.hasPrefix("regular1") }
        for letter in [".", "=", "!"] { #expect(mains[0].contains(letter), "\(letter)") }
        #expect(mains[0].count == 60)
        #expect(lines.contains { $0.hasPrefix("MS ") && $0.hasSuffix("EXITED (CODE)") })
        #expect(mains[1].hasSuffix("22000 (0)"))
        #expect(lines.contains { $0.contains("for sidecar \"side1\" to start") })
        let narrow = Self.finished().machine.timeline.text(width: 1)
        #expect(narrow.split(separator: "\n").first?.contains("CONTAINER") == true)
    }
}
