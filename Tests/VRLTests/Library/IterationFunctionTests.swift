import Records
import Synchronization
import Testing
import VRL

@Suite struct IterationFunctionTests {
    /// A closure in Swift.
    struct Closure: ClosureBody {
        var body: ([Value]) throws(ClosureError) -> Value

        func run(_ values: [Value]) throws(ClosureError) -> Value { try body(values) }
    }

    private func run(
        _ name: String,
        _ values: [Value],
        _ body: @escaping ([Value]) throws(ClosureError) -> Value
    ) throws -> Value {
        let function = try #require(FunctionLibrary.functions[name])
        guard case .iterating(_, _, let run) = function.body else { return "no closure" }
        let rest = [Value?](repeating: nil, count: function.parameters.count - values.count)
        return try run(Arguments(values + rest), Closure(body: body), Call.surroundings)
    }

    @Test func `each is seen once, in the order of names`() throws {
        let seen = Mutex<[Value]>([])
        let result = try run("for_each", [["b": 1, "a": 2]]) { values in
            seen.withLock { $0.append(.array(values)) }
            return nil
        }
        #expect(result == nil)
        _ = try run("for_each", [["x"]]) { values in
            seen.withLock { $0.append(.array(values)) }
            return nil
        }
        #expect(seen.withLock { $0 } == [["a", 2], ["b", 1], [0, "x"]])
    }

    @Test func `keys are renamed, and below them too when asked`() throws {
        let up = { (values: [Value]) throws(ClosureError) -> Value in "k_" + values[0] }
        let nested: Value = ["a": 1, "b": [["c": 2]]]
        #expect(try run("map_keys", [nested], up) == ["k_a": 1, "k_b": [["c": 2]]])
        #expect(try run("map_keys", [nested, true], up) == ["k_a": 1, "k_b": [["k_c": 2]]])
    }

    @Test func `values are changed, and in what was made of them when asked`() throws {
        let more = { (values: [Value]) throws(ClosureError) -> Value in
            guard case .integer(let number) = values[0] else { return values[0] }
            return .integer(number + 1)
        }
        let nested: Value = ["a": 1, "b": [["c": 2], ["d": 3]], "e": ["f": 4]]
        #expect(
            try run("map_values", [nested, true], more)
                == ["a": 2, "b": [["c": 3], ["d": 4]], "e": ["f": 5]]
        )
        #expect(
            try run("map_values", [nested], more)
                == ["a": 2, "b": [["c": 2], ["d": 3]], "e": ["f": 4]]
        )
        #expect(try run("map_values", [["a": [1]], true]) { _ in nil } == ["a": nil])
    }

    @Test func `what the closure says no to is left out`() throws {
        #expect(try run("filter", [["a": 1, "b": 2]]) { .boolean($0[1] == 2) } == ["b": 2])
        #expect(try run("filter", [["x", "y"]]) { .boolean($0[0] == 0) } == ["x"])
    }

    @Test func `a sum goes through all`() throws {
        let sum = try run("fold", [["a": "x", "b": "y"], ""]) { $0[0] + $0[1] + $0[2] }
        #expect(sum == "axby")
    }

    @Test func `matches are replaced by what the closure makes of them`() throws {
        let twice = { (values: [Value]) throws(ClosureError) -> Value in
            guard case .object(let match) = values[0] else { return nil }
            return (match["string"] ?? nil) + (match["string"] ?? nil)
        }
        #expect(try run("replace_with", ["foobar", .regex("o|a")], twice) == "foooobaar")
        #expect(try run("replace_with", ["foobar", .regex("o|a"), 1], twice) == "fooobar")
        #expect(try run("replace_with", ["foobar", .regex("o|a"), 0], twice) == "foobar")
        let named = try run("replace_with", ["foo123bar", .regex(#"foo(?P<num>\d+)bar(x)?"#)]) {
            guard case .object(let match) = $0[0] else { return nil }
            #expect(match["captures"] == ["123", nil])
            return match["num"] ?? nil
        }
        #expect(named == "123")
        #expect(throws: ClosureError.self) {
            try run("replace_with", ["a", .regex("(?P<string>a)")], twice)
        }
        #expect(throws: ClosureError.self) {
            try run("replace_with", ["a", .regex("a")]) { _ in 1 }
        }
    }

    @Test func `an error in the closure ends the call`() throws {
        struct Stop: Error {}
        for name in ["for_each", "map_values", "filter"] {
            #expect(throws: ClosureError.self) {
                try run(name, [[1]]) { _ throws(ClosureError) in throw .body(Stop()) }
            }
        }
    }
}
