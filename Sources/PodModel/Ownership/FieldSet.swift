public import Formats

/// A set of fields of an object, as a tree of steps.
///
/// A field may belong to the set without the fields below it, and the other way round.
public struct FieldSet: Sendable, Hashable {
    /// Whether the field to which the steps so far lead belongs to the set.
    public var isMember = false
    /// What is further down; no child is empty.
    public private(set) var children: [FieldStep: FieldSet] = [:]

    /// The empty set.
    public init() {}

    /// Whether no field belongs to the set.
    public var isEmpty: Bool { !isMember && children.isEmpty }

    /// What belongs to the set below a step.
    public subscript(step: FieldStep) -> FieldSet {
        get { children[step] ?? FieldSet() }
        set { children[step] = newValue.isEmpty ? nil : newValue }
    }

    /// Adds a field.
    public mutating func insert(_ path: some Collection<FieldStep>) {
        guard let step = path.first else {
            isMember = true
            return
        }
        children[step, default: FieldSet()].insert(path.dropFirst())
    }

    /// Whether a field belongs to the set.
    public func contains(_ path: some Collection<FieldStep>) -> Bool {
        guard let step = path.first else { return isMember }
        return children[step]?.contains(path.dropFirst()) ?? false
    }

    /// The paths of all fields, those of a level before those below them.
    public var paths: [[FieldStep]] {
        var paths: [[FieldStep]] = []
        walk([]) { paths.append($0) }
        return paths
    }

    private func walk(_ path: [FieldStep], _ visit: ([FieldStep]) -> Void) {
        if path.isEmpty, isMember { visit(path) }
        let sorted = children.sorted { $0.key < $1.key }
        for (step, child) in sorted where child.isMember { visit(path + [step]) }
        for (step, child) in sorted { child.walk(path + [step], visit) }
    }

    // MARK: Algebra

    /// The fields of either set.
    public func union(_ other: Self) -> Self {
        var result = self
        result.isMember = isMember || other.isMember
        for (step, child) in other.children { result[step] = self[step].union(child) }
        return result
    }

    /// The fields of both sets.
    public func intersection(_ other: Self) -> Self {
        var result = FieldSet()
        result.isMember = isMember && other.isMember
        for (step, child) in children { result[step] = child.intersection(other[step]) }
        return result
    }

    /// The fields that are not in the other set.
    public func subtracting(_ other: Self) -> Self {
        guard !other.isEmpty else { return self }
        var result = FieldSet()
        result.isMember = isMember && !other.isMember
        for (step, child) in children { result[step] = child.subtracting(other[step]) }
        return result
    }

    /// The set with the declared members of maps on the way to its fields.
    ///
    /// A `spec` is there because something in it is; it goes when nothing in it is left.
    func withNamedFields(_ place: FieldPlace) -> Self {
        var result = FieldSet()
        result.isMember = isMember
        for (step, child) in children {
            var inner = child.withNamedFields(place.place(of: step))
            if case .member(let name) = step, place.declares(name) { inner.isMember = true }
            result[step] = inner
        }
        return result
    }
}

// MARK: FieldsV1

extension FieldSet {
    /// The set in the form of `fieldsV1`.
    public var json: JSON {
        var object = JSONObject()
        if isMember, !children.isEmpty { object["."] = [:] }
        for (step, child) in children.sorted(by: { $0.key < $1.key }) {
            object[step.text] = child.json
        }
        return .object(object)
    }

    /// Reads `fieldsV1`.
    ///
    /// - Throws: Which part is wrong, and why.
    public init(json: JSON) throws(FormatError) {
        self = try Self.reading(json, depth: 0)
        if children.isEmpty { isMember = false }
    }

    private static let deepest = 100

    private static func reading(_ json: JSON, depth: Int) throws(FormatError) -> Self {
        guard depth < deepest else { throw FormatError("fieldsV1 is nested too deeply") }
        guard let object = json.object else {
            throw FormatError("fieldsV1 consists of maps, not of \(json.kind)")
        }
        var set = FieldSet()
        set.isMember = object.isEmpty
        for (key, value) in object {
            if key == "." {
                set.isMember = true
            } else {
                let step = try FieldStep(text: key)
                set[step] = try reading(value, depth: depth + 1)
            }
        }
        return set
    }
}
