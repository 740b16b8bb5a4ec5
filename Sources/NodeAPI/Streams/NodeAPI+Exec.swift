internal import Formats
internal import ObjectStore

extension NodeAPI {
    /// Prepares `exec` and `attach`; everything that can be refused is refused here, before the
    /// connection changes its protocol: `kubectl run -i` relies on it to show the log instead.
    func command(
        _ request: APIRequest,
        _ target: Target,
        _ key: ObjectKey,
        _ subresource: String
    ) throws(APIError) -> APIAnswer {
        guard ["GET", "POST"].contains(request.method) else {
            throw .methodNotAllowed(request.method)
        }
        let pod = try stored(target.kind, key)
        try checkHost(of: pod, key)
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
        return .command(CommandSession(request: exec, services: services))
    }
}
