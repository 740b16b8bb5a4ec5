import PodModel

extension ObjectPayload {
    /// The files of a `projected` volume: all its sources, a later one over an earlier one.
    ///
    /// Errors of all sources are reported together. `token` gives the service account token of a path.
    func projected(
        _ source: ProjectedVolumeSource,
        token: (ServiceAccountTokenProjection) throws(VolumeProblem) -> [UInt8]
    ) throws(VolumeProblem) -> FileSet {
        var set = FileSet()
        var problems: [String] = []
        for part in source.sources {
            do throws(VolumeProblem) {
                set.add(try files(of: part, defaultMode: source.defaultMode, token: token))
            } catch {
                problems.append(error.text)
            }
        }
        guard let first = problems.first else { return set }
        // The spelling of Go's aggregated errors.
        let text = problems.count == 1 ? first : "[\(problems.joined(separator: ", "))]"
        throw VolumeProblem(text: text)
    }

    private func files(
        of part: VolumeProjection,
        defaultMode: Int,
        token: (ServiceAccountTokenProjection) throws(VolumeProblem) -> [UInt8]
    ) throws(VolumeProblem) -> FileSet {
        switch part {
        case .configMap(let source):
            return try configMap(
                source.name,
                items: source.items,
                defaultMode: defaultMode,
                isOptional: source.optional ?? false
            )
        case .secret(let source):
            return try secret(
                source.name,
                items: source.items,
                defaultMode: defaultMode,
                isOptional: source.optional ?? false
            )
        case .downwardAPI(let source):
            return try downward(source.items, defaultMode: defaultMode)
        case .serviceAccountToken(let source):
            var set = FileSet()
            let user = Self.commonUser(of: fields.pod)
            let isPrivate = user != nil || fields.pod.spec.securityContext.fsGroup != nil
            let file = ProjectedFile(
                try token(source),
                mode: isPrivate ? 0o600 : UInt32(truncatingIfNeeded: defaultMode),
                user: user
            )
            try Self.add(file, at: source.path, to: &set)
            return set
        case .unsupported(let kind, _):
            throw VolumeProblem(
                text: "projected source \"\(kind)\" is not supported on a single node; use "
                    + "configMap, secret, downwardAPI or serviceAccountToken"
            )
        }
    }

    /// The user that all containers of a pod run as, if the spec says so for each and it is one.
    static func commonUser(of pod: Pod) -> UInt32? {
        let shared = pod.spec.securityContext.runAsUser
        var users: Set<Int> = []
        for container in pod.spec.initContainers + pod.spec.containers {
            guard let user = container.securityContext?.runAsUser ?? shared else { return nil }
            users.insert(user)
        }
        guard users.count == 1, let user = users.first else { return nil }
        return UInt32(exactly: user)
    }
}
