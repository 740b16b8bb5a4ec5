public import Basics
internal import Formats
internal import Reactor
internal import System

extension ImageStore {
    /// Makes an image of a root file system: a directory, or an archive of one.
    ///
    /// Archives may be plain tar or compressed with gzip, zstd, xz or bzip2. `path` is absolute.
    /// The image gets one uncompressed layer. An image of the same name loses it.
    @discardableResult
    public func importRootfs(
        from path: String,
        as name: String,
        config: ImageConfig,
        progress: ((String) -> Void)? = nil
    ) async throws(Failure) -> ImageRecord {
        let reference = try named(name)
        return try await gate.making { () async throws(Failure) in
            let workspace = try await makeWorkspace()
            let result: Result<ImageRecord, Failure>
            do throws(Failure) {
                let layer = workspace + "/layer.tar"
                progress?("Reading \(path)")
                try await writeLayer(of: path, to: layer)
                progress?("Storing image \(reference)")
                result = .success(
                    try await enter(layer: layer, config: config) {
                        $0.reference = reference.description
                    }
                )
            } catch {
                result = .failure(error)
            }
            await removeWorkspace(workspace)
            return try result.get()
        }
    }

    /// A reference that can name an image of this machine.
    func named(_ name: String) throws(Failure) -> ImageReference {
        guard let reference = ImageReference(name), reference.digest == nil else {
            throw Failure(
                .invalid,
                "cannot name an image \"\(name)\"",
                cause: "it is not of the form [registry/]repository[:tag], in lower case",
                remedy: "give a name such as local/web:1"
            )
        }
        if reference.isBuiltIn {
            throw Failure(
                .invalid,
                "cannot name an image \"\(name)\"",
                cause: "that is the name of the built-in image",
                remedy: "give another name"
            )
        }
        return reference
    }

    /// Makes an image of one finished layer, which is moved into the store.
    func enter(
        layer file: String,
        config: ImageConfig,
        describe: (inout ImageRecord) -> Void
    ) async throws(Failure) -> ImageRecord {
        let blobs = blobs
        let created = Loop.main.moment.wall.rfc3339
        let manifest = try await blocking("cannot store the image") { () throws(SystemError) in
            let layer = try blobs.adopt(file, mediaType: OCIManifest.layerType)
            let configuration: JSON = [
                "created": .string(created),
                "architecture": .string(Self.architecture),
                "os": "linux",
                "config": config.json,
                "rootfs": ["type": "layers", "diff_ids": [.string(layer.digest)]],
                "history": [["created": .string(created), "created_by": "remora image import"]],
            ]
            let document = try blobs.put(configuration, mediaType: OCIManifest.configType)
            return try blobs.put(
                OCIManifest(config: document, layers: [layer]).json,
                mediaType: OCIManifest.mediaType
            )
        }
        return try await enter(manifest, describe: describe)
    }

    /// This machine's architecture, as images spell it.
    nonisolated static var architecture: String {
        #if arch(x86_64)
        "amd64"
        #elseif arch(arm64)
        "arm64"
        #else
        "unknown"
        #endif
    }

    private func writeLayer(of path: String, to layer: String) async throws(Failure) {
        let what = "cannot import " + path
        guard path.hasPrefix("/"), let status = try? Files.stat(path) else {
            throw Failure(
                .notFound,
                what,
                cause: "there is no such file or directory",
                remedy: "give the directory of a root file system, or a tar archive of one"
            )
        }
        if status.kind == .directory {
            try await archive(path, to: layer, what)
            return
        }
        let file: [UInt8]
        do throws(SystemError) {
            let descriptor = try Descriptors.open(path)
            file = try Descriptors.read(descriptor.number, upTo: 512)
        } catch {
            throw Failure(what, error)
        }
        let magic = Self.compressions.first { file.starts(with: $0.magic) }
        if let magic {
            try await decompress(path, to: layer, with: magic.program, what)
        } else {
            guard file.dropFirst(257).starts(with: Array("ustar".utf8)) else {
                throw Failure(
                    .invalid,
                    what,
                    cause: "it is no tar archive",
                    remedy: "give a tar archive, plain or compressed with gzip, zstd, xz or bzip2"
                )
            }
            _ = try await run(Command("cp", ["--reflink=auto", path, layer]), what)
        }
    }

    private static let compressions: [(magic: [UInt8], program: String)] = [
        ([0x1F, 0x8B], "gzip"), ([0x28, 0xB5, 0x2F, 0xFD], "zstd"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "xz"), ([0x42, 0x5A, 0x68], "bzip2"),
    ]

    /// Packs a directory; owners, modes, times and extended attributes are kept.
    func archive(_ directory: String, to layer: String, _ what: String) async throws(Failure) {
        let command = Command(
            "tar",
            [
                "--create", "--file", layer, "--directory", directory, "--numeric-owner",
                "--xattrs",
                "--xattrs-include=*", "--sort=name", "--one-file-system",
                "--warning=no-file-ignored",
                ".",
            ]
        )
        // 1 says that a file changed while it was read.
        _ = try await run(command, what, accepting: [0, 1])
    }

    private func decompress(
        _ path: String,
        to layer: String,
        with program: String,
        _ what: String
    ) async throws(Failure) {
        var command = Command(program, ["-d", "-c", "-q", path])
        let file: Int32
        do throws(SystemError) {
            try Files.write(layer, [])
            file = try Descriptors.open(layer, flags: 1).release()  // O_WRONLY
        } catch {
            throw Failure(what, error)
        }
        command.output = .descriptor(file)
        defer { Descriptors.close(file) }
        _ = try await run(command, what)
    }
}
