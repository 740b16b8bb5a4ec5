import Basics
import PodEngine
import PodModel
import PodSimulation
import Testing

/// Scripts by container name; a missing one runs on and ends with 0 at once when asked.
typealias Scripts = [String: Behaviour]

extension Behaviour {
    /// Ends by itself after a time.
    static func task(_ lasts: Duration, code: Int = 0) -> Behaviour {
        Behaviour(exitCode: code, lasts: lasts)
    }

    /// Runs on; takes its time to stop.
    static func server(stops stop: Duration? = .zero, code: Int = 0) -> Behaviour {
        Behaviour(stopTime: stop, stopCode: code)
    }
}

extension World {
    init(_ pod: Pod, _ scripts: Scripts) {
        self.init(pod, settings: EngineSettings(hostIPs: ["192.0.2.1"])) { name, _ in
            scripts[name] ?? Behaviour()
        }
        begin()
    }

    /// Lets `seconds` pass.
    mutating func pass(_ seconds: Double) { run(for: .milliseconds(Int64(seconds * 1000))) }

    /// Runs until the pod shows that phase; it must.
    mutating func mustReach(
        _ phase: PodPhase,
        _ location: SourceLocation = #_sourceLocation
    ) {
        let reached = run(for: .seconds(600)) { $0.machine.status.phase == phase }
        #expect(reached, "the pod does not get to \(phase)", sourceLocation: location)
    }

    /// Runs until nothing is left of the pod; it must come to that.
    mutating func mustEnd(
        within limit: Duration = .seconds(3600),
        _ location: SourceLocation = #_sourceLocation
    ) {
        let ended = runToEnd(within: limit)
        #expect(ended, "the pod does not end within \(limit)", sourceLocation: location)
    }

    func container(_ name: String) -> ContainerStatus {
        status.container(named: name) ?? ContainerStatus(name: name)
    }

    func waiting(_ name: String) -> String? { container(name).state?.waiting?.reason }

    func exit(_ name: String) -> ContainerStateTerminated? { container(name).state?.terminated }

    func isRunning(_ name: String) -> Bool { container(name).state?.running != nil }

    func condition(_ type: String) -> PodCondition? { status.condition(type) }

    func seconds(_ kind: Trace.Kind, _ name: String) -> [Double] {
        trace.all(kind, name).map { ($0.at - Instant(nanoseconds: 1_000_000_000_000)).inSeconds }
    }

    func messages(_ reason: String) -> [String] {
        events.filter { $0.reason == reason }.map(\.message)
    }

    /// Nothing the world has seen breaks a rule.
    func expectRules(_ location: SourceLocation = #_sourceLocation) {
        #expect(books.violations == [], sourceLocation: location)
    }
}

let policies: [RestartPolicy] = [.always, .onFailure, .never]
