internal import Basics
internal import Formats
internal import Reactor
internal import System

/// The `skopeo` program: everything that speaks with registries and reads foreign archives.
struct Skopeo: Sendable {
    /// Where an image is read from.
    struct Source: Sendable {
        /// Transport and name, `docker://localhost:5000/x:1`.
        var name: String
        /// The login for the registry; nil leaves it to the login files of this machine's user.
        var credential: RegistryCredential?
        /// The registry that the login is for.
        var host = ""
        /// Whether plain HTTP and unknown certificates are accepted.
        var isInsecure = false
    }

    /// The program.
    var program: String
    /// A `registries.conf` (mirrors, insecure registries); the machine's own if it does not exist.
    var registries: String
    /// How long one run may take.
    var deadline: Duration

    /// The manifest, or the list of manifests, as the registry has it.
    @MainLoop func rawManifest(of source: Source) async throws(SkopeoFailure) -> [UInt8] {
        var arguments = globalOptions + ["inspect", "--raw", "--no-tags"]
        if source.isInsecure { arguments.append("--tls-verify=false") }
        return try await run(
            arguments,
            authentication: "--authfile",
            source,
            destination: nil,
            workspace: "/tmp",
            progress: nil
        )
    }

    /// Copies an image into an OCI layout whose blobs go to a shared directory.
    ///
    /// `layout` gets an `index.json` of one entry. `progress` gets the lines that skopeo prints.
    @MainLoop func copy(
        _ source: Source,
        toLayout layout: String,
        blobs: String,
        workspace: String,
        progress: ((String) -> Void)?
    ) async throws(SkopeoFailure) {
        var arguments = globalOptions + ["copy", "--remove-signatures"]
        if source.isInsecure { arguments.append("--src-tls-verify=false") }
        arguments += ["--dest-shared-blob-dir", blobs]
        // Docker's transports hand plain layers over and call them compressed: skopeo has to make
        // that true. From elsewhere layers are taken as they are.
        if !source.name.hasPrefix("docker-") {
            arguments.append("--dest-oci-accept-uncompressed-layers")
        }
        _ = try await run(
            arguments,
            authentication: "--src-authfile",
            source,
            destination: "oci:\(layout):image",
            workspace: workspace,
            progress: progress
        )
    }

    /// What every run starts with.
    private var globalOptions: [String] {
        let own = Files.exists(registries) ? ["--registries-conf", registries] : []
        return ["--insecure-policy"] + own
    }

    @MainLoop private func run(
        _ arguments: [String],
        authentication: String,
        _ source: Source,
        destination: String?,
        workspace: String,
        progress: ((String) -> Void)?
    ) async throws(SkopeoFailure) -> [UInt8] {
        var command = Command(program, arguments)
        command.environment = environment(workspace)
        command.parentDeathSignal = 9
        command.output = .capture(limit: BlobStore.documentLimit)
        var secret: Int32 = -1
        defer { if secret >= 0 { Descriptors.close(secret) } }
        let completed: ChildProcess.Completed
        do throws(Failure) {
            if let credential = source.credential {
                // The login is in memory only; the child reads it through its descriptor.
                secret = try Self.loginFile(credential, host: source.host)
                command.descriptors = [(child: 3, parent: secret)]
                command.arguments += [authentication, "/proc/self/fd/3"]
            }
            command.arguments.append(source.name)
            if let destination { command.arguments.append(destination) }
            completed = try await Self.run(command, deadline, progress)
        } catch {
            throw SkopeoFailure(error)
        }
        guard case .exited(0) = completed.status else {
            throw SkopeoFailure(status: completed.status, errors: completed.errorText)
        }
        return completed.output
    }

    /// Runs to the end; the lines of its output go to `progress` as they come.
    @MainLoop private static func run(
        _ command: Command,
        _ deadline: Duration,
        _ progress: ((String) -> Void)?
    ) async throws(Failure) -> ChildProcess.Completed {
        guard let progress else { return try await ChildProcess.run(command, deadline: deadline) }
        let (stream, writing) = try ByteStream.readingPipe()
        let reader = Task { @MainLoop in
            var rest: [UInt8] = []
            while let bytes = try? await stream.read(), !bytes.isEmpty {
                rest += bytes
                while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    progress(String(decoding: rest[..<end], as: UTF8.self))
                    rest.removeSubrange(...end)
                }
                if rest.count > 65536 { rest = [] }
            }
        }
        var command = command
        command.output = .descriptor(writing)
        defer { reader.cancel() }
        let completed: ChildProcess.Completed
        do throws(Failure) {
            completed = try await ChildProcess.run(command, deadline: deadline)
        } catch {
            Descriptors.close(writing)
            throw error
        }
        Descriptors.close(writing)
        await reader.value
        return completed
    }

    private func environment(_ workspace: String) -> [String: String] {
        var variables: [String: String] = [:]
        for name in Self.handedOn { variables[name] = Environment.value(name) }
        variables["TMPDIR"] = workspace
        return variables
    }

    /// What of the engine's own environment matters to skopeo: where its user's logins are, how to
    /// reach the network, whom to trust.
    private static let handedOn = [
        "HOME", "PATH", "XDG_RUNTIME_DIR", "REGISTRY_AUTH_FILE", "DOCKER_CONFIG", "DOCKER_HOST",
        "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
        "SSL_CERT_FILE", "SSL_CERT_DIR",
    ]

    private static func loginFile(
        _ credential: RegistryCredential,
        host: String
    ) throws(Failure) -> Int32 {
        let login = Base64.encode(Array((credential.user + ":" + credential.password).utf8))
        let json: JSON = ["auths": .object([host: ["auth": .string(login)]])]
        do throws(SystemError) {
            let file = try Descriptors.memoryFile("remora-login")
            try Descriptors.writeAll(file.number, json.bytes())
            return file.release()
        } catch {
            throw Failure("cannot hand the login over to skopeo", error)
        }
    }
}
