public import Basics
public import PodEngine
internal import Reactor
internal import StandIn
internal import System

/// The image `remora/companion`: the companion under all names that it stands for, and little else.
///
/// It takes the place of images of helpers that cannot be had. It is made of a program of this machine,
/// anew when that program, or the bundle of authorities that goes with it, has changed.
extension ImageStore {
    /// The name of the image.
    static let companionName = "docker.io/remora/companion:latest"
    /// The label that says what it was made of.
    private static let companionLabel = "dev.remora.companion"

    /// Makes the image of this static program unless it is there.
    ///
    /// - Returns: The image as the status of a container in `role` shows it.
    /// - Throws: `notFound` if there is no such program, `invalid` if it is none that runs by itself.
    public func companion(_ program: String, role: String) async throws(Failure) -> ImageIdentity {
        let record = try await companionRecord(program)
        noteUse(of: record)
        return ImageIdentity(
            reference: Self.companionName,
            id: record.shownID,
            message: "",
            wasPulled: false,
            standIn: role
        )
    }

    private func companionRecord(_ program: String) async throws(Failure) -> ImageRecord {
        let origin = try Self.origin(of: program)
        if let record = image(named: Self.companionName),
            Files.exists(layout.imageTree(record.tree)),
            (try? config(of: record.shownID))?.labels[Self.companionLabel] == origin
        {
            return record
        }
        let task: Task<ImageRecord, any Error>
        if let known = companionInTheMaking {
            task = known
        } else {
            task = Task { @MainLoop in
                defer { companionInTheMaking = nil }
                return try await gate.making { () async throws(Failure) in
                    try await makeCompanion(program, origin)
                }
            }
            companionInTheMaking = task
        }
        do {
            return try await task.value
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.internalError, "cannot make the companion's image", cause: "\(error)")
        }
    }

    /// What tells one image from another: place, size and time of the program and of the authorities.
    private static func origin(of program: String) throws(Failure) -> String {
        let what = "\(program) cannot stand in"
        let status: FileStatus
        let head: [UInt8]
        do throws(SystemError) {
            status = try Files.stat(program)
            let descriptor = try Descriptors.open(program)
            head = try Descriptors.read(descriptor.number, upTo: 4096)
        } catch {
            throw Failure(what, error)
        }
        guard let isStatic = StaticProgram.isStatic(head) else {
            throw Failure(.invalid, what, cause: "it is no program for this machine")
        }
        guard isStatic else {
            throw Failure(
                .invalid,
                what,
                cause: "it needs libraries that are not in its root file system",
                remedy: "build the static program with `make companion`"
            )
        }
        let bundle = CompanionTree.machineAuthorities
        let files =
            [(program, status)]
            + [bundle].compactMap { path in
                (try? Files.stat(path)).map { (path, $0) }
            }
        return files.map { "\($0) \($1.size) \($1.modified.nanoseconds)" }.joined(separator: " ")
    }

    private func makeCompanion(
        _ program: String,
        _ origin: String
    ) async throws(Failure) -> ImageRecord {
        let workspace = try await makeWorkspace()
        let result: Result<ImageRecord, Failure>
        do throws(Failure) {
            result = .success(try await makeCompanion(program, origin, in: workspace))
        } catch {
            result = .failure(error)
        }
        await removeWorkspace(workspace)
        return try result.get()
    }

    private func makeCompanion(
        _ program: String,
        _ origin: String,
        in workspace: String
    ) async throws(Failure) -> ImageRecord {
        let what = "cannot make the companion's image"
        let tree = workspace + "/tree"
        try await blocking(what) { () throws(SystemError) in
            try CompanionTree.write(at: tree, program: program)
        }
        var config = ImageConfig(
            entrypoint: [StandIn.path],
            environment: [
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "SSL_CERT_FILE=" + CompanionTree.authorities,
            ]
        )
        config.labels[Self.companionLabel] = origin
        let layer = workspace + "/layer.tar"
        try await archive(tree, to: layer, what)
        return try await enter(layer: layer, config: config) { $0.reference = Self.companionName }
    }
}

