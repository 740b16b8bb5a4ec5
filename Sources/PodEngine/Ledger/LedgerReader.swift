internal import Basics
internal import Formats

/// Reads one object of a ledger; a member that is missing or ill-typed is a failure that names it.
struct LedgerReader {
    let object: JSONObject
    let path: String

    init(_ json: JSON?, _ path: String) throws(Failure) {
        guard case .object(let object)? = json else { throw Self.failure(path, "is not an object") }
        self.object = object
        self.path = path
    }

    static func failure(_ path: String, _ cause: String) -> Failure {
        Failure(
            .invalid,
            "cannot read the ledger of a pod",
            cause: "\(path) \(cause)",
            remedy: "delete the pod and apply it again"
        )
    }

    func wrong(_ key: String) -> Failure {
        Self.failure(path + "." + key, "is missing or ill-typed")
    }

    func has(_ key: String) -> Bool { object[key] != nil }

    func int64(_ key: String) throws(Failure) -> Int64 {
        guard case .int(let value)? = object[key] else { throw wrong(key) }
        return value
    }

    /// A count; far from the ends of the range, so that it can be added to.
    func int(_ key: String) throws(Failure) -> Int {
        let value = try int64(key)
        guard (-(1 << 40)...(1 << 40)).contains(value) else { throw wrong(key) }
        return Int(value)
    }

    /// An instant; far from the ends of the range, so that differences can be taken.
    func instant(_ key: String) throws(Failure) -> Instant {
        let value = try int64(key)
        guard (-(1 << 61)...(1 << 61)).contains(value) else { throw wrong(key) }
        return Instant(nanoseconds: value)
    }

    func time(_ key: String) throws(Failure) -> Timestamp? {
        has(key) ? Timestamp(nanoseconds: try int64(key)) : nil
    }

    func text(_ key: String) throws(Failure) -> String {
        guard case .string(let value)? = object[key] else { throw wrong(key) }
        return value
    }

    func flag(_ key: String) -> Bool { object[key] == .bool(true) }

    func choice<Value: RawRepresentable<String>>(_ key: String) throws(Failure) -> Value {
        guard let value = Value(rawValue: try text(key)) else { throw wrong(key) }
        return value
    }

    func array(_ key: String) throws(Failure) -> [JSON] {
        guard case .array(let values)? = object[key] else { throw wrong(key) }
        return values
    }

    func ints(_ key: String) throws(Failure) -> [Int64] {
        var numbers: [Int64] = []
        for value in try array(key) {
            guard case .int(let number) = value else { throw wrong(key) }
            numbers.append(number)
        }
        return numbers
    }

    func texts(_ key: String) throws(Failure) -> [String] {
        var texts: [String] = []
        for value in try array(key) {
            guard case .string(let text) = value else { throw wrong(key) }
            texts.append(text)
        }
        return texts
    }

    func reader(_ key: String) throws(Failure) -> LedgerReader {
        try LedgerReader(object[key], path + "." + key)
    }
}

/// Writes one object of a ledger; what has its default value is left out.
struct LedgerWriter {
    private(set) var object = JSONObject()

    var json: JSON { .object(object) }

    mutating func put(_ key: String, _ value: JSON) { object[key] = value }
    mutating func put(_ key: String, _ value: Int64) { object[key] = .int(value) }
    mutating func put(_ key: String, _ value: Int) { object[key] = .int(Int64(value)) }
    mutating func put(_ key: String, _ value: String) { object[key] = .string(value) }
    mutating func put(_ key: String, _ value: Instant) { object[key] = .int(value.nanoseconds) }
    mutating func put(_ key: String, _ value: Timestamp?) {
        if let value { object[key] = .int(value.nanoseconds) }
    }
    mutating func flag(_ key: String, _ value: Bool) {
        if value { object[key] = .bool(true) }
    }
    mutating func put(_ key: String, _ values: [Int64]) {
        object[key] = .array(values.map { .int($0) })
    }
    mutating func put(_ key: String, _ values: [String]) {
        object[key] = .array(values.map { .string($0) })
    }
}
