import CLinux
import Glibc

/// What a file system says of itself.
public enum FileSystems {
    /// How much of a file system is taken, in hundredths of what there is for everybody; 0 to 100.
    ///
    /// What is reserved for root does not count as there. 0 if nothing can be learnt.
    public static func fullness(of path: String) -> Int {
        var status = statvfs()
        guard unsafe statvfs(path, &status) == 0, status.f_blocks > 0 else { return 0 }
        let used = status.f_blocks - status.f_bfree
        let all = used + status.f_bavail
        return all == 0 ? 100 : Int(used * 100 / all)
    }
}
