internal import Basics
internal import Formats

/// Collects the members of a JSON object; nil and empty values are left out.
struct Members {
    private var object = JSONObject()

    /// The object.
    var json: JSON { .object(object) }

    mutating func put(_ key: String, _ value: JSON?) {
        if let value { object[key] = value }
    }

    mutating func put(_ key: String, _ value: String?) { put(key, value.map(JSON.string)) }

    mutating func put(_ key: String, _ value: Bool?) { put(key, value.map(JSON.bool)) }

    mutating func put(_ key: String, _ value: Int?) { put(key, value.map { JSON.int(Int64($0)) }) }

    mutating func put(_ key: String, _ value: IntOrString?) { put(key, value?.json) }

    mutating func put(_ key: String, _ value: Quantity?) {
        put(key, value.map { JSON.string($0.description) })
    }

    mutating func put(_ key: String, _ value: Timestamp?) {
        put(key, value.map { JSON.string($0.rfc3339) })
    }

    /// A time to the microsecond.
    mutating func putMicro(_ key: String, _ value: Timestamp?) {
        put(key, value.map { JSON.string($0.rfc3339Micro) })
    }

    mutating func put(_ key: String, _ value: (some RawRepresentable<String>)?) {
        put(key, value.map { JSON.string($0.rawValue) })
    }

    mutating func put(_ key: String, _ value: (some ModelObject)?) { put(key, value?.json) }

    mutating func put(_ key: String, _ values: [some ModelObject]) {
        put(key, values.map(\.json))
    }

    mutating func put(_ key: String, _ values: [String]) { put(key, values.map(JSON.string)) }

    mutating func put(_ key: String, _ values: [Int]) {
        put(key, values.map { JSON.int(Int64($0)) })
    }

    mutating func put(_ key: String, _ values: [JSON]) {
        if !values.isEmpty { object[key] = .array(values) }
    }

    mutating func put(_ key: String, _ values: [String: String]) {
        putMap(key, values.mapValues(JSON.string))
    }

    mutating func put(_ key: String, _ values: [String: Quantity]) {
        putMap(key, values.mapValues { JSON.string($0.description) })
    }

    mutating func put(_ key: String, _ values: [String: [UInt8]]) {
        putMap(key, values.mapValues { JSON.string(Base64.encode($0)) })
    }

    /// A text that is left out if empty.
    mutating func putText(_ key: String, _ value: String) {
        if !value.isEmpty { object[key] = .string(value) }
    }

    /// A flag that is left out if false.
    mutating func putFlag(_ key: String, _ value: Bool) {
        if value { object[key] = .bool(true) }
    }

    /// A number that is left out if 0.
    mutating func putCount(_ key: String, _ value: Int) {
        if value != 0 { object[key] = .int(Int64(value)) }
    }

    /// An object that is left out if it has no members.
    mutating func putObject(_ key: String, _ value: some ModelObject) {
        if case .object(let members) = value.json, !members.isEmpty { object[key] = value.json }
    }

    /// The kind and version that open a top-level object.
    mutating func putKind(_ apiVersion: String, _ kind: String) {
        object["apiVersion"] = .string(apiVersion)
        object["kind"] = .string(kind)
    }

    /// Takes over all members of another object.
    mutating func merge(_ other: JSON) {
        guard case .object(let members) = other else { return }
        for (key, value) in members.members { object[key] = value }
    }

    private mutating func putMap(_ key: String, _ values: [String: JSON]) {
        guard !values.isEmpty else { return }
        var map = JSONObject()
        for (name, value) in values.sorted(by: { $0.key < $1.key }) { map[name] = value }
        object[key] = .object(map)
    }
}
