import System

/// Takes the directories of a pod's volumes away, with everything mounted in them.
///
/// The engine knows where its own mounts are, so the mount table - which grows with the number of
/// pods - is only read when something else turns out to be mounted there.
struct VolumeRemoval: Sendable {
    /// The pinned sub-paths: `<volume>/<container>/<index>`.
    let pins: String
    /// Directories that hold one volume per name.
    let volumes: [String]

    /// Whether anything is left.
    var isNeeded: Bool { ([pins] + volumes).contains { Files.exists($0) } }

    /// Unmounts, then removes; repeated, it continues.
    func run() throws(SystemError) {
        for volume in Self.entries(of: pins) {
            for container in Self.entries(of: volume) {
                for pin in Self.entries(of: container) { try Self.unmount(pin) }
            }
        }
        for place in volumes.flatMap(Self.entries) { try Self.unmount(place) }
        for place in [pins] + volumes {
            do throws(SystemError) {
                try Files.removeTree(place)
            } catch {
                // Somebody mounted something below a volume.
                try Mounts.unmountAll(below: place)
                try Files.removeTree(place)
            }
        }
    }

    private static func unmount(_ place: String) throws(SystemError) {
        while FileTree.isMountRoot(place) {
            guard try Mounts.unmount(place, lazily: true) else { return }
        }
    }

    private static func entries(of directory: String) -> [String] {
        ((try? Files.list(directory)) ?? []).map { directory + "/" + $0 }
    }
}
