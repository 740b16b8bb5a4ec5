import Records
import Testing
import VRL

@Suite struct StringFunctionTests {
    static let shapes: [Call] = [
        Call("downcase", ["FOO 2 bar"], "foo 2 bar"), Call("upcase", ["FOO 2 bär"], "FOO 2 BÄR"),
        Call("strip_whitespace", [" \t hi there \u{2003}\n"], "hi there"),
        Call("strip_ansi_escape_codes", ["foo bar"], "foo bar"),
        Call("strip_ansi_escape_codes", ["\u{1B}[3;4Hfoo bar"], "foo bar"),
        Call("strip_ansi_escape_codes", ["\u{1B}[46mfoo\u{1B}[0m bar"], "foo bar"),
        Call("strip_ansi_escape_codes", ["\u{1B}]0;title\u{7}foo\u{1B}(B bar\n"], "foo bar\n"),
        Call("basename", ["/usr/local/bin/vrl"], "vrl"), Call("basename", ["/home/user/"], "user"),
        Call("basename", ["file.txt"], "file.txt"), Call("basename", ["/"], nil),
        Call("basename", ["."], nil), Call("basename", [".."], nil), Call("basename", [""], nil),
        Call("basename", ["a/."], "a"), Call("basename", [".hidden"], ".hidden"),
        Call("dirname", ["/usr/local/bin/vrl"], "/usr/local/bin"), Call("dirname", ["file"], "."),
        Call("dirname", ["/home//"], "/"), Call("dirname", ["/"], "/"),
        Call("dirname", ["a/b/"], "a"), Call("truncate", ["abc", 1], ["ellipsis": true], "a..."),
        Call("split_path", ["/home/user/"], ["/", "home", "user"]),
        Call("split_path", ["./a/./b"], [".", "a", "b"]), Call("split_path", ["/"], ["/"]),
        Call("split_path", [""], []),
        Call("truncate", ["Super", 0], ""),
        Call("truncate", ["Super", 0], ["suffix": "..."], "..."),
        Call("truncate", ["Super", 10], "Super"), Call("truncate", ["Super", 5, "."], "Super"),
        Call("truncate", ["Supercalifragilisticexpialidocious", 5, "..."], "Super..."),
        Call("truncate", ["♔♕♖♗♘♙♚♛♜♝♞♟", 6, "..."], "♔♕♖♗♘♙..."),
        Call("truncate", ["Super", -3, "[TRUNCATED]"], "[TRUNCATED]"),
        Call("strlen", ["ñandú"], 5), Call("strlen", [""], 0),
        Call("shannon_entropy", ["ƒoo"], 1.5), Call("shannon_entropy", ["aaaa"], 0.0),
        Call("shannon_entropy", [""], 0.0),
        Call("shannon_entropy", ["👨‍👩‍👧‍👦"], ["segmentation": "grapheme"], 0.0),
        Call("shannon_entropy", ["ab"], ["segmentation": "codepoint"], 1.0),
        Call("sieve", ["vector.dev", .regex("[a-z]")], "vectordev"),
        Call(
            "sieve",
            ["test123%456.فوائد.net.", .regex("[a-z.0-9]")],
            ["replace_single": "X", "replace_repeated": "<REMOVED>"],
            "test123X456.<REMOVED>.net."
        ),
        Call("join", [["one", "two", "three"]], ["separator": ", "], "one, two, three"),
        Call("join", [["one", "two"]], "onetwo"), Call("join", [[]], ""),
        .fails("join", [["one", 1]], "all array items must be strings"),
    ]

    @Test(arguments: shapes)
    func `texts take other shapes`(call: Call) throws {
        try call.check()
    }

    static let slices: [Call] = [
        Call("slice", ["foo", 0], "foo"), Call("slice", ["foo", 2], "o"),
        Call("slice", ["foo", -2], "oo"), Call("slice", ["foo", 3], ""),
        Call("slice", ["foo", 2, 2], ""), Call("slice", ["foo", 1, 5], "oo"),
        Call("slice", ["Supercalifragilisticexpialidocious", -7], "docious"),
        Call("slice", ["Supercalifragilisticexpialidocious", 5, 9], "cali"),
        Call("slice", [[0, 1, 2], -2], [1, 2]),
        Call("slice", [[0, "ook", true], 1], ["ook", true]),
        .fails("slice", ["foo", 4], "\"start\" must be between \"-3\" and \"3\""),
        .fails("slice", ["foo", -4], "\"start\" must be between \"-3\" and \"3\""),
        .fails("slice", ["foo", 2, 1], "\"end\" must be greater or equal to \"start\""),
        Call("split", ["", " "], [""]), Call("split", ["foo", " "], ["foo"]),
        Call("split", ["This is a long string.", " "], ["This", "is", "a", "long", "string."]),
        Call("split", ["This is a long string", .regex(" "), 2], ["This", "is a long string"]),
        Call(
            "split",
            ["ThisaisAlongAstring.", .regex("(?i)a")],
            ["This", "is", "long", "string."]
        ),
        Call("split", ["sᴉ sᴉɥ┴", " "], ["sᴉ", "sᴉɥ┴"]),
        Call("split", ["a b", " "], ["limit": 0], []), Call("split", ["a b", " ", -1], []),
        Call("split", ["barbaz", .regex("ba")], ["", "r", "z"]),
        Call("split", ["ab", ""], ["", "a", "b", ""]),
    ]

