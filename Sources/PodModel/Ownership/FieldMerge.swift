internal import Formats

extension FieldPlace {
    /// A live value with what a configuration says about it.
    ///
    /// Elements of lists that both have stay where the configuration has them, the others where they
    /// are, as structured-merge-diff orders them.
    func merge(_ live: JSON?, _ applied: JSON) -> JSON {
        let granularity = granularity(of: applied)
        switch (granularity, live, applied) {
        case (.members, .object(let live), .object(let applied)):
            var merged = live
            for (name, value) in applied { merged[name] = member(name).merge(live[name], value) }
            return .object(merged)
        case (.items, .array(let live), .array(let applied)),
            (.values, .array(let live), .array(let applied)):
            return .array(mergeElements(live, applied, granularity))
        default: return applied
        }
    }

    private func mergeElements(
        _ live: [JSON],
        _ applied: [JSON],
        _ granularity: Granularity
    ) -> [JSON] {
        let known = elements(of: live, granularity)
        let wanted = elements(of: applied, granularity)
        var merged: [JSON] = []
        var rest = applied[...]
        var done: Set<FieldStep> = []
        func takeApplied() {
            guard let item = rest.popFirst() else { return }
            guard let step = step(to: item, granularity) else {
                merged.append(item)
                return
            }
            if done.insert(step).inserted {
                merged.append(element.merge(known[step], item))
            }
        }
        for item in live {
            guard let step = step(to: item, granularity), wanted[step] != nil else {
                merged.append(item)
                continue
            }
            // Those that the configuration has before this one come first.
            while !done.contains(step), !rest.isEmpty { takeApplied() }
        }
        while !rest.isEmpty { takeApplied() }
        return merged
    }

    /// A value without the fields of a set; nil if nothing is left.
    func remove(_ fields: FieldSet, from value: JSON) -> JSON? {
        let granularity = granularity(of: value)
        switch (granularity, value) {
        case (.members, .object(let members)) where !members.isEmpty:
            var rest = JSONObject()
            for (name, value) in members {
                let inner = fields[.member(name)]
                guard !inner.isMember else { continue }
                rest[name] = inner.isEmpty ? value : member(name).remove(inner, from: value)
            }
            return rest.isEmpty ? nil : .object(rest)
        case (.items, .array(let items)) where !items.isEmpty,
            (.values, .array(let items)) where !items.isEmpty:
            let rest = items.compactMap { item -> JSON? in
                guard let step = step(to: item, granularity) else { return item }
                let inner = fields[step]
                guard !inner.isMember else { return nil }
                return inner.isEmpty ? item : element.remove(inner, from: item)
            }
            return rest.isEmpty ? nil : .array(rest)
        default: return value
        }
    }
}
