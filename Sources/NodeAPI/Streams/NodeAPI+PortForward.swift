internal import Formats
internal import ObjectStore

extension NodeAPI {
    /// Prepares `port-forward`; what can be refused is refused before the connection changes its protocol.
    func portForward(
        _ request: APIRequest,
        _ target: Target,
        _ key: ObjectKey
    ) throws(APIError) -> PortForward {
        guard ["GET", "POST"].contains(request.method) else {
            throw .methodNotAllowed(request.method)
        }
        let pod = try stored(target.kind, key)
        let phase = pod["status"]?["phase"]?.string ?? "Unknown"
        guard phase == "Running" else {
            throw .badRequest(
                "unable to forward port because pod is not running. Current status=\(phase)"
            )
        }
        let texts = request.parameters("ports").flatMap { $0.split(separator: ",") }
        var ports: [UInt16] = []
        for text in texts {
            guard let port = UInt16(text), port > 0, ports.count < PortForward.portsMaximum else {
                throw .badRequest(
                    "the ports \(texts.joined(separator: ",")) cannot be forwarded; name at most "
                        + "\(PortForward.portsMaximum) of 1 to 65535"
                )
            }
            ports.append(port)
        }
        let uid = pod["metadata"]?["uid"]?.string ?? ""
        return PortForward(pod: key, uid: uid, ports: ports, services: services)
    }
}
