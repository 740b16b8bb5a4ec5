import Records
import Testing
import VRL

@Suite struct TypeFunctionTests {
    static let assertions: [Call] = [
        Call("string", ["foo"], "foo"),
        .fails("string", [1], "expected string, got integer"),
        Call("int", [20], 20), .fails("int", [20.5], "expected integer, got float"),
        Call("float", [20.5], 20.5), .fails("float", ["a"], "expected float, got string"),
        Call("bool", [true], true), .fails("bool", [nil], "expected boolean, got null"),
        Call("array", [[1, 2]], [1, 2]),
        .fails("array", [true], "expected array, got boolean"),
        Call("object", [["a": 1]], ["a": 1]),
        .fails("object", [[1]], "expected object, got array"),
        Call("timestamp", [.time("2021-01-01T00:00:00Z")], .time("2021-01-01T00:00:00Z")),
        .fails("timestamp", [.regex("a")], "expected timestamp, got regex"),
    ]

    @Test(arguments: assertions)
    func `assertions give the value or say what it is`(example: Call) throws {
        try example.check()
    }

    static let coercions: [Call] = [
        Call("to_bool", ["yes"], true), Call("to_bool", ["N"], false),
        Call("to_bool", ["0"], false), Call("to_bool", ["-3"], true),
        Call("to_bool", [56], true), Call("to_bool", [0.0], false),
        Call("to_bool", [nil], false),
        .fails("to_bool", ["fo\"o"], #"Invalid boolean value "fo\"o""#),
        .fails("to_bool", [[]], "unable to coerce array into boolean"),
        Call("to_int", ["20"], 20), Call("to_int", [20.5], 20),
        Call("to_int", [-1e300], .integer(.min)), Call("to_int", [false], 0),
        Call("to_int", [.time("2019-10-16T12:00:00Z")], 1_571_227_200),
        .fails("to_int", ["foobar"], "Invalid integer \"foobar\": invalid digit found in string"),
        .fails("to_int", [""], "Invalid integer \"\": cannot parse integer from empty string"),
        .fails(
            "to_int",
            ["9223372036854775808"],
            "Invalid integer \"9223372036854775808\": number too large to fit in target type"
        ),
        .fails("to_int", [["a": 1]], "unable to coerce object into integer"),
        Call("to_float", ["5.6"], 5.6), Call("to_float", [".5"], 0.5),
        Call("to_float", ["-1.e3"], -1000.0), Call("to_float", [20], 20.0),
        Call("to_float", [.time("2014-07-08T09:10:11.012Z")], 1_404_810_611.012),
        .fails(
            "to_float",
            ["foobar"],
            "Invalid floating point number \"foobar\": invalid float literal"
        ),
        .fails(
            "to_float",
            ["0x10"],
            "Invalid floating point number \"0x10\": invalid float literal"
        ),
        .fails("to_float", ["nan"], "NaN number not supported \"nan\""),
        .fails("to_float", [.regex("foo")], "unable to coerce regex into float"),
        Call("to_string", [20], "20"), Call("to_string", [20.5], "20.5"),
        Call("to_string", [1.0], "1"),
        Call("to_string", [1e21], "1000000000000000000000"),
        Call("to_string", [-1.5e-7], "-0.00000015"), Call("to_string", [nil], ""),
        Call("to_string", [true], "true"),
        Call("to_string", [.time("2020-01-01T00:00:00Z")], "2020-01-01T00:00:00Z"),
        Call("to_string", [.time("2020-01-01T00:00:00.5Z")], "2020-01-01T00:00:00.500Z"),
        Call(
            "to_string",
            [.time("2020-01-01T00:00:00.0005Z")],
            "2020-01-01T00:00:00.000500Z"
        ),
        .fails("to_string", [[]], "unable to coerce array into string"),
        Call("to_regex", ["^a+$"], .regex("^a+$")),
        Call("tag_types_externally", ["hello"], ["string": "hello"]),
        Call(
            "tag_types_externally",
            [[1, nil, 1.5]],
            [["integer": 1], nil, ["float": 1.5]]
        ),
        Call("tag_types_externally", [["a": ["b": true]]], ["a": ["b": ["boolean": true]]]),
    ]

    @Test(arguments: coercions)
    func `values become other kinds`(example: Call) throws {
        try example.check()
    }

    @Test func `an expression that cannot be read is refused`() throws {
        let function = try #require(FunctionLibrary.functions["to_regex"])
        guard case .plain(let run) = function.body else { return }
        #expect(throws: FunctionError.self) {
            try run(Arguments(["(a"]), Call.surroundings)
        }
    }

    static let tests: [Call] = [
        Call("is_string", ["a"], true), Call("is_string", [1], false),
        Call("is_integer", [1], true), Call("is_integer", [1.0], false),
        Call("is_float", [1.0], true), Call("is_boolean", [false], true),
        Call("is_null", [nil], true), Call("is_null", [""], false),
        Call("is_array", [[]], true), Call("is_object", [[:]], true),
        Call("is_regex", [.regex("")], true),
        Call("is_timestamp", [.time("2021-01-01T00:00:00Z")], true),
        Call("is_empty", [""], true), Call("is_empty", [[1]], false),
        Call("is_empty", [[:]], true),
        .fails("is_empty", [1], "expected string, array, or object, got integer"),
        Call("is_nullish", [nil], true), Call("is_nullish", ["-"], true),
        Call("is_nullish", [" \t\n"], true), Call("is_nullish", ["--"], false),
        Call("is_nullish", [0], false),
    ]

    @Test(arguments: tests)
    func `tests tell kinds apart`(example: Call) throws {
        try example.check()
    }
}
