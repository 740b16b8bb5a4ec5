import PodModel

/// The places in a volume where a pod mounts something else below it.
///
/// Volumes of objects are read-only for containers, so these directories must be there beforehand.
/// (kubelet: `getNestedMountpoints`)
enum NestedMountPoints {
    /// Directories relative to the volume; none of them lies in another.
    static func of(_ volume: String, in pod: Pod) -> Set<String> {
        let containers =
            pod.spec.initContainers + pod.spec.containers
            + pod.spec.ephemeralContainers.map(\.container)
        var found: Set<String> = []
        for container in containers {
            let places = container.volumeMounts.map { MountPath($0.mountPath) }.sorted()
            for mount in container.volumeMounts where mount.name == volume {
                add(below: MountPath(mount.mountPath), of: places, to: &found)
            }
        }
        return found
    }

    private static func add(
        below top: MountPath,
        of places: [MountPath],
        to found: inout Set<String>
    ) {
        var previous: MountPath?
        for place in places where place.isBelow(top) {
            if let previous, place.isBelow(previous) { continue }
            found.insert(place.parts.dropFirst(top.parts.count).joined(separator: "/"))
            previous = place
        }
    }
}

/// A mount path as its parts, without dots and empty ones; relative ones count from the root.
struct MountPath: Hashable, Comparable {
    let parts: [String]

    init(_ path: String) {
        parts = path.split(separator: "/").reduce(into: []) { parts, part in
            switch part {
            case ".": break
            case "..": _ = parts.popLast()
            default: parts.append(String(part))
            }
        }
    }

    /// The absolute path.
    var text: String { "/" + parts.joined(separator: "/") }

    func isBelow(_ other: Self) -> Bool {
        parts.count > other.parts.count && parts.starts(with: other.parts)
    }

    static func < (left: Self, right: Self) -> Bool {
        left.parts.lexicographicallyPrecedes(right.parts)
    }
}
