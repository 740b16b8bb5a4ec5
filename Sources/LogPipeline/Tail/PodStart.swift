public import Basics
internal import System

/// When the pod began, as far as a program in one of its containers can tell.
public enum PodStart {
    /// The earlier of the program's own start and the making of a file that the runtime mounts for each pod.
    ///
    /// Outside of a container, where no such file is mounted, it is the program's own start.
    public static func guess(programStart: Timestamp) -> Timestamp {
        let mounts = MountTable(parsing: (try? Files.text("/proc/self/mountinfo")) ?? "")
        let made = ["/etc/hostname", "/etc/resolv.conf", "/etc/hosts"].compactMap { path in
            mounts[path] == nil ? nil : Files.born(path) ?? (try? Files.stat(path))?.modified
        }
        return start(programStart: programStart, made: made)
    }

    static func start(programStart: Timestamp, made: [Timestamp]) -> Timestamp {
        let (first, last) = (made.min() ?? programStart, made.max() ?? programStart)
        // The clock was set back since: what times say then tells nothing, and nothing may be missed.
        if last > programStart + TailSource.clockSlack { return Timestamp(nanoseconds: .min) }
        return min(programStart, first)
    }
}
