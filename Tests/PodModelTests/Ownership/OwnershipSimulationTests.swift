import Formats
import TestKit
import Testing

@testable import PodModel

/// Many managers, one object, random orders: what must hold whatever happens.
@Suite("Ownership, simulated") struct OwnershipSimulationTests {
    private static func configuration(_ generator: inout SeededGenerator) -> String {
        var lines: [String] = []
        let data = ["a", "b", "c"].filter { _ in Bool.random(using: &generator) }
        if Bool.random(using: &generator) {
            let pairs = data.map { "\($0): \(["x", "y"].randomElement(using: &generator) ?? "x")" }
            lines.append("metadata: {annotations: {\(pairs.joined(separator: ", "))}}")
        }
        let containers = ["p", "q", "r"].shuffled(using: &generator)
            .prefix(Int.random(in: 0...3, using: &generator))
            .map { name in
                var fields = ["name: \(name)"]
                if Bool.random(using: &generator) {
                    fields.append("image: i\(Int.random(in: 1...2, using: &generator))")
                }
                if Bool.random(using: &generator) { fields.append("tty: true") }
                return "{\(fields.joined(separator: ", "))}"
            }
        if !containers.isEmpty {
            lines.append("spec: {containers: [\(containers.joined(separator: ", "))]}")
        }
        return lines.joined(separator: "\n")
    }

    @Test(arguments: 0..<200)
    func `what is applied is there, and nobody owns what is not`(_ seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        var world = OwnershipWorld(kind: "Pod")
        let place = FieldPlace(kind: "Pod")
        for _ in 0..<12 {
            let name = ["me", "you", "it"].randomElement(using: &generator) ?? "me"
            let text = Self.configuration(&generator)
            if Int.random(in: 0..<4, using: &generator) == 0 {
                try world.take(.update(name, text))
            } else {
                try world.take(.apply(name, text, isForced: true))
                // Once more changes nothing, and needs no force.
                let (object, managed) = (world.object, world.managed)
                try world.take(.apply(name, text))
                #expect(world.object == object && world.managed == managed)
                let wanted = try YAML.documents(in: Array(text.utf8)).first?.json ?? [:]
                let there = place.merge(world.object, wanted.object == nil ? [:] : wanted)
                #expect(there == world.object, "seed \(seed): \(text)")
            }
            let object = world.object ?? [:]
            for (manager, entry) in world.managed.entries {
                #expect(!entry.fields.isEmpty)
                for path in entry.fields.paths {
                    #expect(has(object, path[...], place), "seed \(seed): \(manager) owns \(path)")
                }
            }
        }
    }

    private func has(_ value: JSON, _ path: ArraySlice<FieldStep>, _ place: FieldPlace) -> Bool {
        guard let step = path.first else { return true }
        if case .member(let name) = step {
            guard let inner = value[name] else { return false }
            return has(inner, path.dropFirst(), place.member(name))
        }
        let elements = place.elements(of: value.array ?? [], place.granularity(of: value))
        guard let inner = elements[step] else { return false }
        return has(inner, path.dropFirst(), place.element)
    }

    @Test func `more than ten who update become one`() throws {
        var world = OwnershipWorld(kind: "ConfigMap")
        var pairs: [String] = []
        for number in 0..<14 {
            pairs.append("k\(number): v")
            try world.take(.update("m\(number)", "data: {\(pairs.joined(separator: ", "))}"))
        }
        #expect(world.managed.entries.count == ManagedFields.updateManagersMaximum)
        #expect(world.fields(of: "ancient-changes").count == 6)
        #expect(world.fields(of: "m13") == [".data.k13"])
    }
}
