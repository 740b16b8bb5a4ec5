/// The fields of a record or of a map in it, in the order in which they were set.
///
/// Maps of logs are small: a field is found by looking at each. Two maps are equal if they have equal
/// fields in any order.
public struct Fields: Sendable {
    /// One field.
    public struct Entry: Sendable, Hashable {
        /// Its name.
        public var key: String
        /// What it holds.
        public var value: Value

        /// Makes a field.
        public init(_ key: String, _ value: Value) {
            self.key = key
            self.value = value
        }
    }

    /// The fields in order; no name comes twice.
    public private(set) var entries: [Entry]

    /// Makes an empty map.
    public init() {
        entries = []
    }

    /// Makes an empty map with room.
    public init(capacity: Int) {
        entries = []
        entries.reserveCapacity(capacity)
    }

    /// Makes a map; a later field replaces an earlier one of the same name.
    public init(_ pairs: some Sequence<(String, Value)>) {
        entries = []
        for (key, value) in pairs { self[key] = value }
    }

    /// How many fields there are.
    public var count: Int { entries.count }
    /// Whether there are none.
    public var isEmpty: Bool { entries.isEmpty }
    /// The names in order.
    public var keys: [String] { entries.map(\.key) }
    /// The fields in the order of their names' bytes, as VRL and Vector show them.
    public var sorted: [Entry] { entries.sorted { $0.key < $1.key } }

    /// A field; setting nil takes it away, setting one that is there keeps its place.
    public subscript(key: String) -> Value? {
        get { index(of: key).map { entries[$0].value } }
        set {
            guard let newValue else {
                removeValue(forKey: key)
                return
            }
            update(key, newValue)
        }
        _modify {
            // The value moves out and back, so that changing it in place copies nothing.
            let place = index(of: key)
            var value: Value? = place.map { take(at: $0) }
            defer {
                if let value {
                    if let place { put(value, at: place) } else { append(key, value) }
                } else if let place {
                    remove(at: place)
                }
            }
            yield &value
        }
    }

    /// Where a field stands; names of other lengths in bytes are other names, whatever they look like.
    public func index(of key: String) -> Int? {
        // Names of other lengths, which are most, need no look at their characters.
        let count = key.utf8.count
        for place in entries.indices
        where entries[place].key.utf8.count == count && entries[place].key == key {
            return place
        }
        return nil
    }

    /// Where a field stands, which probably is where it stood in the map before: events of one stream have
    /// the same fields.
    ///
    /// - Parameters:
    ///   - key: Its name.
    ///   - guess: Where it stood; where it stands from now on.
    /// - Returns: Its place; nil if it is not there.
    public func index(of key: String, guess: inout Int) -> Int? {
        if guess < entries.count, entries[guess].key == key,
            entries[guess].key.utf8.count == key.utf8.count
        {
            return guess
        }
        guard let place = index(of: key) else { return nil }
        guess = place
        return place
    }

    /// Sets a field.
    public mutating func update(_ key: String, _ value: Value) {
        var guess = 0
        update(key, value, guess: &guess)
    }

    /// Sets a field, which probably stands where it did in the map before.
    public mutating func update(_ key: String, _ value: Value, guess: inout Int) {
        if let place = index(of: key, guess: &guess) {
            entries[place].value = value
        } else {
            entries.append(Entry(key, value))
        }
    }

    /// Adds a field whose name is known not to be there.
    public mutating func append(_ key: String, _ value: Value) {
        entries.append(Entry(key, value))
    }

    /// Takes a field away.
    ///
    /// - Returns: What it held.
    @discardableResult
    public mutating func removeValue(forKey key: String) -> Value? {
        index(of: key).map { entries.remove(at: $0).value }
    }

    /// Takes away the field at a place.
    public mutating func remove(at place: Int) {
        entries.remove(at: place)
    }

    /// Gives a field another name; one that has that name already is replaced.
    public mutating func rename(_ key: String, to name: String) {
        guard key != name, let value = removeValue(forKey: key) else { return }
        update(name, value)
    }

    /// Takes away the fields that fit.
    public mutating func removeAll(where isRemoved: (Entry) -> Bool) {
        entries.removeAll(where: isRemoved)
    }

    /// Gives a field another name in its place; the name must not be there.
    public mutating func renameInPlace(_ key: String, to name: String) {
        if let place = index(of: key) { entries[place].key = name }
    }

    /// Puts a field behind another, or at the end; its name must not be there.
    public mutating func insert(_ key: String, _ value: Value, after other: String) {
        let place = index(of: other).map { $0 + 1 } ?? entries.count
        entries.insert(Entry(key, value), at: place)
    }

    /// Takes out the value at a place, leaving null.
    public mutating func take(at place: Int) -> Value {
        var value = Value.null
        swap(&entries[place].value, &value)
        return value
    }

    /// Puts a value at a place.
    public mutating func put(_ value: Value, at place: Int) {
        entries[place].value = value
    }
}

extension Fields: Sequence {
    /// Goes through the fields in order.
    public func makeIterator() -> IndexingIterator<[Entry]> {
        entries.makeIterator()
    }
}

extension Fields: ExpressibleByDictionaryLiteral {
    /// Makes a map from a literal.
    public init(dictionaryLiteral elements: (String, Value)...) {
        self.init(elements)
    }
}

extension Fields: Hashable {
    /// Whether both have equal fields, in any order.
    public static func == (left: Self, right: Self) -> Bool {
        guard left.count == right.count else { return false }
        if left.entries == right.entries { return true }
        return left.entries.allSatisfy { right[$0.key] == $0.value }
    }

    /// Mixes in every field, whatever the order.
    public func hash(into hasher: inout Hasher) {
        for entry in sorted { hasher.combine(entry) }
    }
}
