internal import Formats

/// What differs between two objects of a kind, by fields.
struct FieldComparison {
    /// Fields that only the new object has, maps and elements of lists among them.
    private(set) var added = FieldSet()
    /// Fields that only the old object has.
    private(set) var removed = FieldSet()
    /// Fields that both have, with different values.
    private(set) var modified = FieldSet()

    init(_ old: JSON, _ new: JSON, kind: String) {
        compare(old, new, FieldPlace(kind: kind), [])
    }

    private mutating func compare(
        _ old: JSON?,
        _ new: JSON?,
        _ place: FieldPlace,
        _ path: [FieldStep]
    ) {
        guard let shown = new ?? old, old != new else { return }
        let granularity = place.granularity(of: shown)
        var isWhole = false
        switch granularity {
        case .whole: isWhole = true
        case .members:
            isWhole = [old, new].contains { $0 != nil && $0?.object == nil }
            guard !isWhole else { break }
            for name in Set((old?.object?.keys ?? []) + (new?.object?.keys ?? [])) {
                compare(old?[name], new?[name], place.member(name), path + [.member(name)])
            }
        case .items, .values:
            isWhole = [old, new].contains { $0 != nil && $0?.array == nil }
            guard !isWhole else { break }
            let old = place.elements(of: old?.array ?? [], granularity)
            let new = place.elements(of: new?.array ?? [], granularity)
            for step in Set(old.keys).union(new.keys) {
                compare(old[step], new[step], place.element, path + [step])
            }
        }
        if old == nil {
            added.insert(path)
        } else if new == nil {
            removed.insert(path)
        } else if isWhole {
            modified.insert(path)
        }
    }
}
