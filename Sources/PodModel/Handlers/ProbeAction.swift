/// What a probe does; exactly one of these.
public enum ProbeAction: Sendable, Hashable {
    /// Runs a command in the container; exit code 0 is success.
    case exec(ExecAction)
    /// Sends a GET request; 200 to 399 is success.
    case httpGet(HTTPGetAction)
    /// Connects; a made connection is success.
    case tcpSocket(TCPSocketAction)
    /// Asks the gRPC health service; `SERVING` is success.
    case grpc(GRPCAction)
}
