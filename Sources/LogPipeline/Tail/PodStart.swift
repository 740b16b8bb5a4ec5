public import Basics
internal import System

/// When the pod began, as far as a program in one of its containers can tell.
public enum PodStart {
    /// The earlier of the program's own start and the making of a file that the runtime mounts for each pod.
    ///
    /// Outside of a container, where no such file is mounted, it is the program's own start.
    public static func guess(programStart: Timestamp) -> Timestamp {
        var start = programStart
        let mounts = MountTable(parsing: (try? Files.text("/proc/self/mountinfo")) ?? "")
        for path in ["/etc/hostname", "/etc/resolv.conf", "/etc/hosts"] where mounts[path] != nil {
            guard let made = Files.born(path) ?? (try? Files.stat(path))?.modified else { continue }
            start = min(start, made)
        }
        return start
    }
}
