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
            result.items = other.items
            result.others = other.others
            return result
        }
        guard other.isContainer else {
            result.fields = fields
            result.items = items
            result.others = others
            return result
        }
        result.others = others.map { $0.union(other.others ?? []) } ?? other.others
        if !kinds.contains(.array) {
            result.items = other.items
        } else if !other.kinds.contains(.array) {
            result.items = items
        } else {
            for place in 0..<max(items.count, other.items.count) {
                let first = place < items.count ? items[place] : unnamed
                let second = place < other.items.count ? other.items[place] : other.unnamed
                result.items.append(first.union(second))
            }
        }
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

    /// What is known of any field or item; anything if it may be neither a map nor a list.
    var inner: Self {
        guard kinds.isSubset(of: [.object, .array]) else { return .any }
        let parts = Array(fields.values) + items
        return parts.reduce(Self.never) { $0.union($1) }.union(TypeInfo(others ?? []))
    }

    /// What is known of an item.
    private func item(_ index: Int) -> Self {
        if index >= 0 { return index < items.count ? items[index] : unnamed }
        guard others != nil else {
            return items.count + index >= 0 ? items[items.count + index] : TypeInfo(.null)
        }
        return items.reduce(unnamed) { $0.union($1) }
    }

    /// With something known of an item.
    private func setting(item index: Int, _ rest: ArraySlice<PathSegment>, _ type: Self) -> Self {
        var result = TypeInfo(.array)
        result.others = nil
        if kinds.contains(.array) {
            result.items = kinds == .array ? items : items.map(\.orNull)
            result.others = others
            if kinds != .array { result.others = (others ?? []).union(.null) }
        }
        let value = result.item(index).setting(rest, type)
        let isKnown = result.others == nil
        let place = index < 0 && isKnown ? result.items.count + index : index
        guard place >= 0 else {
            // Items move, or it is not known which one it is.
            let all = result.items.reduce(value) { $0.union($1) }
            result.items = []
            result.others = all.kinds.union(result.others ?? []).union(.null)
            return result
        }
        if place < result.items.count {
            result.items[place] = value
        } else if place < result.items.count + 32 {
            while result.items.count < place { result.items.append(result.unnamed) }
            result.items.append(value)
        } else {
            result.others = value.kinds.union(result.others ?? []).union(.null)
        }
        return result
    }

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
        case .index(let index):
            guard kinds.contains(.array) else { return TypeInfo(.null) }
            var found = item(index)
            if kinds != .array { found.kinds.insert(.null) }
            return found.at(rest)
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
        case .index(let index):
            guard path.count <= Self.depthMaximum else { return .array(of: .any) }
            return setting(item: index, rest, type)
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
        guard let step = path.first else {
            return kinds.contains(.object) ? .object([:]) : TypeInfo(.null)
        }
        var result = self
        let rest = path.dropFirst()
        switch step {
        case .field(let name):
            guard kinds.contains(.object) else { return self }
            if rest.isEmpty || compact {
                guard !rest.isEmpty else {
                    // Where nothing else can be, it need not be named.
                    result.fields[name] = others == nil ? nil : TypeInfo(.null)
                    return result
                }
                let inner = fields[name] ?? unnamed
                result.fields[name] = inner.removing(rest, compact: true).orNull
            } else if let inner = fields[name] {
                result.fields[name] = inner.removing(rest, compact: false)
            }
        case .index(let index):
            guard kinds.contains(.array) else { return self }
            if rest.isEmpty || compact {
                // What stands after it moves.
                let all = items.reduce(TypeInfo.never) { $0.union($1) }
                result.items = []
                result.others = all.kinds.union(others ?? [])
            } else if index >= 0, index < items.count {
                result.items[index] = items[index].removing(rest, compact: false)
            }
        case .coalesce(let names):
            for name in names {
                result = result.union(result.removing([.field(name)] + rest, compact: compact))
            }
        }
        return result
    }

    /// A map over which another is laid.
    func merging(_ other: Self) -> Self {
        guard !isNever, !other.isNever else { return isNever ? other : self }
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
