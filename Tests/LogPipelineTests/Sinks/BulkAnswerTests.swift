import TestKit
import Testing

@testable import LogPipeline

@Suite("Answers to bulk requests") struct BulkAnswerTests {
    static func judge(_ text: String, _ count: Int, isCreate: Bool = true) -> DeliveryAnswer? {
        BulkAnswer.judge(Array(text.utf8).span, count: count, isCreate: isCreate)
    }

    static func summary(_ answer: DeliveryAnswer?) -> String {
        switch answer {
        case nil: "none"
        case .delivered?: "delivered"
        case .failed?: "failed"
        case .partly(let verdicts)?:
            verdicts.map {
                "\($0.item) \($0.isRetriable ? "again" : "refused") \($0.code ?? 0) \($0.reason)"
            }.joined(separator: "; ")
        }
    }

    static let cases: [(text: String, count: Int, expected: String)] = [
        (#"{"took":3,"errors":false,"items":[{"create":{"status":201}}]}"#, 1, "delivered"),
        ("{\n  \"took\" : 3,\n  \"errors\" : false,\n  \"items\" : [ ]\n}\n", 1, "delivered"),
        (
            #"{"errors":true,"items":[{"create":{"status":201}},{"create":{"status":200}}]}"#, 2,
            "delivered"
        ),
        (
            #"{"took":1,"errors":true,"items":[{"create":{"_index":"i","status":429,"#
                + #""error":{"type":"es_rejected_execution_exception","reason":"queue full"}}},"#
                + #"{"create":{"status":201}},{"create":{"status":400,"error":{"type":"mapper_parsing_exception","#
                + #""reason":"failed to parse [n]","caused_by":{"type":"x","reason":"no \"number\""}}}}]}"#,
            3,
            "0 again 429 es_rejected_execution_exception: queue full; "
                + "2 refused 400 mapper_parsing_exception: failed to parse [n]: x: no \"number\""
        ),
        (
            #"{"errors":true,"items":[{"create":{"status":409,"error":{"type":"version_conflict"}}}]}"#,
            1, "delivered"
        ),
        (#"{"errors":true,"items":[{"index":{"status":503}}]}"#, 1, "0 again 503 status 503"),
        (
            #"{"errors":true,"items":[{"create":{"status":404,"error":"IndexMissing"}}]}"#, 1,
            "0 refused 404 IndexMissing"
        ),
        (#"{"errors":true,"items":[{"create":{"error":"old"}}]}"#, 1, "0 again 500 old"),
        (
            #"{"errors":true,"items":[{"create":{"status":201}}]}"#, 3,
            "1 again 0 the answer does not speak of this record; "
                + "2 again 0 the answer does not speak of this record"
        ),
        (#"{"errors":true,"items":[]}"#, 0, "delivered"),
        (
            #"{"errors":true,"items":[{"a":{"status":400}},{"a":{"status":400}}]}"#, 1,
            "0 refused 400 status 400"
        ),
        (#"{"items":[{"create":{"status":201}}],"errors":false}"#, 1, "delivered"),
        ("", 1, "none"), ("<html>", 1, "none"), ("[]", 1, "none"), ("{}", 1, "none"),
        (#"{"error":{"type":"x"},"status":500}"#, 1, "none"),
        (#"{"errors":true,"items":[{"create":{"status":201}}"#, 1, "none"),
        (#"{"errors":true,"items":[{"create":{"status":201}}]} x"#, 1, "none"),
        (#"{"errors":true,"items":[7]}"#, 1, "none"), (#"{"errors":false"#, 1, "none"),
        (#"{"errors":true,"items":{"create":{}}}"#, 1, "none"),
        (#"{"errors":true,"items":[{"create":{"status":"201"}}]}"#, 1, "none"),
    ]

    @Test(arguments: cases)
    func `are judged by each record`(_ text: String, _ count: Int, _ expected: String) {
        #expect(Self.summary(Self.judge(text, count)) == expected)
    }

    @Test func `a conflict counts as delivered only where records are created`() {
        let text = #"{"errors":true,"items":[{"index":{"status":409}}]}"#
        #expect(Self.summary(Self.judge(text, 1, isCreate: false)) == "0 again 409 status 409")
    }

    @Test(arguments: [
        (#"{"took":30,"errors":false,"items":[{"cre"#, true),
        (#"{"took":30,"errors":true,"#, false),
        (#"{"took":30,"errors":fal"#, false), (#"{"took":3"#, false),
        (#"{"items":[],"errors":false}"#, false),
        (#"{"x":{"errors":false},"errors":true}"#, false), (#"{"errors":false}"#, true),
    ])
    func `the beginning may be enough`(_ text: String, _ expected: Bool) {
        let bytes = Array(text.utf8)
        let found = BulkAnswer.hasNoErrors(bytes.span)
        #expect(found == expected)
    }

    @Test func `an answer cut or changed anywhere is judged or refused`() {
        let text = Array(Self.cases[3].text.utf8)
        for end in 0..<text.count {
            // Never is a record that was refused taken for one that was delivered.
            let part = Array(text[..<end])
            let answer = BulkAnswer.judge(part.span, count: 3, isCreate: true)
            #expect(answer == nil)
        }
        var random = SeededGenerator(seed: 1)
        for _ in 0..<3000 {
            var changed = text
            changed[Int.random(in: 0..<text.count, using: &random)] = UInt8.random(
                in: 0...127,
                using: &random
            )
            _ = BulkAnswer.judge(changed.span, count: 3, isCreate: true)
        }
    }

    @Test func `deep texts are refused`() {
        let deep =
            #"{"errors":true,"items":[{"create":{"error":"#
            + String(repeating: #"{"caused_by":"#, count: 5000)
        #expect(Self.judge(deep, 1) == nil)
    }
}
