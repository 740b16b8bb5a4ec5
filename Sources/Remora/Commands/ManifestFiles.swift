internal import Basics
internal import Formats
internal import Manifests
internal import Reactor
internal import System

/// The manifests that `-f` names: read, checked, and ready to be applied.
@MainLoop struct ManifestFiles {
    /// The objects in the order of the files, namespaces first.
    let objects: [ManifestObject]

    /// Reads and checks the manifests; warnings go to standard error.
    ///
    /// - Throws: `Failure` whose text holds every finding, one a line.
    init(_ context: CommandContext) throws(Failure) {
        let names = context.invocation.texts("filename")
        guard !names.isEmpty else {
            throw Failure(.invalid, "no manifest is named", remedy: "use -f FILE")
        }
        var files: [(name: String, bytes: [UInt8])] = []
        for name in names { files += try Self.read(name) }
        let result = ManifestLoader(namespace: context.namespace).load(files: files)
        for warning in result.warnings { Console.note(warning) }
        guard result.errors.isEmpty else {
            let count = result.errors.count
            throw Failure(
                .invalid,
                (result.errors + ["\(count) error\(count == 1 ? "" : "s"); nothing was started"])
                    .joined(separator: "\n")
            )
        }
        objects = result.objects
    }

    private static let limit = 64 << 20

    private static func read(_ name: String) throws(Failure) -> [(name: String, bytes: [UInt8])] {
        do {
            if name == "-" {
                return [("<stdin>", try Descriptors.readAll(0, limit: limit))]
            }
            guard Files.isDirectory(name) else {
                return [(name, try Files.read(name, limit: limit))]
            }
            var files: [(name: String, bytes: [UInt8])] = []
            for entry in try Files.list(name).sorted()
            where [".yaml", ".yml", ".json"].contains(where: entry.hasSuffix) {
                let path = name + "/" + entry
                files.append((path, try Files.read(path, limit: limit)))
            }
            guard !files.isEmpty else {
                throw Failure(
                    .notFound,
                    "no manifest in directory \(name)",
                    remedy: "manifests end in .yaml, .yml or .json"
                )
            }
            return files
        } catch let error as SystemError {
            throw Failure("cannot read manifest \(name)", error)
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.internalError, "cannot read manifest \(name)", cause: "\(error)")
        }
    }
}
