internal import Basics
internal import Formats
internal import HTTP
internal import LogPipeline
internal import Proxying
internal import Reactor
internal import Records
internal import Roles

/// `companion logs tap`: shows records of a running role.
@MainLoop struct LogsTap {
    private let address: ListenAddress
    private let path: String
    private let stages: [String]
    private let filter: TapFilter?
    private let limit: Int?
    private let duration: Duration?

    /// Reads the command line.
    ///
    /// - Throws: `invalid` for values that make no sense.
    init(_ invocation: Invocation) throws(Failure) {
        switch try ProcessOptions.admin(invocation.text("admin")) {
        case .at(let given): address = given
        case .usual, .off: address = ListenAddress(host: "127.0.0.1", port: 2020)
        }
        path = invocation.text("role").map { "/roles/" + HTTPTarget.encode($0) + "/tap" } ?? "/tap"
        stages = invocation.texts("stage")
        filter = try invocation.text("filter").map { text throws(Failure) in try TapFilter(text) }
        let follows = invocation.flag("follow")
        limit = invocation.number("limit") ?? (follows ? nil : 10)
        duration = invocation.duration("for") ?? (follows ? nil : .seconds(10))
        if let limit, limit < 1 { throw Failure(.invalid, "--limit must be 1 or more") }
    }

    /// Prints records until it is enough.
    ///
    /// - Returns: 0, also if there were none.
    func run() async throws(Failure) -> Int32 {
        let client = try await HTTPClient.connect(
            .tcp(host: address.host, port: address.port, tls: nil),
            timeout: .seconds(5)
        )
        let query = stages.map { "stage=" + HTTPTarget.encode($0) }.joined(separator: "&")
        let response = try await client.request(
            "GET",
            path + (query.isEmpty ? "" : "?" + query),
            timeout: .seconds(5)
        )
        guard response.isSuccess else {
            let text = String(decoding: try await response.collect(limit: 4096), as: UTF8.self)
            throw Failure(
                .unavailable,
                "\(address) does not show records",
                cause: text.trimmingSpace()
            )
        }
        let end = duration.map { Loop.main.now + $0 }
        var rest: [UInt8] = []
        var shown = 0
        while true {
            let piece: [UInt8]?
            do throws(Failure) {
                piece = try await response.next(deadline: end)
            } catch {
                if error.code == .timedOut { break }
                throw error
            }
            guard let piece else { break }
            rest += piece
            while let newline = rest.firstIndex(of: 10) {
                let line = Array(rest[...newline])
                rest.removeSubrange(...newline)
                guard filter?.holds(for: line.dropLast()) ?? true else { continue }
                Console.write(String(decoding: line, as: UTF8.self))
                shown += 1
                if let limit, shown >= limit { return 0 }
            }
        }
        if shown == 0 { Console.note("companion: no record passed") }
        return 0
    }
}
