internal import Basics
internal import Formats
internal import Reactor

/// The events of one namespace as they come, over the ends of the streams that carry them.
///
/// An engine ends a watch whose reader is too slow, and connections break. Then the events are listed
/// and watched from there, as Kubernetes' clients do. Some events may come twice: see `RemarkBook`.
@MainLoop final class EventStream {
    private let client: NodeClient
    private let path: String
    private var version: Int64
    private var lines: LineStream?
    /// Events of a list that have not been given yet, the last one first.
    private var listed: [JSON] = []
    private var opened = Loop.main.now

    /// How often in a row a stream may end without having lasted.
    static let attempts = 6
    /// The first pause before a stream is opened anew; each further one is twice as long.
    private static let pause = Duration.milliseconds(50)
    /// How long a stream without any event must last for its end to be nothing strange.
    private static let lasting = Duration.seconds(30)

    /// Reads the events after a version.
    init(_ client: NodeClient, base: String, after version: Int64) {
        self.client = client
        path = base + "/events"
        self.version = version
    }

    /// Opens the stream the first time.
    ///
    /// - Throws: `Failure` if the engine does not answer.
    func open() async throws(Failure) {
        var target = Target(path + "?watch=1")
        target.add("resourceVersion", String(version))
        lines = LineStream(try await client.watch(target.text))
        opened = Loop.main.now
    }

    /// The next event as it is now; removals are passed over.
    ///
    /// - Throws: `Failure` if the stream cannot be had any more, `cancelled`.
    func next() async throws(Failure) -> JSON {
        var failures = 0
        while true {
            if let event = listed.popLast() { return event }
            do throws(Failure) {
                if lines == nil { try await reopen() }
                guard listed.isEmpty else { continue }
                while let line = try await lines?.next() {
                    guard let change = NodeClient.parse(line), let object = change["object"] else {
                        continue
                    }
                    if change["type"]?.string == "ERROR" { throw Self.failure(object) }
                    version = max(version, RemarkBook.version(of: object))
                    failures = 0
                    let type = change["type"]?.string
                    if type == "ADDED" || type == "MODIFIED" { return object }
                }
                throw Failure(.unavailable, "the engine ended the stream of events")
            } catch {
                if error.code == .cancelled { throw error }
                if lines != nil, Loop.main.now - opened > Self.lasting { failures = 0 }
                lines = nil
                failures += 1
                guard failures < Self.attempts else {
                    throw Failure(
                        .unavailable,
                        "events are not shown any more",
                        cause: error.what,
                        remedy: "see 'remora events'"
                    )
                }
                try await Loop.main.sleep(for: Self.pause * (1 << (failures - 1)))
            }
        }
    }

    /// Lists what has come meanwhile and watches from there.
    private func reopen() async throws(Failure) {
        let list = try await client.json("GET", path)
        let missed = (list["items"]?.array ?? []).filter {
            RemarkBook.version(of: $0) > version
        }
        listed = missed.sorted { RemarkBook.version(of: $0) > RemarkBook.version(of: $1) }
        version = max(version, RemarkBook.version(of: list))
        try await open()
    }

    private static func failure(_ status: JSON) -> Failure {
        Failure(.unavailable, status["message"]?.string ?? "the engine ended the stream of events")
    }
}
