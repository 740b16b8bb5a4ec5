internal import Basics
public import ObjectStore
internal import Reactor

/// A wish to carry connections to a pod.
public struct PortForward {
    /// The most ports of a client that names them at the start.
    static let portsMaximum = 64
    private static let dialTimeout = Duration.seconds(10)

    /// The pod.
    public var pod: ObjectKey
    /// Its UID.
    public var uid: String
    /// The ports that the client names at the start; empty if it names them with each connection.
    public var ports: [UInt16]
    let services: any NodeServices

    /// Connects to a port of the pod.
    ///
    /// - Throws: why it cannot be reached, in the kubelet's form.
    @MainLoop func dial(_ port: UInt16) async throws(Failure) -> ByteStream {
        do throws(Failure) {
            return try await services.connect(
                pod: pod,
                uid: uid,
                port: port,
                timeout: Self.dialTimeout
            )
        } catch {
            throw Failure(
                error.code,
                "error forwarding port \(port) to pod \(pod.name), uid \(uid)",
                cause: error.description
            )
        }
    }
}
