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
