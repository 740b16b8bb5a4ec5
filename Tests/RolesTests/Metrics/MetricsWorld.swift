import Basics
import Formats
import HTTP
import Reactor
import TestKit
import Testing

@testable import Roles

/// The role at work within the test's process.
@MainLoop final class MetricsWorld {
    let work: MetricsWork
    private let running: Task<Int32, any Error>

    /// Starts the role with a command line; `--listen` is added.
    init(
        _ words: [String],
        program: String = "companion",
        environment: [String: String] = [:]
    ) async throws {
        let lines = Lines()
        let own = try MetricsRole.role.translate(program, words)
        let outcome = try CommandParser(MetricsRole.spec)
            .parse(own + ["--listen", "127.0.0.1:0"])
        guard case .run(let invocation) = outcome else { throw Failure(.invalid, "help") }
        let journal = Journal(
            level: .debug,
            isJSON: false,
            time: { "" },
            write: { line in lines.add(line) }
        )
        self.lines = lines
        let surroundings = WorkSurroundings(
            journal: journal,
            environment: environment,
            metrics: CompanionMetrics()
        )
        let work = try MetricsRole.work(invocation, surroundings)
        self.work = work
        running = Task { @MainLoop in try await work.run() }
        try await eventually(within: .seconds(10), "the role listens") { !work.ports.isEmpty }
    }

    private let lines: Lines

    /// What the role has said.
    var journal: String { lines.text }

    /// Scrapes it.
    func scrape(_ headers: HTTPHeaders = [:], path: String = "/metrics") async throws -> Scraped {
        let client = try await HTTPClient.connect(.tcp(host: "127.0.0.1", port: work.ports[0]))
        defer { client.close() }
        let response = try await client.request("GET", path, headers: headers)
        let body = try await response.collect(limit: 64 << 20)
        return Scraped(
            status: response.status,
            headers: response.headers,
            body: body
        )
    }

    /// Ends it; the exit code.
    @discardableResult
    func end(within grace: Duration = .seconds(5)) async throws -> Int32 {
        work.end(by: Loop.main.now + grace)
        return try await running.value
    }

    /// An answer.
    struct Scraped {
        var status: Int
        var headers: HTTPHeaders
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
        var lines: [String] { text.split(separator: "\n").map(String.init) }

        /// The value of a series.
        func value(_ series: String) -> Double? {
            lines.first { $0.hasPrefix(series + " ") }
                .flatMap { Double($0.dropFirst(series.count + 1)) }
        }
    }
}

/// Lines that were said.
final class Lines: @unchecked Sendable {
    private var all: [String] = []
    func add(_ line: String) { all.append(line) }
    var text: String { all.joined(separator: "\n") }
}

/// Expects that promtool has nothing against an exposition.
///
/// Names that other exporters chose stay as they are, though its rules for names do not like them.
func expectValid(_ text: String, hasForeignNames: Bool = false) async throws {
    let result = try await TestProgram.run("promtool", ["check", "metrics"], input: text)
    if result.succeeded { return }
    var said = (result.errors + result.output).split(separator: "\n").map(String.init)
    if hasForeignNames, result.code == 3 {
        said.removeAll { $0.contains("should") || $0.contains("use base unit") }
    }
    #expect(said == [])
}
