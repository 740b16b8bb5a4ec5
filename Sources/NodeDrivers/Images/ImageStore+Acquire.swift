internal import Basics
internal import Formats
internal import Reactor
internal import System

extension ImageStore {
    /// Copies an image from anywhere into the store, unpacks it, and enters it in the index.
    ///
    /// `describe` completes the entry: name, digest, holders.
    func acquire(
        _ source: Skopeo.Source,
        progress: ((String) -> Void)?,
        describe: (inout ImageRecord) -> Void
    ) async throws(SkopeoFailure) -> ImageRecord {
        let workspace: String
        do throws(Failure) {
            workspace = try await makeWorkspace()
        } catch {
            throw SkopeoFailure(error)
        }
        let result: Result<ImageRecord, SkopeoFailure>
        do throws(SkopeoFailure) {
            result = .success(
                try await acquire(source, workspace, progress: progress, describe: describe)
            )
        } catch {
            result = .failure(error)
        }
        await removeWorkspace(workspace)
        return try result.get()
    }

    private func acquire(
        _ source: Skopeo.Source,
        _ workspace: String,
        progress: ((String) -> Void)?,
        describe: (inout ImageRecord) -> Void
    ) async throws(SkopeoFailure) -> ImageRecord {
        let directory = workspace + "/layout"
        try await skopeo.copy(
            source,
            toLayout: directory,
            blobs: layout.images + "/blobs",
            workspace: workspace,
            progress: progress
        )
        guard let descriptor = OCILayout.manifest(in: directory) else {
            throw SkopeoFailure(.other, "skopeo left no image behind")
        }
        do throws(Failure) {
            return try await enter(descriptor, describe: describe)
        } catch {
            throw SkopeoFailure(error)
        }
    }

    /// Enters an image whose blobs are in the store: unpacks it, then adds it to the index.
    func enter(
        _ descriptor: OCIDescriptor,
        describe: (inout ImageRecord) -> Void
    ) async throws(Failure) -> ImageRecord {
        let document = try blobs.document(descriptor.digest)
        guard let manifest = OCIManifest(json: document) else {
            throw Failure(.invalid, "the image has no manifest that can be used")
        }
        let configuration = try blobs.document(manifest.config.digest)
        let layers = configuration["rootfs"]?["diff_ids"]?.array?.compactMap(\.string) ?? []
        var record = ImageRecord(
            reference: nil,
            repositoryDigest: nil,
            id: manifest.config.digest,
            size: manifest.size,
            added: Loop.main.moment.wall,
            holders: nil,
            manifest: descriptor,
            tree: ImageRecord.tree(of: layers)
        )
        describe(&record)
        try await ensureTree(record.tree, manifest: descriptor, of: manifest)
        try add(record)
        return record
    }

    /// A fresh directory of our own, on the file system of the store.
    func makeWorkspace() async throws(Failure) -> String {
        do throws(SystemError) {
            return try Files.makeTemporaryDirectory(layout.incomingImages + "/")
        } catch {
            throw Failure("cannot make a directory in \(layout.incomingImages)", error)
        }
    }

    /// Removes a workspace; what resists goes at the next start of the engine.
    ///
    /// In a task of its own: a cancelled pull cleans up as well.
    func removeWorkspace(_ workspace: String) async {
        let task = Task { @MainLoop in
            _ = try? await blocking("cannot remove \(workspace)") { () throws(SystemError) in
                try Files.removeTree(workspace)
            }
        }
        await task.value
    }

    /// Runs one of the programs that read and write archives.
    func run(
        _ command: Command,
        _ what: String,
        accepting codes: Set<Int32> = [0]
    ) async throws(Failure) -> ChildProcess.Completed {
        var command = command
        // What a killed engine began, nobody waits for.
        command.parentDeathSignal = 9
        let completed = try await ChildProcess.run(command, deadline: settings.pullDeadline)
        if case .exited(let code) = completed.status, codes.contains(code) { return completed }
        let lines = completed.errorText.split(separator: "\n").map {
            $0.trimmingPrefix { " ⨯•".contains($0) }
        }
        let words = lines.last.map(String.init) ?? "\(command.path) ended with \(completed.status)"
        let isFull = words.contains("No space left") || words.contains("no space left")
        throw Failure(
            isFull ? .exhausted : .unavailable,
            what,
            cause: words,
            remedy: isFull ? "free space, for example with `remora image rm`" : ""
        )
    }
}
