public import Basics
internal import PodEngine
internal import Reactor
internal import System

extension ImageReference {
    /// Whether it names the image that Remora makes itself.
    var isBuiltIn: Bool {
        repository == "docker.io/remora/busybox" && tag == "latest" && digest == nil
    }
}

/// The image `remora/busybox`: Debian's static busybox under all its names, and little else.
///
/// It makes examples and tests independent of registries: no policy asks one for it.
extension ImageStore {
    /// Makes the built-in image unless it is there.
    @discardableResult
    public func ensureBuiltIn() async throws(Failure) -> ImageRecord {
        let name = "docker.io/remora/busybox:latest"
        if let record = image(named: name), Files.exists(layout.imageTree(record.tree)) {
            return record
        }
        let task: Task<ImageRecord, any Error>
        if let known = builtInInTheMaking {
            task = known
        } else {
            task = Task { @MainLoop in
                defer { builtInInTheMaking = nil }
                return try await gate.making { () async throws(Failure) in
                    try await makeBuiltIn(name)
                }
            }
            builtInInTheMaking = task
        }
        do {
            return try await task.value
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.internalError, "cannot make the built-in image", cause: "\(error)")
        }
    }

    /// The answer to a pull of the built-in image.
    func builtIn(
        _ reference: ImageReference,
        _ text: String
    ) async throws(StepFailure) -> ImageIdentity {
        let record: ImageRecord
        do throws(Failure) {
            record = try await ensureBuiltIn()
        } catch {
            throw StepFailure(reason: "ErrImagePull", message: error.description)
        }
        return ImageIdentity(
            reference: reference.description,
            id: record.shownID,
            message: "Container image \"\(text)\" already present on machine and can be accessed by"
                + " the pod",
            wasPulled: false
        )
    }

    private func makeBuiltIn(_ name: String) async throws(Failure) -> ImageRecord {
        let workspace = try await makeWorkspace()
        let result: Result<ImageRecord, Failure>
        do throws(Failure) {
            result = .success(try await makeBuiltIn(name, in: workspace))
        } catch {
            result = .failure(error)
        }
        await removeWorkspace(workspace)
        return try result.get()
    }

    private func makeBuiltIn(_ name: String, in workspace: String) async throws(Failure)
        -> ImageRecord
    {
        let what = "cannot make the built-in image remora/busybox"
        let busybox = settings.busybox
        guard Files.exists(busybox) else {
            throw Failure(
                .notFound,
                what,
                cause: "there is no \(busybox)",
                remedy: "install the package busybox-static"
            )
        }
        let listed = try await run(Command(busybox, ["--list-full"]), what)
        let names = listed.outputText.split(separator: "\n").map(String.init)
        let tree = workspace + "/tree"
        try await blocking(what) { () throws(SystemError) in
            try BuiltInTree.write(at: tree, busybox: busybox, names: names)
        }
        var config = ImageConfig()
        config.command = ["sh"]
        config.environment = [
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        ]
        let layer = workspace + "/layer.tar"
        try await archive(tree, to: layer, what)
        return try await enter(layer: layer, config: config) { $0.reference = name }
    }
}

/// The files of the built-in image.
private enum BuiltInTree {
    static func write(at tree: String, busybox: String, names: [String]) throws(SystemError) {
        let directories = [
            "bin", "sbin", "usr/bin", "usr/sbin", "etc", "root", "home", "var/log", "var/spool",
            "mnt",
            "proc", "sys", "dev", "run", "usr/local/bin", "usr/share",
        ]
        for directory in directories { try Files.makeDirectories(tree + "/" + directory) }
        try Files.makeDirectories(tree + "/tmp", mode: 0o1777)
        try Files.makeDirectories(tree + "/var/tmp", mode: 0o1777)
        try Files.chmod(tree + "/root", 0o700)
        let program = try Files.read(busybox, limit: 64 << 20)
        try Files.write(tree + "/bin/busybox", program, mode: 0o755)
        for name in names where name != "bin/busybox" && !name.contains("..") {
            let path = tree + "/" + name
            try Files.makeDirectories(Files.parent(of: path))
            try Files.symlink(path, to: "/bin/busybox")
        }
        try Files.write(tree + "/etc/passwd", passwd)
        try Files.write(tree + "/etc/group", group)
        try Files.write(tree + "/etc/nsswitch.conf", "hosts: files dns\n")
        try Files.write(tree + "/etc/os-release", "ID=remora-busybox\nNAME=\"Remora busybox\"\n")
    }

    private static let passwd = """
        root:x:0:0:root:/root:/bin/sh
        daemon:x:1:1:daemon:/usr/sbin:/bin/false
        www-data:x:33:33:www-data:/var/www:/bin/false
        nobody:x:65534:65534:nobody:/home:/bin/false

        """

    private static let group = """
        root:x:0:
        daemon:x:1:
        tty:x:5:
        www-data:x:33:
        nogroup:x:65534:
        nobody:x:65534:

        """
}
