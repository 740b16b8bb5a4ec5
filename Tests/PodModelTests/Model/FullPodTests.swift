import Formats
import PodModel
import TestKit
import Testing

@Suite("A pod with nearly every field") struct FullPodTests {
    static func tree() throws -> PositionedTree {
        try #require(try YAML.documents(in: FullPod.yaml).first)
    }

    @Test func `it is valid, and what has no effect here is said`() throws {
        let (_, findings) = Validation.check(try Self.tree(), kind: "Pod")
        #expect(findings.filter { !$0.isWarning }.map(\.description) == [])
        #expect(
            Set(findings.map(\.path.description)) == [
                "spec.topologySpreadConstraints", "spec.priorityClassName", "spec.priority",
                "spec.preemptionPolicy", "spec.runtimeClassName", "spec.resourceClaims",
            ]
        )
    }

    @Test func `the typed view loses nothing of it`() throws {
        let (object, _) = Validation.check(try Self.tree(), kind: "Pod")
        let written = try Pod(json: object).json
        #expect(Self.missing(from: written, of: object, FieldPath()) == [])
    }

    /// The paths of values that the first does not have as the second has them.
    static func missing(from view: JSON, of object: JSON, _ path: FieldPath) -> [String] {
        switch object {
        case .object(let members):
            return members.members.flatMap { key, value -> [String] in
                // An empty value and a missing one mean the same.
                let isEmpty = [JSON.object(JSONObject()), [], "", false, 0].contains(value)
                guard let seen = view[key] else {
                    return isEmpty ? [] : [(path + key).description]
                }
                return missing(from: seen, of: value, path + key)
            }
        case .array(let items):
            return items.enumerated().flatMap { index, value in
                missing(from: view[index] ?? .null, of: value, path[index])
            }
        default:
            return view == object ? [] : ["\(path): \(view) instead of \(object)"]
        }
    }

    /// Whatever a document holds: no rule stumbles, and what has no error can be read.
    @Test(arguments: 0..<20)
    func `a document without errors can be read, and none is too strange to check`(
        seed: UInt64
    ) throws {
        var random = SeededGenerator(seed: seed)
        let whole = try Self.tree().json
        for _ in 0..<10 {
            var changed = whole
            for _ in 0...Int.random(in: 0..<3, using: &random) {
                changed = Self.mutate(changed, &random)
            }
            let (object, findings) = Validation.check(PositionedTree(changed), kind: "Pod")
            guard findings.allSatisfy(\.isWarning) else { continue }
            #expect(throws: Never.self, "seed \(seed): \(changed)") { try Pod(json: object) }
        }
    }

    static let strange: [JSON] = [
        .null, true, -1, 99_999_999_999, 1.5, "", "a b", [], [.null], [:], ["x": .null],
        ["name": "app"], "100m", .int(80),
    ]

    /// The document with one place changed: replaced, removed or doubled.
    private static func mutate(_ json: JSON, _ random: inout SeededGenerator) -> JSON {
        switch json {
        case .object(var members)
        where !members.isEmpty && Int.random(in: 0..<8, using: &random) > 0:
            let key = members.keys.randomElement(using: &random) ?? ""
            switch Int.random(in: 0..<20, using: &random) {
            case 0: members[key] = nil
            case 1: members[key + "x"] = members[key]
            default: members[key] = mutate(members[key] ?? .null, &random)
            }
            return .object(members)
        case .array(var items) where !items.isEmpty && Int.random(in: 0..<8, using: &random) > 0:
            let index = Int.random(in: items.indices, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0: items.remove(at: index)
            case 1: items.append(items[index])
            default: items[index] = mutate(items[index], &random)
            }
            return .array(items)
        default:
            return strange.randomElement(using: &random) ?? .null
        }
    }
}
