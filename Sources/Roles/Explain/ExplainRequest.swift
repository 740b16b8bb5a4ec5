import Basics
import Formats
import StandIn

/// A container that is asked about.
struct ExplainedContainer: Hashable {
    /// Where it comes from, such as `Pod web, container proxy`; empty for one given by its parts.
    var title = ""
    var request: StandInRequest
}

/// The containers that a command line asks about.
enum ExplainRequest {
    /// Reads the options, and files by `read`.
    ///
    /// - Throws: `invalid` for options that do not fit together or a manifest that cannot be understood,
    ///   and what `read` throws.
    static func containers(
        _ invocation: Invocation,
        read: (String) throws(Failure) -> [UInt8]
    ) throws(Failure) -> [ExplainedContainer] {
        let parts = ["image", "command", "arg", "env", "mount", "file", "port"]
            .filter { !invocation.texts($0).isEmpty }
        guard let path = invocation.text("filename") else {
            if invocation.text("container") != nil {
                throw Failure(.invalid, "--container names one of a manifest; give it with -f FILE")
            }
            return [ExplainedContainer(request: try byParts(invocation, read))]
        }
        if let part = parts.first {
            throw Failure(
                .invalid,
                "--\(part) and --filename exclude each other",
                remedy: "give a manifest, or a container by its parts"
            )
        }
        let bytes = try read(path)
        let documents: [PositionedTree]
        do throws(FormatError) {
            documents = try YAML.documents(in: bytes)
        } catch {
            throw error.failure(reading: path)
        }
        return try containers(
            documents.map(\.json),
            path: path,
            named: invocation.text("container")
        )
    }

    private static func byParts(
        _ invocation: Invocation,
        _ read: (String) throws(Failure) -> [UInt8]
    ) throws(Failure) -> StandInRequest {
        guard let image = invocation.text("image") else {
            throw Failure(
                .invalid,
                "no container is named",
                remedy: "give --image NAME, or a manifest with -f FILE"
            )
        }
        var request = StandInRequest(
            image: image,
            command: invocation.texts("command"),
            args: invocation.texts("arg")
        )
        for text in invocation.texts("env") {
            let (name, value) = try pair(text, "--env", "NAME=VALUE")
            request.environment[name] = value
        }
        for text in invocation.texts("mount") {
            guard text.hasPrefix("/") else {
                throw Failure(.invalid, "--mount: \"\(text)\" is no path from the root on")
            }
            request.mounts.append(StandInRequest.clean(text))
        }
        for text in invocation.texts("port") {
            guard let port = Int(text), (1...65535).contains(port) else {
                throw Failure(.invalid, "--port: \(text) is no port; ports are 1 to 65535")
            }
            request.ports.append(port)
        }
        for text in invocation.texts("file") {
            let (path, file) = try pair(text, "--file", "PATH=FILE")
            let place = StandInRequest.clean(path)
            if !request.mounts.contains(place) { request.mounts.append(place) }
            request.files[place] = String(decoding: try read(file), as: UTF8.self)
        }
        return request
    }

    private static func pair(
        _ text: String,
        _ option: String,
        _ form: String
    ) throws(Failure) -> (String, String) {
        guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
            throw Failure(.invalid, "\(option): \"\(text)\" is not of the form \(form)")
        }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }

    /// The containers of the objects of a file.
    ///
    /// - Throws: `invalid` if there is none, or none of that name.
    static func containers(
        _ documents: [JSON],
        path: String,
        named name: String?
    ) throws(Failure) -> [ExplainedContainer] {
        var configMaps: [String: JSON] = [:]
        for document in documents where document["kind"]?.string == "ConfigMap" {
            if let name = document["metadata"]?["name"]?.string { configMaps[name] = document }
        }
        var found: [ExplainedContainer] = []
        for document in documents {
            guard let spec = podSpec(of: document) else { continue }
            let kind = document["kind"]?.string ?? "Pod"
            let owner = kind + " " + (document["metadata"]?["name"]?.string ?? "without a name")
            for list in ["initContainers", "containers"] {
                for container in spec[list]?.array ?? [] {
                    let own = container["name"]?.string ?? ""
                    if let name, name != own { continue }
                    found.append(
                        ExplainedContainer(
                            title: "\(owner), container \(own)",
                            request: StandInRequest(container: container, of: spec) {
                                configMaps[$0]
                            }
                        )
                    )
                }
            }
        }
        guard !found.isEmpty else {
            throw Failure(
                .invalid,
                name.map { "\(path): no pod in it has a container \"\($0)\"" }
                    ?? "\(path): there is no pod in it, and no workload that makes pods"
            )
        }
        return found
    }

    /// The `spec` of the pods that an object is or makes.
    private static func podSpec(of object: JSON) -> JSON? {
        switch object["kind"]?.string {
        case "Pod": object["spec"]
        case "CronJob": object["spec"]?["jobTemplate"]?["spec"]?["template"]?["spec"]
        default: object["spec"]?["template"]?["spec"]
        }
    }
}
