public import Basics
internal import Formats
internal import Reactor
internal import System

extension PodNetwork {
    /// Takes down what is left of a pod's sandbox: network, namespaces, shared memory, record.
    ///
    /// Nothing happens for an unknown pod. After a throw the record stays, so that it can be tried
    /// again; what could be released is released all the same.
    public func remove(podUID uid: String) async throws(Failure) {
        guard let record = sandboxes[uid] else { return }
        var failure: Failure?
        if !record.usesHostNetwork, !record.plugins.isEmpty {
            do throws(CNIFailure) {
                try await turnstile.pass { () async throws(CNIFailure) in
                    try await plugins.remove(
                        record.plugins,
                        target(of: record),
                        result: record.result
                    )
                }
            } catch {
                failure = Failure(
                    .unavailable,
                    "cannot detach pod \(record.title) from the network",
                    cause: error.description
                )
            }
        }
        let layout = layout
        do {
            try await Loop.main.offload {
                try Self.release(uid, layout)
            }
            if let failure { throw failure }
            try Files.remove(layout.sandboxRecord(ofPod: uid))
        } catch let problem as Failure {
            throw problem
        } catch let error as SystemError {
            throw Failure("cannot release the namespaces of pod \(record.title)", error)
        } catch {
            throw Failure(.internalError, "cannot take a sandbox down", cause: "\(error)")
        }
        sandboxes[uid] = nil
    }

    /// Removes what belongs to the engine and not to a pod: bridge and masquerading rule.
    ///
    /// They cost nothing and are made again when needed, but an engine that goes for good cleans up.
    /// Nothing happens while there are sandboxes.
    public func dismantle() async throws(Failure) {
        guard sandboxes.isEmpty, settings.configuration == nil else { return }
        _ = await preparation?.result
        guard sandboxes.isEmpty else { return }
        if let subnet = configuration?.subnet ?? readSubnet() {
            try await Masquerade(layout: layout, subnet: subnet).remove()
            await allowance.remove()
        }
        configuration = nil
        do throws(SystemError) {
            try NetworkLinks.removeBridge(layout.bridge)
        } catch {
            throw Failure("cannot remove the bridge \(layout.bridge)", error)
        }
    }

    private nonisolated static func release(_ uid: String, _ layout: NodeLayout) throws(SystemError)
    {
        try NamespaceHolder.release(pin: layout.pidNamespace(ofPod: uid))
        for pin in [
            layout.networkNamespace(ofPod: uid), layout.utsNamespace(ofPod: uid),
            layout.ipcNamespace(ofPod: uid),
        ] {
            try Namespaces.release(pin)
        }
        let memory = layout.sharedMemory(ofPod: uid)
        while try Mounts.unmount(memory, lazily: true) {}
        try Files.remove(memory)
    }
}
