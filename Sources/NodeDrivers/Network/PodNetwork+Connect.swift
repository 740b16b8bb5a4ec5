public import Basics
public import Reactor
internal import System

extension PodNetwork {
    /// Connects to a port of a pod's own loopback, as its containers do among themselves.
    ///
    /// 127.0.0.1 is tried first, then ::1. Of a pod on the node's network that is the node's loopback.
    /// - Throws: `notFound` if the pod has no network now; `unavailable` if nobody listens; `timedOut`,
    ///   `cancelled`, `exhausted`.
    public func connect(
        podUID: String,
        port: UInt16,
        timeout: Duration
    ) async throws(Failure) -> ByteStream {
        guard let sandbox = sandboxes[podUID], sandbox.isReady else {
            throw Failure(
                .notFound,
                "cannot connect to port \(port) of the pod",
                cause: "it has no network now",
                remedy: "wait until the pod runs"
            )
        }
        let namespace = sandbox.usesHostNetwork ? nil : layout.networkNamespace(ofPod: podUID)
        let deadline = Loop.main.now + timeout
        do throws(Failure) {
            return try await connect("127.0.0.1", port, namespace, deadline)
        } catch {
            guard error.code == .unavailable else { throw error }
            // A server that listens on IPv6 alone.
            do throws(Failure) {
                return try await connect("::1", port, namespace, deadline)
            } catch {}
            throw error
        }
    }

    private func connect(
        _ address: String,
        _ port: UInt16,
        _ namespace: String?,
        _ deadline: Instant
    ) async throws(Failure) -> ByteStream {
        guard let address = SocketAddress(number: address, port: port) else {
            throw Failure(.internalError, "\(address) is no address")
        }
        let left = max(.zero, deadline - Loop.main.now)
        return try await ByteStream.connect(to: address, in: namespace, timeout: left)
    }
}
