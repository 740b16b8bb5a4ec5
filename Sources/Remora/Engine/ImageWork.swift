internal import Basics
internal import Formats
internal import NodeAPI
internal import NodeDrivers
internal import PodEngine
internal import Reactor

/// Work on the image store that clients ask for.
@MainLoop struct ImageWork {
    private let images: ImageStore

    init(_ images: ImageStore) {
        self.images = images
    }

    /// Does it; progress is reported as `{"progress": text}`.
    ///
    /// - Throws: `Failure` from the store.
    func run(
        _ operation: ImageOperation,
        progress: @MainLoop (JSON) async -> Void
    ) async throws(Failure) -> JSON {
        switch operation {
        case .list:
            return ["items": .array(images.images.map(Self.json))]
        case .inspect(let name):
            let details = try images.inspect(name)
            var json = Self.json(details.record)
            json["config"] = details.configuration
            json["layers"] = .strings(details.layers)
            return json
        case .pull(let name, let credentials):
            return try await reporting(progress) { report throws(Failure) in
                try await self.pull(name, credentials, report)
            }
        case .importing(let path, let name, let options):
            let config = Self.config(options)
            return try await reporting(progress) { report throws(Failure) in
                let record = try await self.images.importRootfs(
                    from: path,
                    as: name,
                    config: config,
                    progress: report
                )
                return .string(record.id)
            }
        case .load(let path):
            return try await reporting(progress) { report throws(Failure) in
                let records = try await self.images.load(path, progress: report)
                return .string(
                    records.map { "loaded " + ($0.reference ?? $0.id) }.joined(separator: "\n")
                )
            }
        case .remove(let name, let force):
            let freed = try await images.remove(name, force: force)
            return ["result": .string("removed \(name)"), "freedBytes": .int(Int(freed))]
        }
    }

    // MARK: Details

    /// Passes progress lines on, one after the other, while the work goes on.
    private func reporting(
        _ progress: @MainLoop (JSON) async -> Void,
        _ work: @escaping @MainLoop (@escaping (String) -> Void) async throws(Failure) -> JSON
    ) async throws(Failure) -> JSON {
        let lines = AsyncQueue<String>(capacity: 256)
        let task = Task { @MainLoop in
            let result: Result<JSON, Failure>
            do throws(Failure) {
                result = .success(try await work { _ = lines.send($0) })
            } catch {
                result = .failure(error)
            }
            lines.finish()
            return result
        }
        return try await withTaskCancellationHandler {
            while let line = await lines.next() { await progress(["progress": .string(line)]) }
            return await task.value
        } onCancel: {
            task.cancel()
        }.get()
    }

    /// Stores other than registries that an image can be copied from.
    private static let places = [
        "docker-archive:", "oci:", "oci-archive:", "containers-storage:", "docker-daemon:", "dir:",
    ]

    private func pull(
        _ name: String,
        _ credentials: String?,
        _ report: @escaping (String) -> Void
    ) async throws(Failure) -> JSON {
        if Self.places.contains(where: name.hasPrefix) {
            let record = try await images.copy(from: name, progress: report)
            return .string(record.id)
        }
        let reference = name.hasPrefix("docker://") ? String(name.dropFirst(9)) : name
        var secrets: [PullSecret] = []
        if let credentials {
            let parts = credentials.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                throw Failure(.invalid, "cannot read --creds", remedy: "write USER:PASSWORD")
            }
            let host = ImageReference(reference)?.host ?? ""
            let login = RegistryCredential(pattern: host, user: parts[0], password: parts[1])
            secrets = [PullSecret(name: "--creds", credentials: [login])]
        }
        do {
            let identity = try await images.pull(
                reference,
                policy: .always,
                secrets: secrets,
                progress: report
            )
            return .string(identity.id)
        } catch {
            throw Failure(.unavailable, "cannot pull \(reference)", cause: error.message)
        }
    }

    private static func json(_ record: ImageRecord) -> JSON {
        [
            "name": .string(record.reference ?? "<none>"),
            "id": .string(record.id),
            "digest": record.repositoryDigest.map { .string($0) } ?? .null,
            "size": .int(Int(record.size)),
            "created": .string(record.added.rfc3339),
        ]
    }

    private static func config(_ options: JSON) -> ImageConfig {
        func list(_ name: String) -> [String] {
            (options[name]?.array ?? []).compactMap(\.string)
        }
        func text(_ name: String) -> String { options[name]?.string ?? "" }
        var config = ImageConfig()
        config.entrypoint = list("entrypoint")
        config.command = list("cmd")
        config.environment = list("env")
        config.workingDirectory = text("workdir")
        config.user = text("user")
        config.stopSignal = text("stopSignal")
        for label in list("labels") {
            let parts = label.split(separator: "=", maxSplits: 1).map(String.init)
            config.labels[parts[0]] = parts.count > 1 ? parts[1] : ""
        }
        return config
    }
}
