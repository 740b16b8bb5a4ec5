internal import Basics
internal import Formats
internal import NodeDrivers
internal import ObjectStore
internal import PodEngine
internal import PodModel
internal import StandIn
internal import System

/// Roles of the companion in the place of images that cannot be had.
extension PodWorker {
    /// The failures of pulls after which an image counts as not to be had.
    private static let causes: Set<String> = [
        "ErrImagePull", "ErrImageNeverPull", "RegistryUnavailable",
    ]

    /// What stands in for a container's image; nil if nothing does.
    ///
    /// The failure says why the image cannot be had; it is nil before the image was asked for.
    func standIn(
        for name: String,
        _ image: String,
        after failure: StepFailure?
    ) async -> ImageIdentity? {
        let prefix: String
        switch (node.options.standIn, failure) {
        case (.never, _), (.missing, nil): return nil
        case (.always, nil):
            prefix = "image \"\(image)\" is not asked for (--stand-in=always)"
        case (_, let failure?):
            guard Self.causes.contains(failure.reason) else { return nil }
            prefix = "image \"\(image)\" cannot be had (\(failure.message))"
        }
        guard let request = standInRequest(name) else { return nil }
        let decision = StandInDecision.make(request)
        guard let standIn = decision.standIn else { return nil }
        do throws(Failure) {
            guard let program = try node.companion() else { return nil }
            var identity = try await node.images.companion(program, role: standIn.role)
            identity.message =
                "\(prefix): companion \(standIn.role) stands in: "
                + decision.reasons.joined(separator: "; ")
            return identity
        } catch {
            node.sayOnce("nothing stands in for images that cannot be had: \(error)")
            return nil
        }
    }

    /// Puts the role's words into a container's request, now that all that it depends on is known.
    func stand(
        in role: String,
        _ request: inout ContainerRequest
    ) throws(StepFailure) {
        let name = request.container.name
        guard var container = standInRequest(name) else {
            throw StepFailure(
                reason: "CreateContainerConfigError",
                message: "container \(name) is not in the pod"
            )
        }
        container.command = request.command
        container.args = request.args
        container.resolve(request.environment.map { ($0.name, $0.value) })
        let decision = StandInDecision.make(container)
        guard let standIn = decision.standIn else {
            throw StepFailure(
                reason: "CreateContainerError",
                message: "companion \(role) was to stand in for image \"\(container.image)\", but "
                    + decision.reason
            )
        }
        request.command = standIn.commandLine
        request.args = []
        request.imageConfig.user = standIn.user
        for (name, value) in standIn.environment.sorted(by: { $0.key < $1.key })
        where !request.environment.contains(where: { $0.name == name }) {
            request.environment.append((name, value))
        }
    }

    /// A container of the pod as its manifest has it.
    private func standInRequest(_ name: String) -> StandInRequest? {
        guard let spec = node.store.get(uid: uid)?["spec"],
            let container = StandInRequest.container(named: name, in: spec)
        else { return nil }
        return StandInRequest(container: container, of: spec) { [node, key] name in
            node.store.get(ObjectKey("configmaps", key.namespace, name))
        }
    }
}

extension Node {
    /// The companion's program; nil, and a word about it, if this machine has none.
    func companion() throws(Failure) -> String? {
        if let program = options.companionPlaces.first(where: Files.exists) { return program }
        sayOnce(
            "no companion stands in for images that cannot be had: there is no "
                + options.companionPlaces.joined(separator: ", ")
        )
        return nil
    }

    /// Writes a warning into the engine's log, unless it was the last thing said of stand-ins.
    func sayOnce(_ text: String) {
        guard saidOfStandIns != text else { return }
        saidOfStandIns = text
        journal.warning(text)
    }
}
