/// What is known of an expression's value before it runs: its kinds, and what is in maps and lists.
public struct TypeInfo: Sendable, Hashable {
    /// The kinds it may have.
    public var kinds: Kinds
    /// Fields of a map that are known; a field that may be missing has `null` among its kinds.
    public var fields: [String: TypeInfo] = [:]
    /// Items of a list that are known, from its first.
    public var items: [TypeInfo] = []
    /// The kinds of fields that are not named, and of a list's items; nil if there are none besides.
    public var others: Kinds? = .any

    /// Knows the kinds only.
    public init(_ kinds: Kinds) {
        self.kinds = kinds
    }

    /// Anything.
    public static let any = Self(.any)

    /// A map with these fields, and no others unless `others` says so.
    public static func object(_ fields: [String: TypeInfo], others: Kinds? = nil) -> Self {
        var info = Self(.object)
        info.fields = fields
        info.others = others
        return info
    }

    /// A list of such items.
    public static func array(of items: Kinds) -> Self {
        var info = Self(.array)
        info.others = items
        return info
    }

    /// A list of exactly these items.
    public static func array(items: [TypeInfo]) -> Self {
        var info = Self(.array)
        info.items = items
        info.others = nil
        return info
    }

    /// A list with the items of another at its end.
    func appending(_ list: Self) -> Self {
        var result = self
        if let others {
            // Nobody knows where they stand.
            let kinds = list.items.reduce(list.others ?? []) { $0.union($1.kinds) }
            result.others = others.union(kinds)
        } else {
            result.items += list.items
            result.others = list.others
        }
        return result
    }
}
