import CLinux
import Glibc

/// The control groups of this machine, in whichever of the three arrangements it has.
///
/// Paths are relative to the root of every hierarchy and start with a slash. On v1 and hybrid
/// machines one path names a directory in each hierarchy; on v2 there is one hierarchy.
public struct Cgroups: Sendable, Hashable {
    /// How the machine arranges its control groups.
    public enum Mode: String, Sendable, Hashable, CaseIterable {
        /// One hierarchy per controller.
        case v1
        /// One unified hierarchy.
        case v2
        /// One hierarchy per controller, and a unified one with few controllers or none.
        case hybrid
    }

    /// One mounted hierarchy.
    public struct Hierarchy: Sendable, Hashable {
        /// Where it is mounted.
        public var mountPoint: String
        /// Its controllers: `cpu`, `memory`; `name=systemd` is one without controller.
        public var controllers: [String]

        /// Describes a hierarchy.
        public init(mountPoint: String, controllers: [String]) {
            self.mountPoint = mountPoint
            self.controllers = controllers
        }
    }

    /// The arrangement.
    public let mode: Mode
    /// The hierarchies that hold containers: all of v1, or the one of v2.
    public let hierarchies: [Hierarchy]

    /// Describes an arrangement; `detect` finds the machine's own.
    public init(mode: Mode, hierarchies: [Hierarchy]) {
        self.mode = mode
        self.hierarchies = hierarchies
    }

    /// Reads the arrangement of this machine from `/proc/self/mountinfo`.
    ///
    /// - Throws: `ENODEV` if no control groups are mounted under `/sys/fs/cgroup`.
    public static func detect() throws(SystemError) -> Self {
        guard let found = Self(mountInfo: try Files.text("/proc/self/mountinfo")) else {
            throw SystemError(ENODEV, "find control groups", root)
        }
        guard found.mode == .v2 else { return found }
        let list = (try? Files.text(root + "/cgroup.controllers")) ?? ""
        let controllers = list.split { $0 == " " || $0 == "\n" }.map(String.init)
        return Self(
            mode: .v2,
            hierarchies: [Hierarchy(mountPoint: root, controllers: controllers)]
        )
    }

    /// Reads the arrangement from the text of a `mountinfo` file; `nil` without control groups.
    public init?(mountInfo text: String) {
        var v1: [Hierarchy] = []
        var top: Mode?
        for line in text.split(separator: "\n") {
            let halves = line.split(separator: " - ", maxSplits: 1)
            guard halves.count == 2 else { continue }
            let left = halves[0].split(separator: " ")
            let right = halves[1].split(separator: " ")
            guard left.count > 4, right.count > 2 else { continue }
            let target = String(left[4])
            guard target == Self.root || target.hasPrefix(Self.root + "/") else { continue }
            switch right[0] {
            case "cgroup2" where target == Self.root: top = .v2
            case "cgroup2": top = top ?? .hybrid
            case "cgroup": v1.append(Self.hierarchy(at: target, options: right[right.count - 1]))
            default: break
            }
        }
        if top == .v2 {
            self.init(
                mode: .v2,
                hierarchies: [Hierarchy(mountPoint: Self.root, controllers: [])]
            )
        } else if v1.isEmpty {
            return nil
        } else {
            self.init(mode: top ?? .v1, hierarchies: v1)
        }
    }

    /// Where control groups are mounted on every machine we know.
    public static let root = "/sys/fs/cgroup"

    private static func hierarchy(at target: String, options: Substring) -> Hierarchy {
        let flags: Set<Substring> = ["rw", "ro", "noprefix", "clone_children", "xattr", "none"]
        let controllers = options.split(separator: ",").filter {
            !flags.contains($0) && !$0.hasPrefix("release_agent=")
        }
        return Hierarchy(mountPoint: target, controllers: controllers.map(String.init))
    }

    /// Whether limits of that controller can be set.
    public func has(_ controller: String) -> Bool {
        hierarchies.contains { $0.controllers.contains(controller) }
    }

    /// The directory of a path in the hierarchy of a controller; `nil` if the machine lacks it.
    public func directory(_ path: String, of controller: String) -> String? {
        guard mode != .v2 else { return hierarchies.first.map { $0.mountPoint + path } }
        return hierarchies.first { $0.controllers.contains(controller) }.map {
            $0.mountPoint + path
        }
    }

    /// The directories of a path in all hierarchies.
    func directories(_ path: String) -> [String] {
        hierarchies.map { $0.mountPoint + path }
    }

    /// Writes a control file in one call.
    static func write(_ text: String, to file: String) throws(SystemError) {
        let bytes = Array(text.utf8)
        let result = unsafe remora_control_write(file, bytes, bytes.count)
        if result < 0 { throw SystemError(-result, "write", file) }
    }
}
