import Basics
import System
import Testing

@testable import Reactor

@Suite("Byte streams", .timeLimit(.minutes(1))) struct ByteStreamTests {
    @Test @MainLoop func `what one end writes the other end reads`() async throws {
        let (left, right) = ByteStream.pair()
        try await left.write([1, 2, 3])
        left.finishWriting()
        #expect(try await right.read() == [1, 2, 3])
        #expect(try await right.read() == [])
    }

    @Test @MainLoop func `an echo of more than any buffer holds arrives whole`() async throws {
        let (client, server) = ByteStream.pair()
        let sent = (0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let echo = Task { @MainLoop in
            while true {
                let bytes = try await server.read()
                if bytes.isEmpty { break }
                try await server.write(bytes)
            }
            server.close()
        }
        let writer = Task { @MainLoop in
            try await client.write(sent)
            client.finishWriting()
        }
        var received: [UInt8] = []
        while true {
            let bytes = try await client.read()
            if bytes.isEmpty { break }
            received += bytes
        }
        try await writer.value
        try await echo.value
        #expect(received == sent)
    }

    @Test @MainLoop func `a stream without a task is told when to try again`() async throws {
        let (left, right) = ByteStream.pair()
        #expect(try left.readNow() == nil)
        var told: [String] = []
        try left.call(when: .reading) { told.append("replaced") }
        try left.call(when: .reading) { told.append("left reads") }
        var sent = 0
        let piece = [UInt8](repeating: 7, count: 60_000)[...]
        while true {
            let count = try right.writeNow(piece)
            if count == 0 { break }
            sent += count
        }
        try right.call(when: .writing) { told.append("right writes") }
        while told.isEmpty { await Loop.main.turn() }
        #expect(told == ["left reads"])
        var received = 0
        while let bytes = try left.readNow() { received += bytes.count }
        #expect(received == sent)
        while told.count < 2 { await Loop.main.turn() }
        #expect(told == ["left reads", "right writes"])
        // Forgotten, it is a task's again.
        try left.call(when: .reading) { told.append("forgotten") }
        left.forgetCall(.reading)
        right.close()
        #expect(try await left.read().isEmpty && left.readNow() == [])
        left.close()
        #expect(throws: Failure.self) { try left.readNow() }
        #expect(throws: Failure.self) { try left.writeNow([1]) }
        #expect(throws: Failure.self) { try left.call(when: .writing) {} }
        await Loop.main.turn()
        #expect(told.count == 2)
    }

    @Test @MainLoop func `a closed or dropped stream calls nobody back`() async throws {
        var told = 0
        do {
            let (left, right) = ByteStream.pair()
            try left.call(when: .reading) { told += 1 }
            try right.call(when: .reading) { told += 1 }
            left.close()
        }
        for _ in 0..<3 { await Loop.main.turn() }
        #expect(told == 0)
    }

    @Test @MainLoop func `a read ends at its deadline and loses nothing`() async throws {
        let (left, right) = ByteStream.pair()
        let failure = await #expect(throws: Failure.self) {
            try await left.read(deadline: Loop.main.now + .milliseconds(2))
        }
        #expect(failure?.code == .timedOut)
        try await right.write([9])
        #expect(try await left.read() == [9])
    }

    @Test @MainLoop func `a read ends when its task is cancelled`() async {
        let (left, right) = ByteStream.pair()
        let reader = Task { @MainLoop in try await left.read() }
        await Task.yield()
        reader.cancel()
        let failure = await #expect(throws: Failure.self) { try await reader.value }
        #expect(failure?.code == .cancelled)
        right.close()
    }

    @Test @MainLoop func `a write that nobody reads ends at its deadline`() async {
        let (left, right) = ByteStream.pair()
        let failure = await #expect(throws: Failure.self) {
            let bytes = [UInt8](repeating: 0, count: 10_000_000)
            try await left.write(bytes, deadline: Loop.main.now + .milliseconds(5))
        }
        #expect(failure?.code == .timedOut)
        right.close()
    }

    @Test @MainLoop func `closing ends a read that waits`() async {
        let (left, right) = ByteStream.pair()
        let reader = Task { @MainLoop in try await left.read() }
        await Task.yield()
        left.close()
        let failure = await #expect(throws: Failure.self) { try await reader.value }
        #expect(failure?.code == .cancelled)
        #expect(left.descriptor == -1)
        right.close()
    }

    @Test @MainLoop func `writing to a closed peer is a failure, not the end of the process`() async
    {
        let (left, right) = ByteStream.pair()
        right.close()
        let failure = await #expect(throws: Failure.self) { try await left.write([1]) }
        #expect(failure?.code == .unavailable)
    }

    @Test @MainLoop func `a released stream leaves its descriptor open`() throws {
        let (left, right) = ByteStream.pair()
        let number = try left.release()
        #expect(try Descriptors.write(number, [1]) == 1)
        Descriptors.close(number)
        right.close()
        #expect(throws: Failure.self) { try left.release() }
    }

    @Test @MainLoop func `a dropped stream closes its descriptor`() async throws {
        let (left, right) = ByteStream.pair()
        var dropped: ByteStream? = left
        _ = consume left
        #expect(dropped != nil)
        dropped = nil
        #expect(try await right.read() == [])
    }

    @Test @MainLoop func `a stream that is always ready lets others run`() async throws {
        let zero = try Descriptors.open("/dev/zero").release()
        let stream = ByteStream(adopting: zero)
        var others = 0
        let other = Task { @MainLoop in
            for _ in 0..<5 {
                others += 1
                await Task.yield()
            }
        }
        for _ in 0..<200 { _ = try await stream.read(upTo: 16) }
        #expect(others == 5)
        await other.value
    }
}
