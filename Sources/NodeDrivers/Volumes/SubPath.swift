import PodEngine
import PodModel
import System

/// One mount of a container that wants a part of a volume.
struct SubPathPlace {
    let volume: Volume
    let container: String
    /// The number of the mount in the container's list.
    let index: Int
}

/// Pins a part of a volume under a path of its own, where nobody can swap it for something else.
///
/// The part is looked up by the kernel in one step that cannot leave the volume, and what was found -
/// not its name - is bind-mounted. Links inside the volume are followed; absolute links and links
/// that climb out are refused. (kubelet: `pkg/volume/util/subpath`)
struct SubPath {
    /// Where the pins of a pod are.
    let folder: String

    /// The sub-path of a mount with the references of `subPathExpr` replaced; empty for the volume.
    static func expanded(
        _ mount: VolumeMount,
        _ environment: EnvironmentVariables
    ) throws(StepFailure) -> String {
        var path = mount.subPath
        if !mount.subPathExpr.isEmpty {
            var missing: Set<String> = []
            path = VariableExpansion.expand(mount.subPathExpr) { name in
                if let value = environment[name], !value.isEmpty { return value }
                missing.insert(name)
                return ""
            }
            guard missing.isEmpty else {
                throw .configuration(
                    "missing value for \(missing.sorted().joined(separator: ", "))"
                )
            }
        }
        if path.hasPrefix("/") {
            throw .configuration("error SubPath `\(path)` must not be an absolute path")
        }
        if path.split(separator: "/").contains("..") {
            throw .configuration(
                "unable to provision SubPath `\(path)`: must not contain '..'"
            )
        }
        return path
    }

    /// Binds a part of a volume to its pin and returns the pin's path.
    ///
    /// A directory that is missing is made with the mode of the volume. The errors do not say what
    /// the node has where, because the container could ask for anything.
    func pin(_ path: String, of root: String, _ place: SubPathPlace) throws(StepFailure) -> String {
        let target = "\(folder)/\(place.volume.name)/\(place.container)/\(place.index)"
        let subject = "volumeMount \"\(place.volume.name)\" of container \"\(place.container)\""
        let found: Descriptor
        do throws(SystemError) {
            found = try Self.locate(path, below: root)
        } catch {
            throw .configuration("failed to create subPath directory for \(subject)")
        }
        do throws(SystemError) {
            // The pin of an earlier start shows what was there then.
            while try Mounts.unmount(target, lazily: true) {}
            try Files.makeDirectories(Files.parent(of: target), mode: 0o750)
            let isDirectory = try Files.stat(descriptor: found.number).kind == .directory
            if Files.exists(target), Files.isDirectory(target) != isDirectory {
                try Files.remove(target)
            }
            if isDirectory {
                try Files.makeDirectories(target, mode: 0o750)
            } else if !Files.exists(target) {
                try Files.write(target, [], mode: 0o640)
            }
            try Mounts.bind(SafePath.name(of: found), at: target)
        } catch {
            throw .configuration("failed to prepare subPath for \(subject)")
        }
        return target
    }

    private static func locate(_ path: String, below root: String) throws(SystemError) -> Descriptor
    {
        do throws(SystemError) {
            return try SafePath.locate(path, below: root)
        } catch {
            guard error.isMissing else { throw error }
        }
        let mode = try Files.stat(root).mode
        return try SafePath.makeDirectories(path, below: root, mode: mode)
    }
}
