import Records
import Testing
import VRL

/// Regular expressions are those of Rust's `regex`, whatever carries them out.
@Suite struct RegexTests {
    @Test(arguments: [
        ("a(?=b)", "look-around"), ("a(?!b)", "look-around"), ("(?<=a)b", "look-around"),
        ("(?<!a)b", "look-around"), (#"(a)\1"#, "backreferences"), ("(?>a)", "unrecognized flag"),
        ("(?|a)", "unrecognized flag"), ("(?P=a)", "unrecognized flag"),
        (#"\Qa\E"#, "unrecognized escape"), (#"\Ka"#, "unrecognized escape"),
        (#"\R"#, "unrecognized escape"), (#"[\h]"#, "unrecognized escape"),
        (#"\d\D\s\S\w\W\b\B\A\z\n\t\x41\pL\p{Greek}"#, nil),
        ("(?P<a>b)(?<c>d)(?:e)(?i:f)(?-i)", nil),
        ("[(?=]", nil), ("[^](?!]", nil), ("[](?=]", nil), (#"\(?=a"#, nil), (#"\\(?:1)"#, nil),
        ("[[:alpha:](?=]", nil), ("\\u0041", nil),
    ])
    func `what Rust's does not know is refused`(text: String, mistake: String?) {
        for source in ["r'\(text)'", "to_regex!(s'\(text)')"] {
            var event = Value.object([:])
            var metadata = Value.object([:])
            var told: String?
            do {
                let program = try Program(compiling: source)
                _ = try program.run(&event, metadata: &metadata, Call.surroundings)
            } catch {
                told = "\(error)"
            }
            if let mistake {
                #expect(told?.contains(mistake) == true, "\(source): \(told ?? "it is taken")")
            } else {
                #expect(told == nil, "\(source): \(told ?? "")")
            }
        }
    }

    @Test(arguments: [
        ("match(\"abc\", P)", "r'b'", "true"), ("match(\"abc\", P)", "r'^b'", "false"),
        ("match(\"é1\", P)", #"r'^\w\d$'"#, "true"), ("find(\"xaé\", P)", "r'é'", "2"),
        ("find(\"abab\", P, from: 1)", "r'a'", "2"), ("split(\"a1b22c\", P)", #"r'\d+'"#, "a b c"),
        ("split(\"a1b2c\", P, limit: 2)", #"r'\d'"#, "a b2c"),
        ("replace(\"aXbX\", P, \"-\", count: 1)", "r'X'", "a-bX"),
        ("replace(\"ab\", P, \"$2$1\")", "r'(a)(b)'", "ba"),
        ("replace(\"ab\", P, \"x\")", "r'c'", "ab"),
        ("sieve(\"a-b\", P)", "r'[a-z]'", "ab"), ("match_array([\"a\", \"b\"], P)", "r'b'", "true"),
        ("match_array([\"a\", \"b\"], P, all: true)", "r'b'", "false"),
        ("match_any(\"abc\", [P, r'z'])", "r'c'", "true"),
        ("match_any(\"abc\", [P])", "r'x'", "false"),
        ("parse_regex!(\"ab\", P).x", "r'(?P<x>b)'", "b"),
        ("parse_regex_all!(\"ab\", P)[1].x", "r'(?P<x>.)'", "b"),
        ("to_string(length(parse_regex_all!(\"\", P)))", "r'x*'", "1"),
    ])
    func `an expression does the same in a variable`(call: String, regex: String, wanted: String)
        throws
    {
        for pattern in [regex, "p"] {
            let source = "p = \(regex)\n" + call.replacing("P", with: pattern)
            let program = try Program(compiling: source)
            var event = Value.object([:])
            var metadata = Value.object([:])
            let found = try program.run(&event, metadata: &metadata, Call.surroundings)
            #expect(Self.text(found) == wanted, "\(source)")
        }
    }

    private static func text(_ value: Value) -> String {
        switch value {
        case .bytes(let bytes): bytes.text
        case .array(let items): items.map(text).joined(separator: " ")
        case .boolean(let truth): "\(truth)"
        case .integer(let number): "\(number)"
        default: "\(value)"
        }
    }
}
