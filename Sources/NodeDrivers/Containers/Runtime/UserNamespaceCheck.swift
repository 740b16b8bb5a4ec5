import Basics
import PodEngine
import PodModel
import System

/// What must be so that a container can run in the user namespace of its pod.
///
/// A runtime that finds it out by itself names neither the volume nor what helps.
struct UserNamespaceCheck {
    var request: ContainerRequest
    /// The file on which the user namespace is pinned.
    var users: String
    /// Who the container's process is.
    var user: ProcessUser

    /// Throws `CreateContainerError` for the first thing that is not as it must be.
    func run() throws(StepFailure) {
        try checkNumbers()
        try checkWay(to: request.rootfs)
        for mount in request.mounts {
            try check(mount.source, "volume \"\(volume(of: mount))\" at \(mount.destination)")
        }
        let others = [
            request.hostsFile, request.hostnameFile, request.resolverFile, request.sharedMemory,
        ]
        for case let file? in others { try check(file, file) }
    }

    private func checkNumbers() throws(StepFailure) {
        guard let id = ([user.uid, user.gid] + user.groups).first(where: { !UserRange.holds($0) })
        else { return }
        throw Self.failure(
            "user or group \(id) does not exist in the user namespace of the pod, which has 0 to "
                + "\(UserRange.count - 1); choose a lower number, or remove hostUsers: false"
        )
    }

    /// The runtime reaches the root file system as a user of the pod.
    private func checkWay(to path: String) throws(StepFailure) {
        var directory = Files.parent(of: path)
        while directory != "/" {
            if let status = try? Files.stat(directory), !isOpen(status) {
                throw Self.failure(
                    "the users of a pod with hostUsers: false cannot pass \(directory); allow it "
                        + "with chmod o+x \(directory), or choose another --root"
                )
            }
            directory = Files.parent(of: directory)
        }
    }

    private func isOpen(_ directory: FileStatus) -> Bool {
        directory.mode & 0o001 != 0
            || directory.mode & 0o010 != 0 && directory.group == request.users?.first
    }

    private func check(_ source: String, _ name: String) throws(StepFailure) {
        do throws(SystemError) {
            if try Mounts.canMap(source, for: users) { return }
        } catch {
            throw Self.failure(
                "cannot show \(name) in the user namespace of the pod: \(error.description)"
            )
        }
        throw Self.failure("cannot show \(name) " + Self.unmappable(source))
    }

    private func volume(of mount: ContainerMount) -> String {
        request.container.volumeMounts.first {
            ContainerMounts.clean($0.mountPath) == mount.destination
        }?.name ?? mount.source
    }

    /// The end of a sentence about a file system that cannot map users.
    static func unmappable(_ source: String) -> String {
        let type = (try? Mounts.table())?.holding(source)?.type ?? "unknown"
        return
            "in the user namespace of the pod: the file system of \(source) (\(type)) cannot map "
            + "users on this kernel; use ext4, xfs, btrfs or tmpfs, or remove hostUsers: false"
    }

    private static func failure(_ message: String) -> StepFailure {
        StepFailure(reason: "CreateContainerError", message: message)
    }
}
