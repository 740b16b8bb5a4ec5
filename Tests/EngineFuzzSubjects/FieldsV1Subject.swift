import Formats
import PodModel

extension EngineFuzzSubject {
    /// Owned fields: one set in each line, as `fieldsV1` or as a list of `managedFields`.
    ///
    /// What was read is written so that it is read as the same, and sets keep the laws of sets.
    public static let fieldsV1 = EngineFuzzSubject(name: "FieldsV1") { input in
        var sets: [FieldSet] = []
        for line in input.split(separator: 10).prefix(4) {
            guard let json = try? JSON.parse(Array(line)) else { continue }
            if let managed = try? ManagedFields(json: json) {
                guard let again = try? ManagedFields(json: managed.json), again == managed else {
                    return "managed fields change when they are written: \(managed.json)"
                }
            }
            guard let set = try? FieldSet(json: json) else { continue }
            guard let again = try? FieldSet(json: set.json), again == set else {
                return "a set changes when it is written: \(set.json)"
            }
            sets.append(set)
        }
        for left in sets {
            for right in sets {
                if let broken = brokenLaw(left, right) { return broken }
            }
        }
        return nil
    }

    private static func brokenLaw(_ left: FieldSet, _ right: FieldSet) -> String? {
        if left.union(right) != right.union(left) { return "a union has an order" }
        if left.intersection(right) != right.intersection(left) {
            return "an intersection has an order"
        }
        if left.union(left) != left || left.intersection(left) != left {
            return "a set is not its own union or intersection"
        }
        if !left.subtracting(left).isEmpty { return "a set without itself is not empty" }
        let parts = left.subtracting(right).union(left.intersection(right))
        if parts != left { return "\(left.json) is not what is out of and in \(right.json)" }
        for path in left.paths where !left.union(right).contains(path) {
            return "a union lacks \(path)"
        }
        for path in left.intersection(right).paths
        where !left.contains(path) || !right.contains(path) {
            return "an intersection has \(path)"
        }
        return nil
    }
}
