import PodModel
internal import System

/// Checks and prepares what stands at a `hostPath`.
///
/// (kubelet: `pkg/volume/hostpath`)
enum HostPathCheck {
    static func prepare(_ source: HostPathVolumeSource) throws(VolumeProblem) {
        if source.path.split(separator: "/").contains("..") {
            throw VolumeProblem(text: "invalid HostPath `\(source.path)`: must not contain '..'")
        }
        switch source.type {
        case .unset: return
        case .directoryOrCreate where !Files.exists(source.path):
            try make(source.path) { path throws(SystemError) in
                try Files.makeDirectories(path, mode: 0o755)
            }
        case .fileOrCreate where !Files.exists(source.path):
            try make(source.path) { path throws(SystemError) in
                try Files.write(path, [], mode: 0o644)
            }
        case .directoryOrCreate, .directory: try require(source.path, "Directory", "directory")
        case .fileOrCreate, .file: try require(source.path, "File", "file")
        case .socket: try require(source.path, "Socket", "socket file")
        case .charDevice: try require(source.path, "CharDevice", "character device")
        case .blockDevice: try require(source.path, "BlockDevice", "block device")
        }
    }

    /// The real path to mount; without a type the directory is made if nothing is there, as container
    /// runtimes do.
    static func resolve(_ source: HostPathVolumeSource) throws(SystemError) -> String {
        if source.type == .unset, !Files.exists(source.path) {
            try Files.makeDirectories(source.path, mode: 0o755)
        }
        return try Files.resolve(source.path)
    }

    private static func make(
        _ path: String,
        _ body: (String) throws(SystemError) -> Void
    ) throws(VolumeProblem) {
        do throws(SystemError) {
            try body(path)
        } catch {
            throw VolumeProblem(text: error.advice)
        }
    }

    private static func require(
        _ path: String,
        _ wanted: String,
        _ words: String
    ) throws(VolumeProblem) {
        let found: String
        do throws(SystemError) {
            found = name(of: try Files.stat(path).kind)
        } catch {
            guard error.isUnreachable else {
                throw VolumeProblem(text: error.advice)
            }
            throw VolumeProblem(
                text: "hostPath type check failed: \(path) is not a \(words), it doesn't exist; "
                    + "make it, or choose another type"
            )
        }
        guard found == wanted else {
            throw VolumeProblem(
                text: "hostPath type check failed: \(path) is not a \(words), it's a \(found)"
            )
        }
    }

    private static func name(of kind: FileStatus.Kind) -> String {
        switch kind {
        case .file: "File"
        case .directory: "Directory"
        case .socket: "Socket"
        case .characterDevice: "CharDevice"
        case .blockDevice: "BlockDevice"
        case .fifo: "named pipe"
        case .symbolicLink: "symbolic link"
        }
    }
}

extension SystemError {
    /// The error and what usually helps against it.
    var advice: String { remedy.isEmpty ? description : "\(description); \(remedy)" }
}
