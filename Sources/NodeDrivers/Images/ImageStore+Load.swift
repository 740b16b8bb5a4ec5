public import Basics
internal import Formats
internal import PodEngine
internal import Reactor
internal import System

extension ImageStore {
    /// Loads every image of an archive as `docker save` or `skopeo copy` writes it.
    ///
    /// `path` is absolute: a `docker-archive` or `oci-archive` file, compressed or not, or a directory
    /// in OCI layout. `name` names an image that has no name in the archive. Returns the new entries.
    public func load(
        _ path: String,
        as name: String? = nil,
        progress: ((String) -> Void)? = nil
    ) async throws(Failure) -> [ImageRecord] {
        let reference = try name.map { name throws(Failure) in try named(name) }
        guard path.hasPrefix("/"), Files.exists(path) else {
            throw Failure(
                .notFound,
                "cannot load \(path)",
                cause: "there is no such file",
                remedy: "give an archive that `docker save` or `skopeo copy` made"
            )
        }
        return try await gate.making { () async throws(Failure) in
            let workspace = try await makeWorkspace()
            let result: Result<[ImageRecord], Failure>
            do throws(Failure) {
                result = .success(try await load(path, reference, workspace, progress))
            } catch {
                result = .failure(error)
            }
            await removeWorkspace(workspace)
            return try result.get()
        }
    }

    /// Copies one image from any place that skopeo knows: `containers-storage:`, `docker-daemon:`,
    /// `docker-archive:`, `oci:`, `oci-archive:`, `dir:`.
    ///
    /// `name` is what the image is called here; without it the name in the source is taken.
    public func copy(
        from source: String,
        as name: String? = nil,
        progress: ((String) -> Void)? = nil
    ) async throws(Failure) -> ImageRecord {
        guard let transport = ImageTransport(source) else {
            throw Failure(
                .invalid,
                "cannot copy from \(source)",
                cause: "that is no place for images",
                remedy: "use one of " + ImageTransport.names.joined(separator: ", ")
            )
        }
        guard let text = name ?? transport.imageName else {
            throw Failure(
                .invalid,
                "cannot copy from \(source)",
                cause: "the image has no name there",
                remedy: "give it a name, for example local/web:1"
            )
        }
        let reference = try named(text)
        return try await gate.making { () async throws(Failure) in
            try await copy(Skopeo.Source(name: source), reference, progress)
        }
    }

    private func copy(
        _ source: Skopeo.Source,
        _ reference: ImageReference,
        _ progress: ((String) -> Void)?
    ) async throws(Failure) -> ImageRecord {
        do throws(SkopeoFailure) {
            return try await acquire(source, progress: progress) {
                $0.reference = reference.description
            }
        } catch {
            throw Failure(
                error.kind == .notFound ? .notFound : .unavailable,
                "cannot copy image \(reference)",
                cause: error.cause,
                remedy: error.kind == .diskFull ? error.remedy(host: "") : ""
            )
        }
    }

    private func load(
        _ path: String,
        _ name: ImageReference?,
        _ workspace: String,
        _ progress: ((String) -> Void)?
    ) async throws(Failure) -> [ImageRecord] {
        // A name of our own: skopeo takes a colon in the path for the end of it.
        let link = workspace + "/source"
        do throws(SystemError) {
            try Files.symlink(link, to: path)
        } catch {
            throw Failure("cannot load \(path)", error)
        }
        var loaded: [ImageRecord] = []
        let contents = try await contents(of: path, link, workspace)
        for (source, text) in contents {
            guard
                let reference = contents.count == 1 && name != nil
                    ? name : text.flatMap({ ImageReference($0) }) ?? name
            else {
                throw Failure(
                    .invalid,
                    "cannot load \(path)",
                    cause: "an image in it has no name",
                    remedy: "give one with --name"
                )
            }
            let place = Skopeo.Source(name: source)
            loaded.append(try await copy(place, reference, progress))
        }
        return loaded
    }

    /// Where in an archive its images are, and what they are called there.
    private func contents(
        of path: String,
        _ link: String,
        _ workspace: String
    ) async throws(Failure) -> [(source: String, name: String?)] {
        if Files.isDirectory(path) {
            let index = try? Files.read(path + "/index.json")
            return try entries(ofIndex: index ?? [], "oci:" + link, path)
        }
        if let bytes = await member("manifest.json", of: link),
            let images = (try? JSON.parse(bytes))?.array, !images.isEmpty
        {
            return images.enumerated().flatMap { place, image -> [(String, String?)] in
                let tags = image["RepoTags"]?.array?.compactMap(\.string) ?? []
                if tags.isEmpty { return [("docker-archive:\(link):@\(place)", nil)] }
                return tags.map { ("docker-archive:\(link):\($0)", $0) }
            }
        }
        guard let bytes = await member("index.json", of: link) else {
            throw Failure(
                .invalid,
                "cannot load \(path)",
                cause: "it holds neither manifest.json nor index.json, or it is cut short",
                remedy: "give an archive that `docker save` or `skopeo copy` made;"
                    + " a root file system is taken by `remora image import`"
            )
        }
        return try entries(ofIndex: bytes, "oci-archive:" + link, path)
    }

    private func entries(
        ofIndex bytes: [UInt8],
        _ place: String,
        _ path: String
    ) throws(Failure) -> [(source: String, name: String?)] {
        let manifests = (try? JSON.parse(bytes))?["manifests"]?.array ?? []
        let names = manifests.map {
            OCIDescriptor(json: $0)?.annotations["org.opencontainers.image.ref.name"]
        }
        if names.count == 1 { return [(names[0].map { place + ":" + $0 } ?? place, names[0])] }
        let known = names.compactMap(\.self)
        if known.isEmpty {
            throw Failure(
                .invalid,
                "cannot load \(path)",
                cause: "its index names no image",
                remedy: "give an OCI layout with tagged images"
            )
        }
        return known.map { (place + ":" + $0, $0) }
    }

    /// One file of an archive; nil if it has no such file.
    private func member(_ name: String, of archive: String) async -> [UInt8]? {
        var command = Command(
            "tar",
            ["--extract", "--to-stdout", "--occurrence=1", "--file", archive, name]
        )
        command.output = .capture(limit: BlobStore.documentLimit)
        let completed = try? await run(command, "cannot read \(archive)")
        return completed?.output
    }
}

/// A place from which skopeo reads an image, as its users spell it.
struct ImageTransport: Sendable, Hashable {
    static let names = [
        "containers-storage:", "docker-daemon:", "docker-archive:", "oci:", "oci-archive:", "dir:",
    ]

    /// What the image is called there; nil if it has no name.
    let imageName: String?

    init?(_ text: String) {
        guard let transport = Self.names.first(where: { text.hasPrefix($0) }) else { return nil }
        var rest = text.dropFirst(transport.count)
        switch transport {
        case "containers-storage:":
            // [driver@graph+run]name
            if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
                rest = rest[rest.index(after: end)...]
            }
            imageName = rest.isEmpty ? nil : String(rest)
        case "docker-daemon:":
            imageName = rest.isEmpty || rest.hasPrefix("sha256:") ? nil : String(rest)
        case "dir:":
            imageName = nil
        default:
            guard let colon = rest.firstIndex(of: ":") else {
                imageName = nil
                return
            }
            let name = rest[rest.index(after: colon)...]
            imageName = name.isEmpty || name.hasPrefix("@") ? nil : String(name)
        }
    }
}
