import Basics
import Testing

@testable import Proxying

@Suite struct CapabilitiesTests {
    private static func refusal(
        _ change: (inout HTTPSettings, inout ClusterSettings) -> Void
    ) -> String? {
        do {
            try Capabilities.check(simpleConfiguration(change: change))
            return nil
        } catch {
            return error.description
        }
    }

    @Test func `a configuration that can be served is taken`() {
        #expect(Self.refusal { _, _ in } == nil)
    }

    @Test func `the PROXY header goes before HTTP/1 too`() {
        #expect(Self.refusal { _, cluster in cluster.proxyProtocol = 1 } == nil)
    }

    @Test func `what would not be done is refused with its name`() {
        #expect(
            Self.refusal { _, cluster in
                cluster.proxyProtocol = 1
                cluster.version = .http2
            }?
            .hasPrefix("cluster \"app\" cannot be served: the PROXY header") == true
        )
        #expect(Self.refusal { _, cluster in cluster.discovery = .originalDestination } != nil)
        #expect(
            Self.refusal { _, cluster in
                cluster.keepalive = KeepaliveSettings(probes: 128)
            }?
            .contains("its TCP keep-alive is beyond what the kernel takes") == true
        )
    }

    @Test func `HTTP/2 is spoken on either side`() {
        let refusal = Self.refusal { http, cluster in
            http.codec = .http2
            cluster.version = .http2
        }
        #expect(refusal == nil)
    }
}
