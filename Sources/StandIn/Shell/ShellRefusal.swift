/// Why a command of a script is not known.
struct ShellRefusal: Error, Sendable, Hashable {
    /// What is not known.
    var what: String
    /// What to do.
    var remedy: String

    /// Makes one.
    init(_ what: String, _ remedy: String = "") {
        self.what = what
        self.remedy = remedy
    }
}
