import Basics
import Reactor
import System
import Testing

@Suite("Many datagrams at once") struct DatagramBatchTests {
    @Test @MainLoop func `what was sent comes in order, and what is too long is cut and counted`()
        async throws
    {
        let inlet = try DatagramSocket.bind(host: "127.0.0.1", port: 0)
        inlet.countLost()
        let address = try #require(SocketAddress(number: "127.0.0.1", port: inlet.port))
        let outlet = try DatagramSocket.connect(to: address)
        let sent: [[UInt8]] = [[1], [], [2, 2], [UInt8](repeating: 3, count: 20)]
        for bytes in sent { try await outlet.send(bytes) }
        let batch = DatagramBatch(count: 3, size: 8)
        var found: [[UInt8]] = []
        while found.count < sent.count {
            try await inlet.receive(into: batch, deadline: Loop.main.now + .seconds(10))
            for index in 0..<batch.count { found.append(Array(batch.bytes[batch.range(index)])) }
        }
        #expect(found == sent.map { Array($0.prefix(8)) })
        #expect(batch.truncated == 1)
        #expect(batch.lost == 0)
    }

    @Test @MainLoop func `datagrams that have no room in the kernel are counted`() async throws {
        let inlet = try DatagramSocket.bind(host: "127.0.0.1", port: 0)
        inlet.countLost()
        let address = try #require(SocketAddress(number: "127.0.0.1", port: inlet.port))
        let outlet = try DatagramSocket.connect(to: address)
        let bytes = [UInt8](repeating: 7, count: 60_000)
        let batch = DatagramBatch(count: 64, size: 16)
        var came = 0
        for _ in 0..<2000 { try await outlet.send(bytes) }
        func take() async throws {
            while (try? await inlet.receive(into: batch, deadline: Loop.main.now)) != nil {
                came += batch.count
            }
        }
        try await take()
        // The number comes with the next datagram.
        try await outlet.send([1])
        try await take()
        #expect(batch.lost > 0)
        #expect(came + Int(batch.lost) == 2001)
    }
}
