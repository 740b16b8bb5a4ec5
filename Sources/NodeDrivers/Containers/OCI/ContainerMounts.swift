import Formats
import PodModel
import System

/// The mounts of a container: what every container has, the pod's files, and the volumes.
struct ContainerMounts {
    private struct Entry {
        var destination: String
        var type: String
        var source: String
        var options: [String]

        var json: JSON {
            [
                "destination": .string(destination), "type": .string(type),
                "source": .string(source), "options": .array(options.map { .string($0) }),
            ]
        }
    }

    /// The OCI form, in the order in which they are made: outer before inner.
    ///
    /// A volume mounted where a container would have one of its own (`/dev/shm`, `/etc/hosts`)
    /// takes its place.
    ///
    /// With `mapped`, the files of the node are taken from there, by their number in `sources`.
    static func json(
        _ request: ContainerRequest,
        security: EffectiveSecurity,
        terminationLog: String,
        mode: Cgroups.Mode,
        mapped: String? = nil
    ) -> JSON {
        var entries = entries(request, security, terminationLog, mode)
        if let mapped {
            let numbers = entries.indices.filter { entries[$0].type == "bind" }.enumerated()
            for (number, index) in numbers { entries[index].source = mapped + "/\(number)" }
        }
        return .array(entries.map(\.json))
    }

    /// The files of the node that such a container sees, in the order of the mounts.
    static func sources(
        _ request: ContainerRequest,
        security: EffectiveSecurity,
        terminationLog: String,
        mode: Cgroups.Mode
    ) -> [String] {
        entries(request, security, terminationLog, mode).filter { $0.type == "bind" }.map(\.source)
    }

    private static func entries(
        _ request: ContainerRequest,
        _ security: EffectiveSecurity,
        _ terminationLog: String,
        _ mode: Cgroups.Mode
    ) -> [Entry] {
        let taken = Set(request.mounts.map { clean($0.destination) })
        var entries = standard(request, security, mode).filter { !taken.contains($0.destination) }
        let readOnly = security.hasReadOnlyRoot
        var files: [(String?, String, Bool)] = [
            (request.hostsFile, "/etc/hosts", false),
            (request.hostnameFile, "/etc/hostname", readOnly),
            (request.resolverFile, "/etc/resolv.conf", readOnly),
        ]
        let lastWords = request.container.terminationMessagePath
        if !lastWords.isEmpty { files.append((terminationLog, clean(lastWords), false)) }
        for case (let source?, let destination, let readOnly) in files
        where !taken.contains(destination) {
            let options = ["rbind", "rprivate", readOnly ? "ro" : "rw"]
            entries.append(
                Entry(destination: destination, type: "bind", source: source, options: options)
            )
        }
        let volumes = request.mounts.enumerated().sorted { left, right in
            (depth(left.element.destination), left.offset)
                < (depth(right.element.destination), right.offset)
        }
        entries += volumes.map { volume($0.element) }
        return entries
    }

    private static func volume(_ mount: ContainerMount) -> Entry {
        var options = ["rbind", mount.propagation.rawValue]
        if mount.isReadOnly { options.append(mount.isRecursivelyReadOnly ? "rro" : "ro") }
        if mount.forbidsExecution { options.append("noexec") }
        return Entry(
            destination: clean(mount.destination),
            type: "bind",
            source: mount.source,
            options: mount.isReadOnly ? options : options + ["rw"]
        )
    }

    private static func standard(
        _ request: ContainerRequest,
        _ security: EffectiveSecurity,
        _ mode: Cgroups.Mode
    ) -> [Entry] {
        let access = security.isPrivileged ? "rw" : "ro"
        let guarded = ["nosuid", "noexec", "nodev"]
        var entries = [
            Entry(destination: "/proc", type: "proc", source: "proc", options: guarded),
            Entry(
                destination: "/dev",
                type: "tmpfs",
                source: "tmpfs",
                options: ["nosuid", "strictatime", "mode=755", "size=65536k"]
            ),
            Entry(
                destination: "/dev/pts",
                type: "devpts",
                source: "devpts",
                options: [
                    "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5",
                ]
            ),
            Entry(destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: guarded),
            Entry(
                destination: "/sys",
                type: "sysfs",
                source: "sysfs",
                options: guarded + [access]
            ),
            Entry(
                destination: "/sys/fs/cgroup",
                type: "cgroup",
                source: "cgroup",
                options: guarded + ["relatime", access]
            ),
        ]
        if let shared = request.sharedMemory {
            entries.append(
                Entry(
                    destination: "/dev/shm",
                    type: "bind",
                    source: shared,
                    options: ["rbind", "rprivate", "rw"]
                )
            )
        } else {
            entries.append(
                Entry(
                    destination: "/dev/shm",
                    type: "tmpfs",
                    source: "shm",
                    options: guarded + ["mode=1777", "size=65536k"]
                )
            )
        }
        return entries
    }

    /// The path without doubled or trailing slashes.
    static func clean(_ path: String) -> String {
        "/" + path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }

    private static func depth(_ path: String) -> Int { path.split(separator: "/").count }
}
