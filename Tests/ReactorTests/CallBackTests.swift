import Basics
import Foundation
import System
import Testing

@testable import Reactor

@Suite("Call-backs", .serialized, .timeLimit(.minutes(1))) struct CallBackTests {
    @Test @MainLoop func `alarms go off once, in the order of their instants`() async throws {
        var rung: [Int] = []
        let start = Loop.main.now
        let alarms = [30, 10, 20].map { delay in
            Alarm(at: start + .milliseconds(delay)) { rung.append(delay) }
        }
        try await Loop.main.sleep(until: start + .milliseconds(60))
        #expect(rung == [10, 20, 30])
        for alarm in alarms { alarm.cancel() }
        #expect(rung.count == 3)
    }

    @Test @MainLoop func `a cancelled or dropped alarm does not go off`() async throws {
        var rung: [Int] = []
        let start = Loop.main.now
        let before = Loop.main.waits.count
        let cancelled = Alarm(at: start + .milliseconds(5)) { rung.append(1) }
        var dropped: Alarm? = Alarm(at: start + .milliseconds(5)) { rung.append(2) }
        #expect(dropped != nil)
        cancelled.cancel()
        dropped = nil
        #expect(Loop.main.waits.count == before)
        try await Loop.main.sleep(until: start + .milliseconds(30))
        #expect(rung == [])
    }

    @Test @MainLoop func `a step is repeated with the pauses that it asks for, until it ends`()
        async throws
    {
        var times: [Instant] = []
        let done = AsyncQueue<Bool>(capacity: 1)
        let repeater = Repeater()
        repeater.start {
            times.append(Loop.main.now)
            if times.count == 3 {
                done.send(true)
                return nil
            }
            return .milliseconds(10 * times.count)
        }
        #expect(await done.next() == true)
        try await Loop.main.sleep(for: .milliseconds(30))
        #expect(times.count == 3)
        #expect(times[1] - times[0] >= .milliseconds(10))
        #expect(times[2] - times[1] >= .milliseconds(20))
    }

    @Test @MainLoop func `a repeater that is stopped or dropped takes no further step`()
        async throws
    {
        var steps = 0
        var repeater: Repeater? = Repeater()
        for ends in [{ repeater?.stop() }, { repeater = nil }] as [@MainLoop () -> Void] {
            repeater?.start {
                steps += 1
                return .milliseconds(1)
            }
            while steps == 0 { try await Loop.main.sleep(for: .milliseconds(1)) }
            ends()
            let before = steps
            try await Loop.main.sleep(for: .milliseconds(20))
            // One may have been under way.
            #expect(steps <= before + 1)
            steps = 0
        }
    }

    @Test @MainLoop func `the end of a process is told once, also of one that is no child`()
        async throws
    {
        let output = try await ChildProcess.run(
            Command("sh", ["-c", "sleep 60 & echo $!"]),
            deadline: .seconds(20)
        )
        .outputText
        let pid = try #require(Int32(output.trimmingCharacters(in: .newlines)))
        let ends = AsyncQueue<Int32>(capacity: 4)
        let watch = try #require(ProcessWatch(pid: pid) { ends.send(pid) })
        var ignored = 0
        var dropped = ProcessWatch(pid: pid) { ignored += 1 }
        #expect(dropped != nil)
        dropped = nil
        #expect(kill(pid, SIGKILL) == 0)
        #expect(await ends.next() == pid)
        watch.cancel()
        await Loop.main.turn()
        #expect(ignored == 0)
        ends.finish()
        #expect(await ends.next() == nil)
    }

    @Test @MainLoop func `there is nothing to watch of a process that does not exist`() {
        #expect(ProcessWatch(pid: Int32.max) {} == nil)
    }
}
