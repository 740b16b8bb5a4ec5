internal import Formats
internal import ObjectStore

extension NodeAPI {
    /// Prepares a program's streams over a WebSocket; everything that can be refused is refused here,
    /// before the connection changes its protocol.
    func channels(
        _ request: APIRequest,
        _ target: Target,
        _ key: ObjectKey,
        _ subresource: String
    ) throws(APIError) -> APIAnswer {
        let pod = try stored(target.kind, key)
        let containers = PodContainers(pod)
        let container = try containers.chosen(request.parameter("container"), usesFirst: true)
        let phase = pod["status"]?["phase"]?.string ?? ""
        if phase == "Succeeded" || phase == "Failed" {
            throw .badRequest(
                "cannot \(subresource) a container in a completed pod; current phase is \(phase)"
            )
        }
        guard containers.status(container)?["state"]?["running"] != nil else {
            throw .badRequest(
                "container \"\(container)\" in pod \"\(key.name)\" is not running; "
                    + "wait until it has started"
            )
        }
        guard subresource == "exec" || services.canAttach else {
            throw .badRequest(
                "attaching is not supported; use logs -f to follow the output of container "
                    + "\"\(container)\", or exec to run a command in it"
            )
        }
        let command = request.parameters("command")
        if subresource == "exec", command.isEmpty {
            throw .badRequest("you must specify at least 1 command for the container")
        }
        let tty = request.flag("tty")
        let exec = ExecRequest(
            pod: key,
            uid: pod["metadata"]?["uid"]?.string ?? "",
            container: container,
            command: subresource == "exec" ? command : [],
            stdin: request.flag("stdin"),
            stdout: request.flag("stdout"),
            stderr: request.flag("stderr") && !tty,
            tty: tty
        )
        guard exec.stdin || exec.stdout || exec.stderr else {
            throw .badRequest("you must specify at least one of stdin, stdout, stderr")
        }
        guard request.method == "GET" else {
            throw .badRequest(
                "SPDY is not spoken here; use a client that opens WebSockets, such as kubectl 1.30 "
                    + "or newer without KUBECTL_REMOTE_COMMAND_WEBSOCKETS=false"
            )
        }
        return .channels(
            ChannelSession(
                request: exec,
                services: services,
                losesEarlyFrames: request.userAgent.hasPrefix("kubectl")
            )
        )
    }
}
