/// The forms of paths.
enum PathRules {
    /// No element may be `..`.
    static func noBacksteps(_ text: String) -> [String] {
        text.split(separator: "/").contains("..") ? ["must not contain '..'"] : []
    }

    /// A path below something: relative, without `..`.
    static func descending(_ text: String) -> [String] {
        (text.hasPrefix("/") ? ["must be a relative path"] : []) + noBacksteps(text)
    }

    /// A file of a volume that is written atomically: its own names begin with `..`.
    static func unreserved(_ text: String) -> [String] {
        let isReserved = text.hasPrefix("..") && !text.hasPrefix("../") && text != ".."
        return descending(text) + (isReserved ? ["must not start with '..'"] : [])
    }
}
