import Basics
import Formats
import Records
import Testing
import VRL

/// A call of one function, and what must come of it.
struct Call: Sendable, CustomTestStringConvertible {
    var name: String
    var arguments: [Argument]
    var wanted: Result<Value, FunctionError>

    enum Argument: Sendable {
        case placed(Value)
        case named(String, Value)
    }

    /// A call with arguments by place.
    init(_ name: String, _ values: [Value], _ wanted: Value) {
        self.init(name, values, [:], wanted)
    }

    /// A call with arguments by place, and others by name.
    init(
        _ name: String,
        _ values: [Value],
        _ named: KeyValuePairs<String, Value>,
        _ wanted: Value
    ) {
        self.name = name
        arguments = values.map { .placed($0) } + named.map { .named($0.key, $0.value) }
        self.wanted = .success(wanted)
    }

    /// A call that fails.
    static func fails(_ name: String, _ values: [Value], _ message: String) -> Self {
        fails(name, values, [:], message)
    }

    /// A call that fails, with arguments by name.
    static func fails(
        _ name: String,
        _ values: [Value],
        _ named: KeyValuePairs<String, Value>,
        _ message: String
    ) -> Self {
        var made = Self(name, values, named, .null)
        made.wanted = .failure(FunctionError(message))
        return made
    }

    var testDescription: String {
        let shown = arguments.map { argument in
            switch argument {
            case .placed(let value): Self.text(of: value)
            case .named(let name, let value): "\(name): \(Self.text(of: value))"
            }
        }
        return "\(name)(\(shown.joined(separator: ", ")))"
    }

    /// A value as JSON.
    static func text(of value: Value) -> String {
        String(decoding: JSONText(sortsKeys: true).bytes(of: value), as: UTF8.self)
    }

    /// A world in which nothing moves: 2021-03-01T12:00:00.123456789Z.
    static let surroundings = Surroundings(
        now: { Timestamp(nanoseconds: 1_614_600_000_123_456_789) },
        environment: { $0 == "HOME" ? "/root" : nil },
        hostname: { "my-host" },
        random: { count in (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 1) } },
        zone: "UTC",
        log: { _, _ in }
    )

    /// The arguments in the order of the parameters.
    func placed(for function: Function) throws -> Arguments {
        var values = [Value?](repeating: nil, count: function.parameters.count)
        var place = 0
        for argument in arguments {
            switch argument {
            case .placed(let value):
                values[place] = value
                place += 1
            case .named(let name, let value):
                let index = try #require(function.parameters.firstIndex { $0.name == name })
                values[index] = value
            }
        }
        return Arguments(values)
    }

    /// Calls the function, and looks at what comes of it.
    func check(_ surroundings: Surroundings = Self.surroundings) throws {
        let function = try #require(FunctionLibrary.functions[name], "there is no \(name)")
        guard case .plain(let run) = function.body else {
            Issue.record("\(name) takes a closure")
            return
        }
        let arguments = try placed(for: function)
        let result: Result<Value, FunctionError>
        do throws(FunctionError) {
            result = .success(try run(arguments, surroundings))
        } catch {
            result = .failure(error)
        }
        switch (result, wanted) {
        case (.success(let found), .success(let value)):
            #expect(found == value, "\(testDescription): \(Self.text(of: found))")
        default: #expect(result == wanted, "\(testDescription)")
        }
        // What the compiler believes of the call must hold.
        let known = KnownArguments(
            types: arguments.values.map { $0.map { TypeInfo(Self.kinds(of: $0)) } },
            constants: arguments.values
        )
        let outcome = function.outcome(known)
        switch result {
        case .success(let value):
            // Upstream says that a place is always found; scripts count with it.
            let isNotFound = name == "find" && value == nil
            #expect(
                outcome.type.kinds.contains(Self.kinds(of: value)) || isNotFound,
                "\(name): \(outcome.type)"
            )
        case .failure:
            let fits = zip(function.parameters, arguments.values).allSatisfy { parameter, value in
                value.map { Self.fits($0, parameter) } ?? true
            }
            // Upstream says that they cannot fail, and they do.
            let isKnown = name == "object_from_array" || name == "mod"
            #expect(
                outcome.isFallible || !fits || refuses(function, known) || isKnown,
                "\(name) must not fail"
            )
        }
    }

    /// Does the same by what the function prepares for constant arguments.
    func checkPrepared() throws {
        let function = try #require(FunctionLibrary.functions[name])
        let arguments = try placed(for: function)
        var known = KnownArguments(
            types: arguments.values.map { $0.map { TypeInfo(Self.kinds(of: $0)) } },
            constants: arguments.values
        )
        known.constants[0] = nil
        guard let run = function.prepare?(known) else { return }
        let result: Result<Value, FunctionError>
        do throws(FunctionError) {
            result = .success(try run(arguments, Self.surroundings))
        } catch {
            result = .failure(error)
        }
        #expect(result == wanted || refuses(function, known), "\(testDescription), prepared")
    }

    /// Whether the compiler would have refused the call.
    private func refuses(_ function: Function, _ known: KnownArguments) -> Bool {
        do throws(FunctionError) {
            try function.check(known)
            return false
        } catch {
            return true
        }
    }

    private static func fits(_ value: Value, _ parameter: Parameter) -> Bool {
        guard parameter.kinds.contains(kinds(of: value)) else { return false }
        guard let wanted = parameter.items, case .array(let items) = value else { return true }
        return items.allSatisfy { wanted.contains(kinds(of: $0)) }
    }

    static func kinds(of value: Value) -> Kinds {
        switch value {
        case .null: .null
        case .boolean: .boolean
        case .integer: .integer
        case .float: .float
        case .bytes: .bytes
        case .timestamp: .timestamp
        case .array: .array
        case .object: .object
        case .regex: .regex
        }
    }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
    ExpressibleByNilLiteral, ExpressibleByUnicodeScalarLiteral,
    ExpressibleByExtendedGraphemeClusterLiteral
{
    init(stringLiteral text: String) { self = .text(text) }
    init(extendedGraphemeClusterLiteral text: String) { self = .text(text) }
    init(unicodeScalarLiteral text: String) { self = .text(text) }
    init(integerLiteral number: Int64) { self = .integer(number) }
    init(floatLiteral number: Double) { self = .float(number) }
    init(booleanLiteral truth: Bool) { self = .boolean(truth) }
    init(arrayLiteral items: Value...) { self = .array(items) }
    init(dictionaryLiteral items: (String, Value)...) {
        self = .object(Fields(items))
    }
    init(nilLiteral: ()) { self = .null }

    /// A time from its text.
    static func time(_ text: String) -> Value {
        .timestamp(Timestamp(rfc3339: text) ?? Timestamp(nanoseconds: -1))
    }

    /// Bytes that are no text.
    static func raw(_ bytes: [UInt8]) -> Value { .bytes(Bytes(bytes)) }

    /// Bytes from base 64.
    static func base64(_ text: String) -> Value { .bytes(Bytes(Base64.decode(text) ?? [])) }
}
