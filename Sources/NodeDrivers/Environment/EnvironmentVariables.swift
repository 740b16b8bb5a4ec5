/// The environment of a container: variables in order, each name once.
public struct EnvironmentVariables: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// One variable.
    public struct Variable: Sendable, Hashable {
        /// The name; anything printable but `=`.
        public var name: String
        /// The value.
        public var value: String
    }

    /// The variables, in the order in which their names were first set.
    public private(set) var list: [Variable] = []
    private var places: [String: Int] = [:]

    /// No variables.
    public init() {}

    /// Makes an environment from names and values; a later name overrides an earlier one.
    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { self[name] = value }
    }

    /// The value of a variable; setting `nil` does nothing.
    public subscript(name: String) -> String? {
        get { places[name].map { list[$0].value } }
        set {
            guard let newValue else { return }
            if let place = places[name] {
                list[place].value = newValue
            } else {
                places[name] = list.count
                list.append(Variable(name: name, value: newValue))
            }
        }
    }

    /// Sets a variable only if the name is free.
    mutating func add(_ name: String, _ value: String) {
        if places[name] == nil { self[name] = value }
    }

    /// The variables as names and values.
    public var pairs: [(name: String, value: String)] { list.map { ($0.name, $0.value) } }

    /// `NAME=value` for each variable.
    public var texts: [String] { list.map { "\($0.name)=\($0.value)" } }
}
