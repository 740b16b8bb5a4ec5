import Basics
import Reactor
import System

/// The files of the node that a container in a user namespace of its own is to see, their owners mapped.
///
/// They are shown in a file system in memory only while the runtime makes the container, which has
/// mounts of its own then. Runtimes that map by themselves exist, but the one of this age does not
/// where processes are shared.
struct MappedMounts: Sendable {
    private let place: String

    init(_ layout: NodeLayout, _ id: String) {
        place = layout.mappedMounts(of: id)
    }

    /// Shows the files under their numbers, for the root of these users and nobody else.
    ///
    /// `pin` is the file on which the user namespace is pinned.
    func make(_ sources: [String], for users: UserRange, _ pin: String) throws(SystemError) {
        try release()
        try Files.makeDirectories(place, mode: 0o700)
        try Mounts.tmpfs(at: place, size: 1 << 20, mode: 0o710, options: "gid=\(users.first)")
        for (number, source) in sources.enumerated() {
            let target = place + "/\(number)"
            if Files.isDirectory(source) {
                try Files.makeDirectories(target)
            } else {
                try Files.write(target, [])
            }
            try Mounts.bind(source, at: target, mappedFor: pin)
        }
    }

    /// Takes all of them away; the container keeps its own.
    func release() throws(SystemError) {
        while try Mounts.unmount(place, lazily: true) {}
        try Files.remove(place)
    }
}

extension ContainerRuntime {
    /// Does something while the files that a run wants mapped are there.
    func withMappedMounts<Result: Sendable>(
        of record: ContainerRecord,
        _ body: () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        guard let users = record.users else { return try await body() }
        let mounts = MappedMounts(layout, record.id)
        let pin = layout.userNamespace(ofPod: record.podUID)
        do {
            try await Loop.main.offload { try mounts.make(record.mapped, for: users, pin) }
        } catch {
            _ = try? await Loop.main.offload { try mounts.release() }
            if let error = error as? SystemError {
                throw Failure("cannot show a file in the user namespace of the pod", error)
            }
            throw Failure(
                .internalError,
                "cannot show a file in the user namespace of the pod",
                cause: "\(error)"
            )
        }
        let result: Swift.Result<Result, Failure>
        do throws(Failure) {
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        // Not in this task: it may have been cancelled.
        let release = Task { @MainLoop in
            try? await Loop.main.offload { try mounts.release() }
        }
        await release.value
        return try result.get()
    }
}
