import CLinux

/// The memory of the process.
public enum Memory {
    /// Gives back what only the start, or the reading of a configuration, needed.
    ///
    /// That is what malloc holds free and the pages of code and constants: a static program has
    /// megabytes that run once. What is needed again comes from the file, some microseconds each.
    public static func settle() {
        remora_memory_settle()
    }
}
