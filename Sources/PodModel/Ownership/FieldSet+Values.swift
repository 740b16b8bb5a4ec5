internal import Formats

extension FieldSet {
    /// The fields that a value sets.
    init(of value: JSON, at place: FieldPlace) {
        self.init()
        switch (place.granularity(of: value), value) {
        case (.members, .object(let members)):
            for (name, value) in members {
                let inner = place.member(name)
                var set = FieldSet(of: value, at: inner)
                if value.isNull || value.object?.isEmpty == true || !place.declares(name) {
                    set.isMember = true
                }
                self[.member(name)] = set
            }
        case (.items, .array(let items)), (.values, .array(let items)):
            for item in items {
                guard let step = place.step(to: item, place.granularity(of: value)) else {
                    continue
                }
                var set = FieldSet(of: item, at: place.element)
                set.isMember = true
                self[step] = self[step].union(set)
            }
        default: isMember = true
        }
    }
}
