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

    @Test func `what cannot be enforced is refused with its name`() {
        #expect(
            Self.refusal { _, cluster in cluster.version = .http2 }
                == "cluster \"app\" cannot be served: HTTP/2 to hosts is not spoken yet; "
                + "leave HTTP/2 out: hosts are spoken to in HTTP/1.1"
        )
    }

    @Test func `HTTP/1.0 to hosts is remarked`() {
        var action = ForwardAction(target: .clusters([WeightedCluster(name: "app")]))
        #expect(Capabilities.remarks(on: simpleConfiguration(route: action)) == [])
        action.usesHTTP10 = true
        #expect(Capabilities.remarks(on: simpleConfiguration(route: action)).count == 1)
    }
}
