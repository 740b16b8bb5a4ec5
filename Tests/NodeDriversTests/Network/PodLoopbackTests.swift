import Basics
import Foundation
import Reactor
import System
import Testing

@testable import NodeDrivers

extension `Pod network` {
    /// Sends back what its first client sends; listens at the address that is named.
    private static let echo = """
        import socket, sys
        kind = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
        client, _ = socket.create_server((sys.argv[1], 80), family=kind).accept()
        client.sendall(client.recv(100))
        """

    @Test @MainLoop func `connects to a pod's own loopback, as port-forward does`() async throws {
        try await withNetwork { layout, network in
            let request = PodNetworkRequest(podUID: "web", namespace: "default", name: "web")
            _ = try await network.create(request)
            let home = try FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/thread-self/ns/net"
            )
            for address in ["127.0.0.1", "::1"] {
                let server = try ChildProcess.start(
                    Command(
                        "nsenter",
                        [
                            "--net=" + layout.networkNamespace(ofPod: "web"), "python3", "-c",
                            Self.echo, address,
                        ]
                    )
                )
                let deadline = Loop.main.now + .seconds(20)
                var connected: ByteStream?
                while connected == nil, Loop.main.now < deadline {
                    connected = try? await network.connect(
                        podUID: "web",
                        port: 80,
                        timeout: .seconds(5)
                    )
                    if connected == nil { try await Loop.main.sleep(for: .milliseconds(20)) }
                }
                let stream = try #require(connected, "\(address)")
                try await stream.write(Array("hello".utf8))
                stream.finishWriting()
                #expect(try await stream.read(deadline: deadline) == Array("hello".utf8))
                stream.close()
                server.signal(9)
            }
            await #expect(
                performing: {
                    try await network.connect(podUID: "web", port: 81, timeout: .seconds(5))
                },
                throws: { ($0 as? Failure)?.code == .unavailable }
            )
            await #expect(
                performing: {
                    try await network.connect(podUID: "none", port: 80, timeout: .seconds(5))
                },
                throws: { ($0 as? Failure)?.code == .notFound }
            )
            #expect(
                try FileManager.default.destinationOfSymbolicLink(
                    atPath: "/proc/thread-self/ns/net"
                ) == home
            )
            try await network.remove(podUID: "web")
        }
    }
}
