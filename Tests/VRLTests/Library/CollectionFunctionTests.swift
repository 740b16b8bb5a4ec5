import Records
import Testing
import VRL

@Suite struct CollectionFunctionTests {
    static let lists: [Call] = [
        Call("append", [[0, 1, 2], [3, 4]], [0, 1, 2, 3, 4]), Call("push", [[1], "a"], [1, "a"]),
        Call("pop", [[0, 1, 2]], [0, 1]), Call("pop", [[]], []),
        Call("chunks", ["abcdefgh", 4], ["abcd", "efgh"]),
        Call(
            "chunks",
            ["ab你好", 4],
            [.raw([0x61, 0x62, 0xE4, 0xBD]), .raw([0xA0, 0xE5, 0xA5, 0xBD])]
        ),
        .fails("chunks", ["a", 0], "\"chunk_size\" must be at least 1 byte"),
        Call("includes", [["foo", 1], 1], true), Call("includes", [[[1]], [1]], true),
        Call("includes", [[], 1], false),
        Call("unique", [["bar", "foo", "bar", 1]], ["bar", "foo", 1]),
        Call("tally", [["bar", "foo", "baz", "foo"]], ["bar": 1, "baz": 1, "foo": 2]),
        .fails("tally", [["bar", 1]], "all values must be strings, found: `1`"),
        Call("tally_value", [["bar", "foo", "baz", "foo"], "foo"], 2),
        Call("zip", [[[1, 2, 3], [4, 5, 6], [7, 8, 9]]], [[1, 4, 7], [2, 5, 8], [3, 6, 9]]),
        Call("zip", [[1, 2, 3], [4, 5]], [[1, 4], [2, 5]]), Call("zip", [[]], []),
        .fails("zip", [1], "expected array, got integer"),
        .fails("zip", [[true, []]], "expected array, got boolean"),
        Call("length", [[0, 1]], 2), Call("length", ["foo"], 3), Call("length", ["ñ"], 2),
        Call("length", [["a": 1]], 1),
        .fails("length", [1], "expected string, array, or object, got integer"),
    ]

    @Test(arguments: lists)
    func `lists are made and counted`(call: Call) throws {
        try call.check()
    }

    static let maps: [Call] = [
        Call("keys", [["key2": 1, "key1": 2]], ["key1", "key2"]),
        Call("values", [["key2": 1, "key1": "a"]], ["a", 1]),
        Call("merge", [["key1": "val1"], ["key2": "val2"]], ["key1": "val1", "key2": "val2"]),
        Call(
            "merge",
            [["a": 1, "child": ["b": 1]], ["c": 2, "child": ["d": true]]],
            ["a": 1, "c": 2, "child": ["d": true]]
        ),
        Call(
            "merge",
            [["a": 1, "child": ["b": 1]], ["child": ["d": true]]],
            ["deep": true],
            ["a": 1, "child": ["b": 1, "d": true]]
        ),
        Call("object_from_array", [[["foo", 1], ["bar", 2]]], ["foo": 1, "bar": 2]),
        Call("object_from_array", [[1, 2, 3], ["foo", nil, "bar"]], ["foo": 1, "bar": 3]),
        Call("object_from_array", [[["foo", 1], ["bar"]]], ["foo": 1, "bar": nil]),
        Call("object_from_array", [[["foo", 1, 2, 3]]], ["foo": 1]),
        .fails("object_from_array", [[["foo", 1], []]], "array value too short"),
        .fails("object_from_array", [[[1, 1]]], "object keys must be strings"),
        Call("from_entries", [[["key": "foo", "value": "bar"]]], ["foo": "bar"]),
        Call("to_entries", [["foo": "bar"]], [["key": "foo", "value": "bar"]]),
        Call("to_entries", [["a"]], [["key": 0, "value": "a"]]),
    ]

    @Test(arguments: maps)
    func `maps are made and taken apart`(call: Call) throws {
        try call.check()
    }

    static let flats: [Call] = [
        Call("flatten", [[42, [43, [], [44]], 45]], [42, 43, 44, 45]),
        Call(
            "flatten",
            [["a": ["b": 1, "c": ["d": [1, [2]]]], "k": "v"]],
            ["a.b": 1, "a.c.d": [1, [2]], "k": "v"]
        ),
        Call("flatten", [["a": ["b": 1]]], ["separator": "_"], ["a_b": 1]),
        Call(
            "unflatten",
            [["a.b": 1, "a.c.d": 2, "k": "v"]],
            ["a": ["b": 1, "c": ["d": 2]], "k": "v"]
        ),
        Call("unflatten", [["a_b": 1, "a_c": 2]], ["separator": "_"], ["a": ["b": 1, "c": 2]]),
        Call("unflatten", [["a": ["b.c": 1]]], ["a": ["b": ["c": 1]]]),
        Call("unflatten", [["a": [["b.c": 1]]]], ["a": [["b.c": 1]]]),
        Call("unflatten", [["a.b": 1, "a": 2]], ["a": ["b": 1]]),
        Call("unflatten", [["a.b": ["c.d": 1]]], ["recursive": false], ["a": ["b": ["c.d": 1]]]),
        Call(
            "flatten",
            [["a": ["b": 1], "keep": ["c": 2]]],
            ["except": ["keep"]],
            ["a.b": 1, "keep": ["c": 2]]
        ),
        Call("compact", [["a": nil, "b": 1, "c": ""]], ["b": 1]),
        Call("compact", [[nil, 1, "", [nil], [:]]], [1]),
        Call("compact", [["a": [nil], "b": nil]], ["null": false], ["a": [nil], "b": nil]),
        Call("compact", [["a": ["b": nil]]], ["recursive": false], ["a": ["b": nil]]),
        Call("compact", [["-", "   ", "\n", nil, true]], ["nullish": true], [true]),
        Call("compact", [["a": "", "b": [], "c": [:]]], ["string": false], ["a": ""]),
    ]

