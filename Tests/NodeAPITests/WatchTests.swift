import Basics
import Formats
import HTTP
import ObjectStore
import Reactor
import TestKit
import Testing

@testable import NodeAPI

@MainLoop @Suite("Watches by clients of every pace", .timeLimit(.minutes(2))) struct WatchTests {
    let node: TestNode
    static let maps = "/api/v1/namespaces/default/configmaps"

    init() throws { node = try TestNode() }

    private func change(_ name: String, _ text: String) throws {
        let key = ObjectKey("configmaps", "default", name)
        if var object = node.store.get(key) {
            object["data"] = ["text": .string(text)]
            try node.store.update("configmaps", object)
        } else {
            try node.store.create(
                "configmaps",
                [
                    "apiVersion": "v1", "kind": "ConfigMap",
                    "metadata": ["name": .string(name), "namespace": "default"],
                    "data": ["text": .string(text)],
                ]
            )
        }
    }

    private func feed(_ query: String = "", accept: String = "application/json") async throws
        -> WatchFeed
    {
        let request = APIRequest("GET", Self.maps + "?watch=true" + query, accept: accept)
        guard case .watch(let feed) = await node.api.answer(request) else {
            throw Failure(.invalid, "the watch was refused")
        }
        return feed
    }

    /// Everything that a feed gives until it has nothing.
    private func take(_ feed: WatchFeed) -> [BodyChunk] {
        var chunks: [BodyChunk] = []
        while case .chunk(let chunk) = feed.next() { chunks.append(chunk) }
        return chunks
    }

    @Test func `an event is written once for all who want it in the same form`() async throws {
        let table = "application/json;as=Table;v=v1;g=meta.k8s.io"
        func all(_ query: String, _ accept: String) async throws -> [WatchFeed] {
            var feeds: [WatchFeed] = []
            for _ in 0..<3 {
                let next = try await feed(query, accept: accept)
                next.begin {}
                feeds.append(next)
            }
            return feeds
        }
        let groups = [
            try await all("", "application/json"), try await all("", table),
            try await all("&includeObject=Object", table),
            try await all("&includeObject=None", table),
            // Anything else means the same as nothing.
            try await all("&includeObject=Bogus", table),
        ]
        try change("a", "1")
        try change("a", "2")
        var seen: [Int: Set<Int>] = [:]
        for (number, group) in groups.enumerated() {
            for feed in group {
                let chunks = take(feed)
                #expect(chunks.count == 2)
                for chunk in chunks {
                    let place = unsafe chunk.framed.withUnsafeBytes {
                        Int(bitPattern: $0.baseAddress)
                    }
                    seen[number, default: []].insert(place)
                }
            }
        }
        #expect(seen.values.allSatisfy { $0.count == 2 })
        #expect(
            seen[1] == seen[4] && seen[0] != seen[1] && seen[1] != seen[2] && seen[2] != seen[3]
        )
        for feed in groups.joined() { feed.close() }
        #expect(node.store.watchCount == 0)
    }

    @Test func `a late table watcher gets the columns with its first row all the same`()
        async throws
    {
        let table = "application/json;as=Table;v=v1;g=meta.k8s.io"
        let early = try await feed(accept: table)
        early.begin {}
        try change("a", "1")
        _ = take(early)
        let late = try await feed("&resourceVersion=\(node.store.version)", accept: table)
        late.begin {}
        try change("a", "2")
        func columns(_ chunk: BodyChunk?) throws -> Int? {
            try JSON.parse(Array(chunk?.content ?? []))["object"]?["columnDefinitions"]?.array?
                .count
        }
        #expect(try columns(take(early).first) == nil)
        #expect(try columns(take(late).first) == 3)
        early.close()
        late.close()
    }

    @Test func `one that takes nothing is told that it was too slow, others go on`() async throws {
        let slow = try await feed()
        slow.begin {}
        let quick = WatchClient(try await feed())
        for number in 0...ObjectStore.watchCapacity { try change("a", "\(number)") }
        try change("a", "last")
        let lines = take(slow).compactMap { try? JSON.parse(Array($0.content)) }
        #expect(lines.count == ObjectStore.watchCapacity + 1)
        let last = lines.last?["object"]
        #expect(lines.last?["type"] == "ERROR" && last?["code"] == 410)
        #expect(last?["reason"] == "Expired" && last?["kind"] == "Status")
        #expect(slow.next() == .end && quick.lines.count == ObjectStore.watchCapacity + 2)
        #expect(node.api.metrics.text.contains("remora_watches_expired_total 1"))
        #expect(quick.lines.last?["object"]?["data"]?["text"] == "last")
        slow.close()
        quick.leave()
        #expect(node.store.watchCount == 0)
        #expect(node.api.metrics.text.contains("requests{verb=\"WATCH\"} 0"))
    }

    @Test func `what a watch opens with is not written before its client takes it`() async throws {
        for number in 0..<50 { try change("m\(number)", "x") }
        let client = try await feed("&sendInitialEvents=true&resourceVersionMatch=NotOlderThan")
        client.begin {}
        // Changes meanwhile follow the bookmark; the opening is what was there at first.
        try change("m0", "y")
        let lines = take(client).compactMap { try? JSON.parse(Array($0.content)) }
        #expect(lines.prefix(50).allSatisfy { $0["type"] == "ADDED" })
        #expect(lines.prefix(50).allSatisfy { $0["object"]?["data"]?["text"] == "x" })
        #expect(lines.dropFirst(50).map { $0["type"]?.string } == ["BOOKMARK", "MODIFIED"])
        client.close()
    }

    @Test func `a connection is used again after the time of a watch`() async throws {
        try await serving { port in
            let client = try await HTTPClient.connect(.tcp(host: "127.0.0.1", port: port))
            for _ in 0..<2 {
                let reply = try await client.request(
                    "GET",
                    Self.maps + "?watch=true&timeoutSeconds=1&allowWatchBookmarks=true"
                )
                let body = try await reply.collect(limit: 1 << 16)
                #expect(try JSON.parse(body)["type"] == "BOOKMARK")
            }
            #expect(client.isReusable && node.store.watchCount == 0)
            client.close()
        }
    }

    @Test(arguments: 0..<3)
    func `every client sees a run of the changes without a gap, or is told why not`(
        seed: UInt64
    ) async throws {
        var random = SeededGenerator(seed: seed)
        try await serving { port in
            var streams: [(stream: ByteStream, seen: [UInt8])] = []
            for step in 0..<150 {
                switch Int.random(in: 0..<12, using: &random) {
                case 0 where streams.count < 8:
                    let stream = try await ByteStream.connect(
                        host: "127.0.0.1",
                        port: port,
                        timeout: .seconds(5)
                    )
                    let target = Self.maps + "?watch=true&resourceVersion=\(node.store.version)"
                    try await stream.write(Array("GET \(target) HTTP/1.0\r\n\r\n".utf8))
                    let known = node.store.watchCount
                    while node.store.watchCount == known { await Loop.main.turn() }
                    streams.append((stream, []))
                case 1 where !streams.isEmpty && step % 3 == 0:
                    // Leaves in the middle of whatever is under way.
                    streams.remove(at: Int.random(in: 0..<streams.count, using: &random))
                        .stream.close()
                case 2...4 where !streams.isEmpty:
                    let index = Int.random(in: 0..<streams.count, using: &random)
                    let most = Int.random(in: 1...5000, using: &random)
                    streams[index].seen += try streams[index].stream.readNow(upTo: most) ?? []
                case 5: await Loop.main.turn()
                default:
                    let size = [1, 100, 4000].randomElement(using: &random) ?? 1
                    try change("m\(step % 5)", "\(step) " + String(repeating: "x", count: size))
                }
            }
            try change("last", "")
            for (stream, seen) in streams {
                try await check(stream, seen)
                stream.close()
            }
            while node.store.watchCount > 0 { await Loop.main.turn() }
        }
    }

    /// Reads on to the last change, and holds the versions against each other.
    private func check(_ stream: ByteStream, _ seen: [UInt8]) async throws {
        var text = String(decoding: seen, as: UTF8.self)
        while !text.contains("\"name\":\"last\"") || !text.hasSuffix("\n") {
            let more = try await stream.read(deadline: Loop.main.now + .seconds(20))
            guard !more.isEmpty else { break }
            text += String(decoding: more, as: UTF8.self)
        }
        let body = text.split(separator: "\r\n\r\n", maxSplits: 1).last ?? ""
        let versions = body.split(separator: "\n").compactMap { line in
            (try? JSON.parse(String(line)))?["object"]?["metadata"]?["resourceVersion"]?.string
                .flatMap { Int64($0) }
        }
        let first = try #require(versions.first)
        #expect(versions == Array(first...node.store.version))
    }

    /// Runs a server for the time of a test.
    private func serving(_ body: @MainLoop (UInt16) async throws -> Void) async throws {
        try await withLoopback { [node] in
            try await node.api.serve($0, $1)
        } test: {
            try await body($0.port)
        }
    }
}
