import PodEngine
import PodModel

/// A container's security settings after the pod's have been merged in: the container wins per field.
struct EffectiveSecurity: Hashable {
    var user: Int?
    var group: Int?
    var mustNotBeRoot: Bool
    var seccomp: SeccompProfile?
    var isPrivileged: Bool
    var hasReadOnlyRoot: Bool
    var forbidsNewPrivileges: Bool
    var added: [String]
    var dropped: [String]
    var procIsUnmasked: Bool
    var supplementalGroups: [Int]
    var keepsImageGroups: Bool

    init(pod: Pod, container: Container) {
        let shared = pod.spec.securityContext
        let own = container.securityContext
        user = own?.runAsUser ?? shared.runAsUser
        group = own?.runAsGroup ?? shared.runAsGroup
        mustNotBeRoot = own?.runAsNonRoot ?? shared.runAsNonRoot ?? false
        seccomp = own?.seccompProfile ?? shared.seccompProfile
        isPrivileged = own?.privileged ?? false
        hasReadOnlyRoot = own?.readOnlyRootFilesystem ?? false
        forbidsNewPrivileges = own?.allowPrivilegeEscalation == false
        added = own?.capabilities?.add ?? []
        dropped = own?.capabilities?.drop ?? []
        procIsUnmasked = own?.procMount == "Unmasked"
        supplementalGroups = shared.supplementalGroups + (shared.fsGroup.map { [$0] } ?? [])
        keepsImageGroups = shared.supplementalGroupsPolicy != .strict
    }

    /// The kubelet's check of `runAsNonRoot`, with its texts.
    ///
    /// - Throws: `CreateContainerConfigError`.
    func verifyNonRoot(
        imageUser: String,
        pod: Pod,
        container: Container
    ) throws(StepFailure) {
        guard mustNotBeRoot else { return }
        let name = "\(pod.metadata.name)_\(pod.metadata.namespace)(\(pod.metadata.uid))"
        let place = "(pod: \"\(name)\", container: \(container.name))"
        let message: String
        if let user {
            if user != 0 { return }
            message = "container's runAsUser breaks non-root policy \(place)"
        } else {
            let text = imageUser.split(separator: ":", omittingEmptySubsequences: false).first ?? ""
            guard let uid = text.isEmpty ? 0 : Int(text) else {
                throw StepFailure(
                    reason: "CreateContainerConfigError",
                    message: "container has runAsNonRoot and image has non-numeric user (\(text)), "
                        + "cannot verify user is non-root \(place)"
                )
            }
            if uid != 0 { return }
            message = "container has runAsNonRoot and image will run as root \(place)"
        }
        throw StepFailure(reason: "CreateContainerConfigError", message: message)
    }
}
