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
        let layout = layout
        let release: @MainLoop @Sendable () async throws -> Void = {
            try await Loop.main.offload { try Self.release(uid, layout) }
        }
        // An interface goes with its namespace. A plugin that removes it there waits long for the
        // kernel, and ours have nothing else to do there.
        let goesFirst = record.plugins.first?["name"]?.string == CNIConfiguration.name(layout)
        let released = goesFirst ? Task { @MainLoop in try await release() } : nil
        let failure = await detach(record, leavesNamespace: goesFirst)
        do {
            if let released { try await released.value } else { try await release() }
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

    /// Has the plugins undo what they did; what they could not undo is the result.
    private func detach(_ record: SandboxRecord, leavesNamespace: Bool) async -> Failure? {
        if record.usesHostNetwork || record.plugins.isEmpty { return nil }
        var target = target(of: record)
        if leavesNamespace { target.namespace = nil }
        do throws(CNIFailure) {
            try await turnstile.pass { () async throws(CNIFailure) in
                try await plugins.remove(record.plugins, target, result: record.result)
            }
            return nil
        } catch {
            return Failure(
                .unavailable,
                "cannot detach pod \(record.title) from the network",
                cause: error.description
            )
        }
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
            layout.ipcNamespace(ofPod: uid), layout.userNamespace(ofPod: uid),
        ] {
            try Namespaces.release(pin)
        }
        let memory = layout.sharedMemory(ofPod: uid)
        while try Mounts.unmount(memory, lazily: true) {}
        try Files.remove(memory)
    }
}
