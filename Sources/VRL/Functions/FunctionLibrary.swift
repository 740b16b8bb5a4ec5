/// Every function of the language, by name.
public enum FunctionLibrary {
    /// The functions; each file below `Library` adds a group.
    public static let functions: [String: Function] = {
        let groups: [[Function]] = []
        return Dictionary(
            groups.joined().map { ($0.name, $0) },
            uniquingKeysWith: { first, _ in first }
        )
    }()
}
