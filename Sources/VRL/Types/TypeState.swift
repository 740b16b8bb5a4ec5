internal import Records

/// What is known of every variable, the event and the metadata at a place in a script.
struct TypeState {
    /// What is known of a variable.
    struct Variable: Hashable {
        /// Its type.
        var type: TypeInfo
        /// Its value, if it is a constant.
        var constant: Value?
    }

    /// Variables in scope.
    var variables: [String: Variable] = [:]
    /// The event.
    var event: TypeInfo
    /// The metadata.
    var metadata: TypeInfo

    /// What holds if either of two may.
    func union(_ other: Self) -> Self {
        var result = self
        for (name, variable) in variables {
            guard let second = other.variables[name], second != variable else { continue }
            result.variables[name] = Variable(
                type: variable.type.union(second.type),
                constant: variable.constant == second.constant ? variable.constant : nil
            )
        }
        if other.event != event { result.event = event.union(other.event) }
        if other.metadata != metadata { result.metadata = metadata.union(other.metadata) }
        return result
    }

    /// Forgets the values of variables that a part of the script may change, which runs any number of times.
    mutating func forgetConstants(of names: Set<String>) {
        for name in names { variables[name]?.constant = nil }
    }

    /// What holds after a block that began here: variables that it made go out of scope.
    func leaving(block: Self) -> Self {
        var result = block
        result.variables = variables
        for (name, variable) in block.variables where variables[name] != nil {
            result.variables[name] = variable
        }
        return result
    }
}
