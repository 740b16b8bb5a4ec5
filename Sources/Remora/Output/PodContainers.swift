internal import Basics
internal import Formats

/// The containers of a pod object, and which of them a command means.
///
/// Source: `kubectl/pkg/cmd/util/podcmd/podcmd.go`.
struct PodContainers {
    /// Names in the order init, regular, ephemeral.
    let all: [String]
    private let regular: [String]
    private let preferred: String?

    /// The containers of a pod.
    init(_ pod: JSON) {
        func names(_ list: String) -> [String] {
            (pod["spec"]?[list]?.array ?? []).compactMap { $0["name"]?.string }
        }
        regular = names("containers")
        all = names("initContainers") + regular + names("ephemeralContainers")
        preferred =
            pod["metadata"]?["annotations"]?["kubectl.kubernetes.io/default-container"]?.string
    }

    /// The container asked for, else that of the default-container annotation, else the first
    /// regular one, which is remarked if there is a choice.
    ///
    /// - Throws: `Failure` that lists the containers if the one asked for is none of them.
    func choose(
        _ asked: String?,
        pod: String,
        note: (String) -> Void
    ) throws(Failure) -> String {
        if let asked {
            guard all.contains(asked) else {
                throw Failure(
                    .notFound,
                    "container \"\(asked)\" is not in pod \(pod)",
                    remedy: "its containers are " + all.joined(separator: ", ")
                )
            }
            return asked
        }
        if let preferred {
            if all.contains(preferred) { return preferred }
            note("default container \"\(preferred)\" of the annotation is not in pod \(pod)")
        }
        let first = regular.first ?? ""
        if all.count > 1 {
            note("Defaulted container \"\(first)\" out of: \(all.joined(separator: ", "))")
        }
        return first
    }
}
