internal import Formats

/// Whether a node is one that a pod asks for: its node selector and its required node affinity.
///
/// Source: `GetRequiredNodeAffinity` in `component-helpers/scheduling/corev1/nodeaffinity`.
enum NodeAffinity {
    /// Whether a node has the labels and fields that a pod's spec requires.
    static func holds(_ spec: JSON?, on node: JSON) -> Bool {
        let name = node["metadata"]?["name"]?.string ?? ""
        let labels = node["metadata"]?["labels"]
        let chosen = (spec?["nodeSelector"]?.object?.members ?? [])
            .allSatisfy { labels?[$0.key]?.string == $0.value.string }
        let required = spec?["affinity"]?["nodeAffinity"]?[
            "requiredDuringSchedulingIgnoredDuringExecution"
        ]
        let terms = required?["nodeSelectorTerms"]?.array
        return chosen && (terms.map { $0.contains { fits($0, labels, name) } } ?? true)
    }

    private static func fits(_ term: JSON, _ labels: JSON?, _ name: String) -> Bool {
        let expressions = term["matchExpressions"]?.array ?? []
        let fields = term["matchFields"]?.array ?? []
        // A term without conditions chooses no node.
        guard !expressions.isEmpty || !fields.isEmpty else { return false }
        return expressions.allSatisfy { meets($0, labels?[$0["key"]?.string ?? ""]?.string) }
            && fields.allSatisfy { meets($0, $0["key"]?.string == "metadata.name" ? name : nil) }
    }

    private static func meets(_ requirement: JSON, _ value: String?) -> Bool {
        let values = (requirement["values"]?.array ?? []).compactMap(\.string)
        func compare(_ isGreater: Bool) -> Bool {
            guard let value = value.flatMap({ Int($0) }),
                let limit = values.first.flatMap({ Int($0) })
            else { return false }
            return isGreater ? value > limit : value < limit
        }
        switch requirement["operator"]?.string {
        case "In": return value.map(values.contains) ?? false
        case "NotIn": return value.map { !values.contains($0) } ?? true
        case "Exists": return value != nil
        case "DoesNotExist": return value == nil
        case "Gt": return compare(true)
        case "Lt": return compare(false)
        default: return false
        }
    }
}
