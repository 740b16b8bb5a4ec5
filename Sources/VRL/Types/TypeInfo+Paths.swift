extension TypeInfo {
    /// How many steps of a path are followed; what is deeper may be anything.
    private static let depthMaximum = 32

    /// A map with any fields.
    static let anyObject = TypeInfo(.object)

    /// No value at all: of an expression that never ends, as `abort`.
    static let never = TypeInfo([])

    /// Whether there is no value.
    var isNever: Bool { kinds.isEmpty }

    private var isContainer: Bool { !kinds.isDisjoint(with: [.object, .array]) }

    /// Either of two.
    func union(_ other: Self) -> Self {
        if isNever { return other }
        if other.isNever { return self }
        var result = TypeInfo(kinds.union(other.kinds))
        guard isContainer else {
            result.fields = other.fields
            result.others = other.others
            return result
        }
        guard other.isContainer else {
            result.fields = fields
            result.others = others
            return result
        }
        result.others = others.map { $0.union(other.others ?? []) } ?? other.others
        if !kinds.contains(.object) {
            result.fields = other.fields
        } else if !other.kinds.contains(.object) {
            result.fields = fields
        } else {
            for (name, type) in fields {
                result.fields[name] = type.union(other.fields[name] ?? other.unnamed)
            }
            for (name, type) in other.fields where fields[name] == nil {
                result.fields[name] = type.union(unnamed)
            }
        }
        return result
    }

    /// With null as well.
    var orNull: Self {
        var result = self
        result.kinds.insert(.null)
        return result
    }

    /// A field that is not named, or an item.
    private var unnamed: Self { TypeInfo((others ?? []).union(.null)) }

    /// What stands at a path in it.
    func at(_ path: ArraySlice<PathSegment>) -> Self {
        guard let step = path.first else { return self }
        let rest = path.dropFirst()
        switch step {
        case .field(let name):
            guard kinds.contains(.object) else { return TypeInfo(.null) }
            var found = fields[name] ?? unnamed
            if kinds != .object { found.kinds.insert(.null) }
            return found.at(rest)
        case .index:
            guard kinds.contains(.array) else { return TypeInfo(.null) }
            return unnamed.at(rest)
        case .coalesce(let names):
            return names.reduce(Self.never) { $0.union(at([.field($1)] + rest)) }.orNull
        }
    }

    /// With another type at a path.
    func setting(_ path: ArraySlice<PathSegment>, _ type: Self) -> Self {
        guard let step = path.first else { return type }
        let rest = path.dropFirst()
        var result = TypeInfo([])
        switch step {
        case .field(let name):
            result.kinds = .object
            result.others = nil
            if kinds.contains(.object) {
                result.fields = kinds == .object ? fields : fields.mapValues(\.orNull)
                result.others = others
            }
            guard path.count <= Self.depthMaximum else { return .anyObject }
            let before = kinds.contains(.object) ? fields[name] ?? unnamed : .init(.null)
            result.fields[name] = before.setting(rest, type)
        case .index:
            result.kinds = .array
            let before = kinds.contains(.array) ? others ?? [] : []
            result.others = before.union(rest.isEmpty ? type.kinds : .any).union(.null)
        case .coalesce(let names):
            result = self
            for name in names {
                result = result.union(setting([.field(name)] + rest, type))
            }
            result.kinds = .object
        }
        return result
    }

    /// Without what stands at a path.
    func removing(_ path: ArraySlice<PathSegment>, compact: Bool) -> Self {
        guard let step = path.first else { return kinds.contains(.object) ? .object([:]) : self }
        var result = self
        let rest = path.dropFirst()
        switch step {
        case .field(let name):
            guard kinds.contains(.object) else { return self }
            if rest.isEmpty || compact {
                let inner =
                    rest.isEmpty
                    ? TypeInfo(.null)
                    : (fields[name] ?? unnamed).removing(rest, compact: compact).orNull
                result.fields[name] = inner
            } else if let inner = fields[name] {
                result.fields[name] = inner.removing(rest, compact: false)
            }
        case .index: break
        case .coalesce(let names):
            for name in names {
                result = result.union(result.removing([.field(name)] + rest, compact: compact))
            }
        }
        return result
    }

    /// A map over which another is laid.
    func merging(_ other: Self) -> Self {
        guard kinds == .object, other.kinds == .object else { return .anyObject }
        var result = self
        for (name, type) in other.fields {
            let may = type.kinds.contains(.null)
            result.fields[name] = may ? type.union(fields[name] ?? unnamed) : type
        }
        if let unknown = other.others {
            for (name, type) in result.fields where other.fields[name] == nil {
                result.fields[name] = type.union(TypeInfo(unknown))
            }
            result.others = (others ?? []).union(unknown)
        }
        return result
    }
}
