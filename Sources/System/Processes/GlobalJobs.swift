import CLinux

/// The jobs of the Swift runtime that belong to no executor, for `Reactor` only.
public enum GlobalJobs {
    /// Hands these jobs to a function, for the rest of the process.
    ///
    /// Returns whether the runtime does so. The function is called on any thread with a pointer that
    /// is the job.
    public static func take(
        _ body: @convention(c) (UnsafeMutableRawPointer?) -> Void
    ) -> Bool {
        unsafe remora_take_global_jobs(body) == 0
    }
}