/// The files of the companion's image.
enum CompanionTree {
    /// Where the certificates of authorities lie; manifests like to mount something over /etc/ssl/certs.
    static let authorities = "/usr/share/companion/ca-certificates.crt"
    private static let usualAuthorities = "/etc/ssl/certs/ca-certificates.crt"

    /// The bundle of this machine: what `SSL_CERT_FILE` of the engine names, as OpenSSL has it, or Debian's.
    static var machineAuthorities: String {
        guard let named = Environment.value("SSL_CERT_FILE"), !named.isEmpty else {
            return usualAuthorities
        }
        return named
    }

    static func write(at tree: String, program: String) throws(SystemError) {
        let directories = [
            "usr/bin", "usr/local/bin", "usr/share/companion", "etc/ssl/certs", "root", "home",
            "var/log", "var/run", "proc", "sys", "dev", "run",
        ]
        for directory in directories { try Files.makeDirectories(tree + "/" + directory) }
        // Whoever the container runs as keeps its state there.
        for directory in ["tmp", "var/tmp", "var/lib/companion"] {
            try Files.makeDirectories(tree + "/" + directory, mode: 0o1777)
            try Files.chmod(tree + "/" + directory, 0o1777)
        }
        try Files.chmod(tree + "/root", 0o700)
        let bytes = try Files.read(program, limit: 512 << 20)
        try Files.write(tree + StandIn.path, bytes, mode: 0o755)
        for name in StandIn.programs {
            try Files.symlink(tree + StandIn.links + "/" + name, to: StandIn.path)
        }
        if Files.exists(machineAuthorities) {
            let bundle = try Files.read(machineAuthorities, limit: 16 << 20)
            for path in [authorities, usualAuthorities] {
                try Files.write(tree + path, bundle, mode: 0o644)
            }
        }
        try Files.write(tree + StandIn.nginxConfiguration, nginx)
        try Files.write(tree + "/etc/passwd", passwd)
        try Files.write(tree + "/etc/group", group)
        try Files.write(tree + "/etc/nsswitch.conf", "hosts: files dns\n")
    }

    /// The frame that nginx's image has around `conf.d`.
    private static let nginx = """
        events {}
        http {
            include /etc/nginx/conf.d/*.conf;
        }

        """

    /// Root, and the users that the usual images of helpers have.
    private static let passwd = """
        root:x:0:0:root:/root:/usr/bin/companion
        nobody:x:65534:65534:nobody:/home:/usr/bin/companion
        haproxy:x:99:99:haproxy:/home:/usr/bin/companion
        fluent:x:100:101:fluent:/home:/usr/bin/companion
        curl_user:x:100:101:curl_user:/home:/usr/bin/companion
        nginx:x:101:101:nginx:/home:/usr/bin/companion
        envoy:x:101:101:envoy:/home:/usr/bin/companion
        nonroot:x:65532:65532:nonroot:/home:/usr/bin/companion

        """

    private static let group = """
        root:x:0:
        tty:x:5:
        haproxy:x:99:
        nginx:x:101:
        envoy:x:101:
        curl_group:x:101:
        nogroup:x:65534:
        nobody:x:65534:
        nonroot:x:65532:

        """
}

/// What the head of a program says about it (the System V ABI, "ELF header" and "program header").
enum StaticProgram {
    /// Whether a program needs no loader; `nil` if it is no 64-bit program of this kind of machine.
    ///
    /// Its first bytes have the table of program headers, which linkers put first.
    static func isStatic(_ head: [UInt8]) -> Bool? {
        func number(_ place: Int, _ count: Int) -> Int? {
            guard place >= 0, place <= head.count - count else { return nil }
            return (0..<count).reversed().reduce(0 as UInt64) { $0 << 8 | UInt64(head[place + $1]) }
                .asInt
        }
        // 64 bits, the low byte first.
        guard head.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]), let first = number(32, 8),
            let size = number(54, 2), let count = number(56, 2), size >= 4
        else { return nil }
        for index in 0..<count {
            guard first <= head.count, let kind = number(first + index * size, 4) else {
                return nil
            }
            // PT_INTERP: a loader is asked for.
            if kind == 3 { return false }
        }
        return true
    }
}

extension UInt64 {
    fileprivate var asInt: Int? { Int(exactly: self) }
}
