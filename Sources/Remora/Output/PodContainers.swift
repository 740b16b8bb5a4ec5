internal import Basics
internal import Formats

/// The containers of a pod object, and which of them a command means.
///
/// Source: `kubectl/pkg/cmd/util/podcmd/podcmd.go`.
struct PodContainers {
    /// Names in the order init, regular, ephemeral.
    let all: [String]
    private let regular: [String]
    /// As kubectl lists them when it has to choose: the kinds behind the names.
    private let choices: [String]
    private let preferred: String?

    /// The containers of a pod.
    init(_ pod: JSON) {
        func names(_ list: String) -> [String] {
            (pod["spec"]?[list]?.array ?? []).compactMap { $0["name"]?.string }
        }
        regular = names("containers")
        let (initial, ephemeral) = (names("initContainers"), names("ephemeralContainers"))
        all = initial + regular + ephemeral
        choices = regular + ephemeral.map { $0 + " (ephem)" } + initial.map { $0 + " (init)" }
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
            note("Defaulted container \"\(first)\" out of: \(choices.joined(separator: ", "))")
        }
        return first
    }
}
