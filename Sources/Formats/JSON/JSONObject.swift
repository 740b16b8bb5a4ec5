/// The members of a JSON object, in insertion order, unique by key.
///
/// Small objects are searched one by one; beyond 16 members an index is kept.
public struct JSONObject: Sendable {
    /// A member with its key.
    public typealias Member = (key: String, value: JSON)

    /// The members in order.
    public private(set) var members: [Member] = []
    private var index: [String: Int]?

    private static let indexedFrom = 17

    /// An empty object.
    public init() {}

    /// Makes an object of members; of equal keys the last one counts.
    public init(_ members: some Sequence<Member>) {
        for (key, value) in members { self[key] = value }
    }

    /// The keys in order.
    public var keys: [String] { members.map(\.key) }
    /// The number of members.
    public var count: Int { members.count }
    /// Whether there are no members.
    public var isEmpty: Bool { members.isEmpty }
    /// The values in order.
    public var values: [JSON] { members.map(\.value) }

    /// Whether there is a member of that key.
    public func contains(_ key: String) -> Bool { place(of: key) != nil }

    /// The member of that key; setting `nil` removes it, setting a new key appends it.
    public subscript(key: String) -> JSON? {
        get { place(of: key).map { members[$0].value } }
        set {
            switch (place(of: key), newValue) {
            case (let place?, let value?): members[place].value = value
            case (let place?, nil): remove(at: place)
            case (nil, let value?): append(key, value)
            case (nil, nil): break
            }
        }
        _modify {
            guard let place = place(of: key) else {
                var fresh: JSON?
                defer { if let fresh { append(key, fresh) } }
                yield &fresh
                return
            }
            // Taken out while it is changed, so that nested values are not copied.
            var value: JSON? = members[place].value
            members[place].value = .null
            defer {
                if let value { members[place].value = value } else { remove(at: place) }
            }
            yield &value
        }
    }

    /// Adds a member unless its key is there already.
    ///
    /// - Returns: whether it was added.
    @discardableResult
    public mutating func add(_ key: String, _ value: JSON) -> Bool {
        guard place(of: key) == nil else { return false }
        append(key, value)
        return true
    }

    /// The same members in the order of their keys, byte by byte.
    public func sorted() -> Self {
        var object = self
        object.members.sort { $0.key < $1.key }
        object.rebuildIndex()
        return object
    }

    /// The same keys with values of their own, without room to grow.
    func compact(_ change: (String, JSON) -> Member) -> Self {
        var object = Self()
        object.members.reserveCapacity(members.count)
        for (key, value) in members { object.members.append(change(key, value)) }
        object.index = index
        return object
    }

    private func place(of key: String) -> Int? {
        if let index { return index[key] }
        return members.firstIndex { $0.key == key }
    }

    private mutating func append(_ key: String, _ value: JSON) {
        members.append((key, value))
        if index != nil {
            index?[key] = members.count - 1
        } else if members.count >= Self.indexedFrom {
            rebuildIndex()
        }
    }

    private mutating func remove(at place: Int) {
        members.remove(at: place)
        rebuildIndex()
    }

    private mutating func rebuildIndex() {
        guard members.count >= Self.indexedFrom else {
            index = nil
            return
        }
        var fresh: [String: Int] = [:]
        fresh.reserveCapacity(members.count)
        for (place, member) in members.enumerated() { fresh[member.key] = place }
        index = fresh
    }
}

extension JSONObject: Hashable {
    /// Two objects are equal if they have equal members, in any order.
    public static func == (left: Self, right: Self) -> Bool {
        left.count == right.count && left.members.allSatisfy { right[$0.key] == $0.value }
    }

    /// Hashes the members without regard to order.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(Set(keys))
    }
}

extension JSONObject: Sequence {
    /// Walks the members in order.
    public func makeIterator() -> IndexingIterator<[Member]> { members.makeIterator() }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// Makes an object of a literal; of equal keys the last one counts.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        for (key, value) in elements { self[key] = value }
    }
}
