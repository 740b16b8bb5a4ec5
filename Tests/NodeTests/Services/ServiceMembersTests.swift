import Formats
import ObjectStore
import TestKit
import Testing

@testable import Node

@Suite("Members of services") struct ServiceMembersTests {
    /// Random services and pods change; the index says what looking at everything would.
    @Test(arguments: 0..<40)
    func `the index agrees with a look at everything`(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var index = ServiceMembers()
        var pods: [ObjectKey: PodEndpoint] = [:]
        var selectors: [ObjectKey: [String: String]] = [:]
        func labels() -> [String: String] {
            var labels: [String: String] = [:]
            for key in ["a", "b", "c"] where Bool.random(using: &random) {
                labels[key] = ["1", "2"].randomElement(using: &random)
            }
            return labels
        }
        func chosen(_ service: ObjectKey) -> Set<String> {
            guard let selector = selectors[service] else { return [] }
            return Set(
                pods.filter {
                    $0.key.namespace == service.namespace && $0.value.isSelected(by: selector)
                }
                .map(\.value.name)
            )
        }
        for _ in 0..<400 {
            let namespace = ["n", "m"].randomElement(using: &random) ?? "n"
            let number = Int.random(in: 0..<6, using: &random)
            if Bool.random(using: &random) {
                let key = ObjectKey("services", namespace, "s\(number)")
                let found = labels()
                let selector = found.isEmpty ? nil : found
                selectors[key] = selector
                index.set(selector: selector, of: key)
            } else {
                let key = ObjectKey("pods", namespace, "p\(number)")
                let before = selectors.keys.filter { chosen($0).contains(key.name) }
                let old = pods[key]
                let isGone = Int.random(in: 0..<4, using: &random) == 0
                pods[key] =
                    isGone
                    ? nil
                    : PodEndpoint([
                        "metadata": [
                            "name": .string(key.name), "namespace": .string(namespace),
                            "labels": .object(
                                JSONObject(labels().map { ($0.key, JSON.string($0.value)) })
                            ),
                        ],
                        "status": [
                            "podIP": .string("10.0.0.\(Int.random(in: 1...3, using: &random))")
                        ],
                    ])
                let affected = index.set(pod: pods[key], key)
                let after = selectors.keys.filter { chosen($0).contains(key.name) }
                let expected = Set((before + after).filter { $0.namespace == namespace })
                #expect(affected == (old == pods[key] ? [] : expected))
            }
            for service in selectors.keys {
                #expect(Set(index.pods(of: service).map(\.name)) == chosen(service))
            }
        }
    }
}