    @Test(arguments: slices)
    func `texts are cut`(call: Call) throws {
        try call.check()
    }

    static let cases: [Call] = [
        Call("camelcase", ["input_string"], "inputString"),
        Call("camelcase", ["kebab-case"], ["original_case": "kebab-case"], "kebabCase"),
        Call("pascalcase", ["camelCase"], "CamelCase"),
        Call("pascalcase", ["input-string"], "InputString"),
        Call("snakecase", ["camelCase"], "camel_case"),
        Call("snakecase", ["camelCase"], ["excluded_boundaries": ["lower_upper"]], "camelcase"),
        Call("snakecase", ["s3BucketDetails"], "s_3_bucket_details"),
        Call(
            "snakecase",
            ["s3BucketDetails"],
            ["excluded_boundaries": ["digit_lower", "lower_digit", "upper_digit"]],
            "s3_bucket_details"
        ),
        Call("snakecase", ["XMLHttpRequest"], "xml_http_request"),
        Call("screamingsnakecase", ["camelCase input"], "CAMEL_CASE_INPUT"),
        Call("kebabcase", ["InputString"], "input-string"),
        Call("kebabcase", ["a_b-c"], ["original_case": "snake_case"], "a-b-c"),
        .fails(
            "kebabcase",
            ["a"],
            ["original_case": "Title"],
            "case must match one of: camelCase, PascalCase, SCREAMING_SNAKE, snake_case, kebab-case"
        ),
    ]

    @Test(arguments: cases)
    func `words are joined as names are`(call: Call) throws {
        try call.check()
    }

