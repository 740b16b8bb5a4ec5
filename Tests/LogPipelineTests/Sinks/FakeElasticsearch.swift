import Basics
import Formats
import HTTP
import Reactor
import TestKit

@testable import LogPipeline

/// A server that takes bulk requests, or does not.
@MainLoop final class FakeElasticsearch {
    /// What it does with a request.
    enum Mood: Sendable {
        case well
        /// Answers with this status and text.
        case status(Int, String)
        /// Refuses whole requests that hold the record of this number, with this text.
        case spoiledBy(Int, String)
        /// Takes everything and closes without an answer.
        case silent
        /// Refuses records whose number is a multiple: for good, or for now.
        case choosy(refuse: Int, busy: Int)
        /// Answers with this text as if all were well.
        case says(String)
    }

    /// What it does with the next requests; the last goes on.
    var moods: [Mood] = [.well]
    /// Documents that it took, by their `n`, and how often.
    private(set) var stored: [Int: Int] = [:]
    private(set) var requests = 0
    private(set) var heads: [(target: String, headers: HTTPHeaders)] = []
    private(set) var lines: [String] = []
    private var busyOnce: Set<Int> = []

    func handle(_ request: HTTPRequest, _ responder: HTTPResponder) async throws {
        requests += 1
        heads.append((request.target.path + "?" + request.target.rawQuery, request.headers))
        var body = try await request.body(limit: 64 << 20)
        switch request.headers["Content-Encoding"] {
        case "gzip": body = try Gzip.decode(body.span, limit: 64 << 20)
        case "zstd": body = try Zstd.decode(body.span, limit: 64 << 20)
        default: break
        }
        var mood = moods.count > 1 ? moods.removeFirst() : moods[0]
        let all = String(decoding: body, as: UTF8.self).split(separator: "\n").map(String.init)
        lines += all
        var documents: [Int] = []
        for place in stride(from: 1, to: all.count, by: 2) {
            documents.append(try JSON.parse(all[place])["n"]?.int ?? -1)
        }
        if case .spoiledBy(let number, let text) = mood {
            mood = documents.contains(number) ? .status(400, text) : .well
        }
        switch mood {
        case .status(let status, let text):
            try await responder.respond(
                status,
                headers: ["Retry-After": "0"],
                body: Array(text.utf8)
            )
        case .silent:
            for number in documents { stored[number, default: 0] += 1 }
            throw Failure(.cancelled, "silence")
        case .says(let text): try await responder.respond(200, body: Array(text.utf8))
        case .well, .choosy, .spoiledBy:
            var items: [String] = []
            var hasErrors = false
            for number in documents {
                var status = 201
                if case .choosy(let refuse, let busy) = mood {
                    if number % refuse == 0 {
                        status = 400
                    } else if number % busy == 0, busyOnce.insert(number).inserted {
                        status = 429
                    }
                }
                if status == 201 { stored[number, default: 0] += 1 } else { hasErrors = true }
                let error = status == 201 ? "" : #","error":{"type":"t\#(status)","reason":"r"}"#
                items.append(#"{"create":{"_index":"i","status":\#(status)\#(error)}}"#)
            }
            let text =
                #"{"took":1,"errors":\#(hasErrors),"items":[\#(items.joined(separator: ","))]}"#
            try await responder.respond(200, body: Array(text.utf8))
        }
    }
}

/// Dead letters in memory.
@MainLoop final class KeptLetters: DeadLetters {
    private(set) var letters: [(record: String, reason: String, code: Int?)] = []
    /// How many attempts to keep some fail.
    var failures = 0

    func keep(record: Span<UInt8>, sink: String, reason: String, code: Int?, at time: Timestamp)
        throws(Failure)
    {
        letters.append((String(decoding: Array(copying: record), as: UTF8.self), reason, code))
    }

    func sync() async throws(Failure) {
        guard failures > 0 else { return }
        failures -= 1
        letters = []
        throw Failure(.exhausted, "cannot keep dead letters")
    }
}
