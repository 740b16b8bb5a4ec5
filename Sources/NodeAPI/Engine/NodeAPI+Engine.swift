internal import Basics
internal import Formats
internal import ObjectStore
internal import Reactor

extension NodeAPI {
    /// What Remora has beyond Kubernetes, below `/apis/remora/v1`: timelines, images, the engine.
    func engine(_ request: APIRequest, _ path: [String]) async throws(APIError) -> APIAnswer {
        switch (request.method, path.count) {
        case ("GET", 0): return try discovery(request)
        case ("GET", 1) where path == ["node"]:
            return .complete(APIResponse(200, services.nodeInfo()))
        case ("POST", 1) where path == ["credentials"]:
            return .complete(try issueCredentials(request))
        case ("POST", 1) where path == ["shutdown"]: return .complete(try shutdown(request))
        case ("GET", 4) where path[0] == "pods" && path[3] == "timeline":
            let key = ObjectKey("pods", path[1], path[2])
            let width = request.parameter("width").flatMap { Int($0) }
            guard let timeline = services.timeline(pod: key, width: width) else {
                _ = try stored(.pods, key)
                throw APIError(404, "NotFound", "pod \"\(path[2])\" has no timeline yet")
            }
            return .complete(APIResponse(200, timeline))
        case (_, 1...) where path[0] == "images":
            return try await images(request, Array(path.dropFirst()))
        default: throw .unknownPath
        }
    }

    private func shutdown(_ request: APIRequest) throws(APIError) -> APIResponse {
        let pods = request.parameter("pods") ?? "leave"
        guard ["stop", "leave"].contains(pods) else {
            throw .badRequest("pods=\(pods) is unknown; use pods=stop or pods=leave")
        }
        services.shutdown(stoppingPods: pods == "stop")
        return APIResponse(
            202,
            ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success"]
        )
    }

    // MARK: Images

    /// `GET images`, `GET images/inspect?name=`, `DELETE images?name=`, and `POST` of `images/pull`,
    /// `images/import`, `images/load` with their options as the body.
    private func images(
        _ request: APIRequest,
        _ path: [String]
    ) async throws(APIError) -> APIAnswer {
        let options = try BodyReader.json(request)
        func option(_ name: String) throws(APIError) -> String {
            let value = request.parameter(name) ?? options[name]?.string ?? ""
            guard !value.isEmpty else { throw .badRequest("the option \"\(name)\" is missing") }
            return value
        }
        switch (request.method, path.first) {
        case ("GET", nil): return .complete(APIResponse(200, try await work(.list)))
        case ("GET", "inspect"):
            return .complete(APIResponse(200, try await work(.inspect(try option("name")))))
        case ("DELETE", nil), ("POST", "remove"):
            return .complete(
                APIResponse(
                    200,
                    try await work(
                        .remove(try option("name"), force: options["force"]?.bool ?? false)
                    )
                )
            )
        case ("POST", "pull"):
            return streamed(
                .pull(try option("name"), credentials: options["credentials"]?.string)
            )
        case ("POST", "load"): return streamed(.load(path: try option("path")))
        case ("POST", "import"):
            return streamed(
                .importing(
                    path: try option("path"),
                    name: try option("name"),
                    options: options
                )
            )
        default: throw .unknownPath
        }
    }

    private func work(_ operation: ImageOperation) async throws(APIError) -> JSON {
        do throws(Failure) {
            return try await services.images(operation) { _ in }
        } catch { throw APIError(error) }
    }

    /// Progress as lines of JSON; the last one is `{"result": ...}` or `{"error": Status}`.
    private func streamed(_ operation: ImageOperation) -> APIAnswer {
        let services = services
        return .stream(
            APIStream(contentType: "application/json") { sink in
                func line(_ json: JSON) -> [UInt8] { json.bytes() + [UInt8(ascii: "\n")] }
                try await sink.write([])
                let work = Task { @MainLoop in
                    do throws(Failure) {
                        let result = try await services.images(operation) { progress in
                            // A client that has left ends the work below.
                            try? await sink.write(line(progress))
                        }
                        return line(["result": result])
                    } catch { return line(["error": APIError(error).status]) }
                }
                sink.onClosed { work.cancel() }
                try await sink.write(await work.value)
            }
        )
    }
}