    @Test(arguments: flats)
    func `depth is taken away and given back`(call: Call) throws {
        try call.check()
    }

    static let paths: [Call] = [
        Call("get", [[42], [0]], 42), Call("get", [["a": ["b": [1, 2]]], ["a", "b", -1]], 2),
        Call("get", [["a": 1], ["b"]], nil), Call("get", [[42], ["foo"]], nil),
        Call("get", [["a": [92, 42]], ["a", 1, -1]], nil),
        .fails(
            "get",
            [["a": 1], ["a", true]],
            "path segment must be either string or integer, not boolean"
        ),
        Call("set", [["foo": "bar"], ["foo"], "baz"], ["foo": "baz"]),
        Call("set", [[:], ["foo", "bar"], "baz"], ["foo": ["bar": "baz"]]),
        Call("set", [[["foo": "bar"]], [0, "foo", "bar"], "baz"], [["foo": ["bar": "baz"]]]),
        Call("set", [["a": []], ["a", 1], "baz"], ["a": [nil, "baz"]]),
        Call("set", [[1], [-3], 0], [0, nil, 1]), Call("set", [[], ["foo"], 1], ["foo": 1]),
        .fails("set", [[], [99_000_000], 1], "path segment 99000000 is beyond 1000000"),
        Call("remove", [["foo": "bar"], ["foo"]], [:]),
        Call("remove", [["foo": 1], ["baz"]], ["foo": 1]),
        Call("remove", [["a": ["b": true]], ["a", "b"]], ["a": [:]]),
        Call("remove", [["a": ["b": true]], ["a", "b"], true], [:]),
        Call("remove", [[92, 42], [0]], [42]),
        Call("remove", [["foo": [42], "bar": true], ["foo", 0], true], ["bar": true]),
        Call("remove", [[42], ["foo"]], [42]),
    ]

    @Test(arguments: paths)
    func `values at paths are read, written and taken away`(call: Call) throws {
        try call.check()
    }

    static let doubts: [(String, TypeInfo, Bool)] = [
        ("join", .array(items: [TypeInfo(.bytes)]), false),
        ("join", .array(items: [TypeInfo(.bytes), TypeInfo(.integer)]), true),
        ("join", .array(of: .bytes), false), ("join", .array(of: .any), true),
        ("zip", .array(items: [TypeInfo(.array)]), false),
        ("zip", .array(items: [TypeInfo(.null)]), true),
    ]

    @Test(arguments: doubts)
    func `a call may fail if an item may be wrong`(doubt: (String, TypeInfo, Bool)) throws {
        let function = try #require(FunctionLibrary.functions[doubt.0])
        let rest = function.parameters.count - 1
        let known = KnownArguments(
            types: [doubt.1] + [TypeInfo?](repeating: nil, count: rest),
            constants: [Value?](repeating: nil, count: rest + 1)
        )
        #expect(function.outcome(known).isFallible == doubt.2)
    }

    @Test(arguments: [
        ("tally([\"a\"])", 0), ("tally([1])", 110), ("tally([\"a\", 1])", 110), ("tally(.a)", 110),
        ("tally(array!(.a))", 110), ("tally!(array!(.a))", 0), ("tally([.a])", 110),
        ("tally([string!(.a)])", 0), ("contains_all(\"a\", [.b])", 110),
        ("contains_all(\"a\", [\"b\"])", 0), ("ip_cidr_contains!([1], \"1.2.3.4\")", 110),
        ("encode_logfmt({}, [\"a\"])", 0), ("encode_logfmt({}, [1])", 110),
        ("encode_key_value!({}, [.a])", 0), ("parse_groks!(\"a\", [1])", 110),
    ])
    func `the kinds of a list's items are known`(source: String, code: Int) {
        var codes: [Int] = []
        do throws(CompileError) {
            _ = try Program(compiling: source)
        } catch {
            codes = error.diagnostics.map(\.code)
        }
        #expect(codes == (code == 0 ? [] : [code]))
    }
}
