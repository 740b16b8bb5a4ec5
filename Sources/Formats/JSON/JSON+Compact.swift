extension JSON {
    /// The same value in as little memory as a tree takes: arrays and objects without room to grow.
    ///
    /// What was read or built piece by piece has up to twice the room that it needs.
    /// - Parameters:
    ///   - twin: Gives a value that stands for an equal one, so that both share their memory; called with each
    ///     member of an object before the members below it, `nil` to go on there.
    ///   - key: Gives a key that stands for an equal one.
    /// - Returns: The equal value.
    public func compact(
        sharing twin: (_ key: String, _ value: JSON) -> JSON? = { _, _ in nil },
        keys key: (String) -> String = { $0 }
    ) -> JSON {
        switch self {
        case .array(let elements):
            var compact: [JSON] = []
            compact.reserveCapacity(elements.count)
            for element in elements { compact.append(element.compact(sharing: twin, keys: key)) }
            return .array(compact)
        case .object(let object):
            return .object(
                object.compact { name, value in
                    (key(name), twin(name, value) ?? value.compact(sharing: twin, keys: key))
                }
            )
        case .null, .bool, .int, .double, .string: return self
        }
    }
}
