import Records
import Testing
import VRL

@Suite struct NumberFunctionTests {
    static let arithmetic: [Call] = [
        Call("abs", [-42], 42), Call("abs", [-42.2], 42.2),
        Call("abs", [.integer(.min)], .integer(.max)),
        Call("ceil", [4.2], 5.0), Call("ceil", [1234.56725], ["precision": 4], 1234.5673),
        Call("ceil", [5], 5), Call("floor", [9.8], 9.0),
        Call("floor", [1234.56789], ["precision": 4], 1234.5678),
        Call("round", [4.345], 4.0), Call("round", [4.345], ["precision": 2], 4.35),
        Call("round", [-1.5], -2.0), Call("round", [4.345], ["precision": -1], 0.0),
        .fails("round", ["a"], "expected integer or float, got string"),
        Call("mod", [5, 2], 1),
        .fails("mod", [.float(.infinity), 1.0], "operation would produce NaN"),
        Call("mod", [5, 2.0], 1.0), Call("mod", [-5, 3], -2),
        Call("mod", [.integer(.min), -1], 0), .fails("mod", [5, 0], "can't divide by zero"),
        Call(
            "haversine",
            [0.0, 0.0, 10.0, 10.0],
            ["distance": 1_568.522_723_3, "bearing": 44.561]
        ),
        Call(
            "haversine",
            [0.0, 0.0, 10.0, 10.0, "miles"],
            ["distance": 974.634_846_8, "bearing": 44.561]
        ),
        .fails("mod", ["a", 1], "can't calculate remainder of type string and integer"),
    ]

    @Test(arguments: arithmetic)
    func `numbers are reckoned with`(call: Call) throws {
        try call.check()
    }

    static let texts: [Call] = [
        Call("format_int", [42], "42"), Call("format_int", [42, 16], "2a"),
        Call("format_int", [-42, 16], "-2a"),
        Call("format_int", [.integer(.min), 2], "-1" + .zeros),
        .fails("format_int", [1, 37], "invalid base 37: must be be between 2 and 36 (inclusive)"),
        Call("parse_int", ["-42"], -42), Call("parse_int", ["0b1001"], 9),
        Call("parse_int", ["042"], 34), Call("parse_int", ["0o42"], 34),
        Call("parse_int", ["0x2a"], 42), Call("parse_int", ["0"], 0),
        Call("parse_int", ["2a"], ["base": 16], 42), .fails("parse_int", [""], "value is empty"),
        .fails("parse_int", ["x"], "could not parse integer: invalid digit found in string"),
        .fails(
            "parse_int",
            ["0b"],
            "could not parse integer: cannot parse integer from empty string"
        ),
        Call("parse_float", ["-42.5"], -42.5), Call("parse_float", ["42"], 42.0),
        .fails("parse_float", ["x"], "Invalid floating point number \"x\": invalid float literal"),
        Call("format_number", [1234.567], "1234.567"),
        Call("format_number", [1234.567], ["scale": 2], "1234.56"),
        Call("format_number", [1234.567, 2], ["decimal_separator": ","], "1234,56"),
        Call("format_number", [1234.567, 2, ",", " "], "1 234,56"),
        Call("format_number", [11_222_333_444.56789, 3, ",", "."], "11.222.333.444,567"),
        Call("format_number", [100.0], "100"), Call("format_number", [100.0, 2], "100.00"),
        Call("format_number", [123.45, 0], "123"), Call("format_number", [12345, 2], "12345.00"),
        Call("format_number", [-1234567], ["grouping_separator": ","], "-1,234,567"),
    ]

    @Test(arguments: texts)
    func `numbers are written and read`(call: Call) throws {
        try call.check()
    }
}

extension Value {
    /// A text of 63 zeros, as the smallest number ends with.
    static var zeros: Value { .text(String(repeating: "0", count: 63)) }

    static func + (left: Value, right: Value) -> Value {
        guard case .bytes(let first) = left, case .bytes(let second) = right else { return .null }
        return .bytes(Bytes(first.array + second.array))
    }
}
