internal import Basics
internal import Formats
internal import ObjectStore
internal import Reactor

extension NodeAPI {
    /// A container's log as plain text.
    func log(
        _ request: APIRequest,
        _ target: Target,
        _ key: ObjectKey
    ) throws(APIError) -> APIAnswer {
        guard request.method == "GET" else { throw .methodNotAllowed(request.method) }
        let pod = try stored(target.kind, key)
        try checkHost(of: pod, key)
        let containers = PodContainers(pod)
        let container = try containers.chosen(request.parameter("container"), usesFirst: false)
        var log = LogRequest(
            pod: key,
            uid: pod["metadata"]?["uid"]?.string ?? "",
            container: container
        )
        log.follows = request.flag("follow")
        log.isPrevious = request.flag("previous")
        log.withTimestamps = request.flag("timestamps")
        log.tailLines = try request.number("tailLines")
        log.limitBytes = try request.number("limitBytes")
        log.since = try Self.since(request)
        if let lines = log.tailLines, lines < 0 {
            throw .badRequest("tailLines must not be negative")
        }
        try Self.check(containers.status(container), log)
        let services = services
        return .stream(
            APIStream(contentType: "text/plain") { [log] sink in
                // A task of its own, so that the client's leaving ends a log that is followed.
                let work = Task { @MainLoop in
                    try await services.logs(log) { (bytes) async throws(Failure) in
                        try await sink.write(bytes)
                    }
                }
                sink.onClosed { work.cancel() }
                try await withTaskCancellationHandler {
                    try await work.value
                } onCancel: {
                    work.cancel()
                }
            }
        )
    }

    /// Refuses what concerns the containers of a pod that no node has taken.
    func checkHost(of pod: JSON, _ key: ObjectKey) throws(APIError) {
        guard pod["spec"]?["nodeName"]?.string ?? "" == "" else { return }
        throw .badRequest("pod \(key.name) does not have a host assigned")
    }

    private static func since(_ request: APIRequest) throws(APIError) -> Timestamp? {
        if let text = request.parameter("sinceTime"), !text.isEmpty {
            guard let time = Timestamp(rfc3339: text) else {
                throw .badRequest("sinceTime \"\(text)\" is no RFC 3339 time")
            }
            return time
        }
        guard let seconds = try request.number("sinceSeconds") else { return nil }
        guard seconds > 0 else { throw .badRequest("sinceSeconds must be greater than 0") }
        return Loop.main.moment.wall + .seconds(-min(seconds, 1 << 31))
    }

    /// Refuses logs of containers that never ran, in the kubelet's words.
    private static func check(_ status: JSON?, _ log: LogRequest) throws(APIError) {
        let what = "container \"\(log.container)\" in pod \"\(log.pod.name)\""
        if log.isPrevious {
            guard status?["lastState"]?["terminated"] == nil else { return }
            throw .badRequest("previous terminated \(what) not found")
        }
        guard let status else {
            throw .badRequest("\(what) is waiting to start: ContainerCreating")
        }
        guard status["state"]?["running"] == nil, status["state"]?["terminated"] == nil,
            status["lastState"]?["terminated"] == nil
        else { return }
        let waiting = status["state"]?["waiting"]
        let reason = waiting?["reason"]?.string ?? "ContainerCreating"
        if let message = waiting?["message"]?.string,
            reason.contains("Err") || reason.contains("BackOff")
        {
            throw .badRequest("\(what) is waiting to start: \(reason): \(message)")
        }
        throw .badRequest("\(what) is waiting to start: \(reason)")
    }
}
