import Records
import Testing

@testable import VRL

/// Arguments that must be known when a script is compiled: what a function does not take is refused then,
/// and never by an event.
@Suite("VRL static arguments") struct StaticArgumentTests {
    /// What the compiler says of a script; nothing if it takes it.
    private func refusal(_ source: String) -> String {
        do {
            _ = try Program(compiling: source, event: .any, zone: "UTC")
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: [
        ("redact(\"a\", [\"email\"])", "redact(\"a\", [\"us_social_security_number\"])"),
        ("x = {\"type\": \"card\"}; redact(\"a\", [x])", "x = r'a'; redact(\"a\", [x])"),
        ("redact(\"a\", [string!(.a)])", "x = [r'a']; redact(\"a\", x)"),
        ("redact(\"a\", [r'a'], object!(.a))", "redact(\"a\", [r'a'], {\"type\": \"full\"})"),
        ("x = r'a'; for y in [1] { redact(\"a\", [x]); x = r'b' }", "for y in [1] { x = 1 }"),
        (
            "x = r'a'; for_each(array!(.a)) -> |_, v| { x = r'b' }; redact(\"a\", [x])",
            "x = r'a'; for_each(array!(.a)) -> |_, v| { y = r'b' }; redact(\"a\", [x])"
        ),
        ("x = r'a'; if .a == 1 { x = r'b' }; redact(\"a\", [x])", "x = r'a'; redact(\"a\", [x])"),
        ("snakecase(\"a\", string!(.a))", "snakecase(\"a\", \"camelCase\")"),
        ("match_any(\"a\", [\"a\"])", "match_any(\"a\", [r'a'])"),
        ("match_any(\"a\", array!(.a))", "x = r'a'; match_any(\"a\", [x])"),
        ("to_unix_timestamp(now(), string!(.a))", "to_unix_timestamp(now(), \"seconds\")"),
        ("encode_percent(\"a\", string!(.a))", "encode_percent(\"a\", \"CONTROLS\")"),
        ("log(\"a\", string!(.a))", "log(\"a\", \"warn\")"),
        ("parse_nginx_log!(\"a\", string!(.a))", "parse_nginx_log!(\"a\", \"main\")"),
        ("parse_common_log!(\"a\", \"%Q\")", "parse_common_log!(\"a\", \"%F %T\")"),
        ("parse_grok!(\"a\", string!(.a))", "parse_grok!(\"a\", \"%{WORD:a}\")"),
        ("parse_groks!(\"a\", [string!(.a)])", "parse_groks!(\"a\", [\"%{word:a}\"])"),
        ("decode_charset!(\"a\", \"euc-kr\")", "decode_charset!(\"a\", \"utf-16le\")"),
        ("encode_charset!(\"a\", string!(.a))", "encode_charset!(\"a\", \"latin1\")"),
        (
            "encrypt!(\"a\", \"AES-256-SIV\", \"k\", \"i\")",
            "encrypt!(\"a\", \"AES-256-CFB\", \"k\", \"i\")"
        ),
        ("xxhash!(\"a\", \"XXH1\")", "xxhash!(\"a\", string!(.a))"),
        ("format_timestamp!(now(), \"%#z\")", "format_timestamp!(now(), \"%z\")"),
        ("parse_aws_vpc_flow_log!(\"a\", \"hat\")", "parse_aws_vpc_flow_log!(\"a\", \"start\")"),
    ])
    func `what is not known, or not taken, is refused at once`(wrong: String, right: String) {
        #expect(refusal(wrong).contains("E610"), "\(wrong): \(refusal(wrong))")
        #expect(!refusal(right).contains("error"), "\(right): \(refusal(right))")
    }

    @Test func `the refusal names the place and what to do`() {
        let told = refusal(".b = redact(\"a\", filters: [.a])")
        #expect(told.contains("E402"))
        #expect(told.contains("expected static expression for argument \"filters\""))
        #expect(told.contains("received: [.a]"))
        #expect(told.contains("1:27"))
    }
}
