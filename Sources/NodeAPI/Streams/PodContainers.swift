internal import Formats

/// The containers of a pod as the log and exec paths see them.
struct PodContainers {
    private let name: String
    private let mains: [String]
    private let inits: [String]
    private let pod: JSON

    init(_ pod: JSON) {
        func names(_ list: String) -> [String] {
            pod["spec"]?[list]?.array?.compactMap { $0["name"]?.string } ?? []
        }
        self.pod = pod
        name = pod["metadata"]?["name"]?.string ?? ""
        mains = names("containers")
        inits = names("initContainers") + names("ephemeralContainers")
    }

    /// The container that a request means.
    ///
    /// - Throws: 400 in the API server's words if it must be named, or is not in the pod.
    func chosen(_ wanted: String?, usesFirst: Bool) throws(APIError) -> String {
        if let wanted, !wanted.isEmpty {
            guard mains.contains(wanted) || inits.contains(wanted) else {
                throw .badRequest("container \(wanted) is not valid for pod \(name)")
            }
            return wanted
        }
        let annotations = pod["metadata"]?["annotations"]
        if usesFirst, let name = annotations?["kubectl.kubernetes.io/default-container"]?.string,
            mains.contains(name)
        {
            return name
        }
        if let first = mains.first, mains.count == 1 || usesFirst { return first }
        var message =
            "a container name must be specified for pod \(name), choose one of: "
            + "[\(mains.joined(separator: " "))]"
        if !inits.isEmpty {
            message += " or one of the init containers: [\(inits.joined(separator: " "))]"
        }
        throw .badRequest(message)
    }

    /// The status of a container.
    func status(_ container: String) -> JSON? {
        for list in [
            "containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses",
        ] {
            let statuses = pod["status"]?[list]?.array ?? []
            if let found = statuses.first(where: { $0["name"]?.string == container }) {
                return found
            }
        }
        return nil
    }
}