    static let searches: [Call] = [
        Call("contains", ["foobar", "ob"], true), Call("contains", ["foobar", "OB"], false),
        Call("contains", ["foobar", "OB"], ["case_sensitive": false], true),
        Call("contains", ["", "a"], false), Call("contains", ["a", ""], true),
        Call("contains_all", ["The NEEDLE in the haystack", ["NEEDLE", "haystack"]], true),
        Call("contains_all", ["The NEEDLE in the haystack", ["needle"]], false),
        Call("contains_all", ["The NEEDLE", ["needle"]], ["case_sensitive": false], true),
        .fails("contains_all", ["a", [1]], "expected string, got integer"),
        Call("starts_with", ["foobar", "foo"], true),
        Call("starts_with", ["foobar", "bar"], false),
        Call("starts_with", ["foobar", "FOO", false], true),
        Call("starts_with", ["£", .raw([0xC2])], true),
        Call("ends_with", ["foobar", "bar"], true), Call("ends_with", ["bar", "foobar"], false),
        Call("ends_with", ["fooBAR", "bar", false], true),
        Call("find", ["foobar", "bar"], 3), Call("find", ["foobar", .regex("fo+z?")], 0),
        Call("find", ["foo", "foobar"], nil), Call("find", ["foofoo", "foo"], ["from": 1], 3),
        Call("find", ["foobar", .regex("b")], ["from": 9], nil),
        .fails("find", ["foobar", 42], "expected string or regex, got integer"),
        Call("match", ["foobar", .regex("^FOO")], false),
        Call("match", ["foobar", .regex("(?i)^FOO")], true),
        Call("match", ["été", .regex(#"^\w+$"#)], true),
        Call("match_any", ["my string", [.regex("foo"), .regex("str")]], true),
        Call("match_any", ["my string", [.regex("foo")]], false),
        Call("match_array", [["foobar", "baz", 1], .regex("foo")], true),
        Call("match_array", [["foo", "bar"], .regex("foo"), true], false),
        Call("match_array", [["foo1", "foo2"], .regex("foo"), true], true),
    ]

    @Test(arguments: searches)
    func `texts are searched`(call: Call) throws {
        try call.check()
    }

    static let replacements: [Call] = [
        Call("replace", ["I like apples and bananas", "a", "o"], "I like opples ond bononos"),
        Call("replace", ["I like apples and bananas", "a", "o", 0], "I like apples and bananas"),
        Call("replace", ["I like apples and bananas", "a", "o", 2], "I like opples ond bananas"),
        Call(
            "replace",
            ["I like apples and bananas", .regex("a"), "o", 1],
            "I like opples and bananas"
        ),
        Call(
            "replace",
            ["I like [apples]", .regex(#"\[apples\]"#), "biscuits"],
            "I like biscuits"
        ),
        Call("replace", ["foo123bar", .regex(#"foo(?P<num>\d+)bar"#), "$num"], "123"),
        Call("replace", ["foo123bar", .regex(#"foo(\d+)bar"#), "<${1}x$1x$$>"], "<123x$>"),
        Call("replace", ["Äpfel", .regex("ä"), "A"], "Äpfel"),
        Call("replace", ["Äpfel", .regex("(?i)ä"), "A"], "Apfel"),
        Call("replace", ["ab", .regex("x*"), "-"], "-a-b-"),
    ]

    @Test(arguments: replacements)
    func `texts are replaced`(call: Call) throws {
        try call.check()
    }

    private static let line =
        #"^(?P<host>[\w\.]+) - (?P<user>[\w]+) (?P<bytes_in>[\d]+) \[(?P<timestamp>.*)\]$"#
    static let expressions: [Call] = [
        Call(
            "parse_regex",
            ["5.86.210.12 - zieme4647 5667 [19/06/2019:17:20:49 -0400]", .regex(line), true],
            [
                "0": "5.86.210.12 - zieme4647 5667 [19/06/2019:17:20:49 -0400]", "1": "5.86.210.12",
                "2": "zieme4647", "3": "5667", "4": "19/06/2019:17:20:49 -0400",
                "host": "5.86.210.12", "user": "zieme4647", "bytes_in": "5667",
                "timestamp": "19/06/2019:17:20:49 -0400",
            ]
        ),
        Call(
            "parse_regex",
            ["first group and second group", .regex("(?P<number>.*?) group")],
            ["number": "first"]
        ),
        Call("parse_regex", ["b", .regex("(?P<a>a)|(?P<b>b)")], ["a": nil, "b": "b"]),
        .fails(
            "parse_regex",
            ["I don't match", .regex(line)],
            "could not find any pattern matches"
        ),
        Call(
            "parse_regex_all",
            [
                "apples and carrots, peaches and peas",
                .regex(#"(?P<fruit>[\w\.]+) and (?P<veg>[\w]+)"#), true,
            ],
            [
                [
                    "fruit": "apples", "veg": "carrots", "0": "apples and carrots", "1": "apples",
                    "2": "carrots",
                ],
                [
                    "fruit": "peaches", "veg": "peas", "0": "peaches and peas", "1": "peaches",
                    "2": "peas",
                ],
            ]
        ),
        Call("parse_regex_all", ["I don't match", .regex("(?P<fruit>x)")], []),
    ]

    @Test(arguments: expressions)
    func `groups of expressions become fields`(call: Call) throws {
        try call.check()
    }

    @Test func `the fields of a constant expression are known`() throws {
        let function = try #require(FunctionLibrary.functions["parse_regex"])
        let known = KnownArguments(
            types: [TypeInfo(.bytes), TypeInfo(.regex), nil],
            constants: [nil, .regex("(?P<a>.)(b)?"), nil]
        )
        let outcome = function.outcome(known)
        #expect(outcome.isFallible)
        #expect(outcome.type.fields["a"] == TypeInfo(.bytes))
        #expect(outcome.type.fields["2"] == TypeInfo([.bytes, .null]))
        #expect(outcome.type.others == nil)
    }

    static let syntaxes: [(String, String, Bool)] = [
        (#"^[\w&&[^\d]]+$"#, "abc", true), (#"^[\w&&[^\d]]+$"#, "ab1", false),
        (#"^[a[bc]]+$"#, "abc", true), (#"^\u{e9}$"#, "é", true), (#"^\u00e9$"#, "é", true),
        ("(?u)a", "a", true), ("(?iu:A)b", "ab", true), ("[[:alpha:]]+$", "a1", false),
        (#"[\[\]]"#, "]", true), ("[]a]", "]", true), ("a$", "a\n", false), ("a[", "a", false),
    ]

    @Test(arguments: syntaxes)
    func `expressions are written as for Rust`(syntax: (String, String, Bool)) throws {
        try Call("match", [.text(syntax.1), .regex(syntax.0)], .boolean(syntax.2)).check()
    }
}
