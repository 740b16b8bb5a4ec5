internal import Basics
internal import Formats
internal import ObjectStore
internal import Reactor

extension NodeAPI {
    /// The wall clock.
    var now: Timestamp { Loop.main.moment.wall }

    /// Streams changes as lines of JSON.
    func watch(_ request: APIRequest, _ target: Target) throws(APIError) -> APIAnswer {
        let query = try selection(request, target)
        let version = request.parameter("resourceVersion") ?? ""
        let wantsInitial = request.flag("sendInitialEvents")
        var since: Int64?
        if !version.isEmpty, version != "0", !wantsInitial {
            guard let number = Int64(version) else {
                throw .badRequest("resourceVersion \"\(version)\" was not issued by this server")
            }
            since = number
        }
        let watch: ObjectWatch
        do throws(StoreError) { watch = try store.watch(query, since: since) } catch {
            throw APIError(error, target.kind)
        }
        var form = EventForm(request: request, kind: target.kind)
        var opening: [[UInt8]] = []
        if since == nil {
            for object in store.list(query) { opening.append(form.line("ADDED", object, now: now)) }
        }
        if wantsInitial {
            opening.append(form.bookmark(version: store.version, endsInitial: true))
        }
        let timeout = try request.number("timeoutSeconds") ?? 0
        let bookmarks = request.flag("allowWatchBookmarks")
        return .stream(
            APIStream(contentType: "application/json") { [store, metrics, form, opening] sink in
                var form = form
                metrics.watches.add(1)
                sink.onClosed { watch.cancel() }
                let alarm = timeout > 0 ? Self.alarm(timeout) { watch.cancel() } : nil
                defer {
                    alarm?.cancel()
                    watch.cancel()
                    metrics.watches.add(-1)
                }
                try await sink.write([])
                for line in opening { try await sink.write(line) }
                while let first = await watch.next() {
                    // What has gathered meanwhile goes with it.
                    var lines = form.line(first, now: Loop.main.moment.wall)
                    while lines.count < Self.pieceMaximum, let event = watch.nextIfThere() {
                        lines += form.line(event, now: Loop.main.moment.wall)
                    }
                    try await sink.write(lines)
                }
                if watch.isExpired {
                    metrics.expiredWatches.increment()
                    try await sink.write(EventForm.expiredLine)
                } else if bookmarks {
                    try await sink.write(form.bookmark(version: store.version))
                }
            }
        )
    }

    /// About how many bytes of events are written at once.
    private static let pieceMaximum = 64 << 10

    /// Runs something after some seconds, unless it is cancelled.
    private static func alarm(
        _ seconds: Int,
        _ body: @escaping @MainLoop () -> Void
    ) -> Task<Void, Never> {
        Task { @MainLoop in
            guard (try? await Loop.main.sleep(for: .seconds(min(seconds, 86400)))) != nil else {
                return
            }
            body()
        }
    }
}

/// How the events of a watch are written: plain objects, or tables of one row.
private struct EventForm {
    private let kind: ResourceKind
    private let table: TableForm?
    private var hasSentColumns = false

    init(request: APIRequest, kind: ResourceKind) {
        self.kind = kind
        table = TableForm(request, kind)
    }

    /// An event that all watchers are told of: its text is written already.
    mutating func line(_ event: ObjectEvent, now: Timestamp) -> [UInt8] {
        guard table == nil else { return line(event.kind.rawValue, event.object, now: now) }
        return Array("{\"type\":\"\(event.kind.rawValue)\",\"object\":".utf8) + event.text
            + Array("}\n".utf8)
    }

    mutating func line(_ type: String, _ object: JSON, now: Timestamp) -> [UInt8] {
        guard let table else { return Self.line(type, object) }
        let version = object["metadata"]?["resourceVersion"]?.string.flatMap { Int64($0) } ?? 0
        let form = table.table(
            [object],
            version: version,
            now: now,
            withColumns: !hasSentColumns
        )
        hasSentColumns = true
        return Self.line(type, form)
    }

    func bookmark(version: Int64, endsInitial: Bool = false) -> [UInt8] {
        var metadata: JSON = ["resourceVersion": .string(String(version))]
        if table == nil { metadata["creationTimestamp"] = .null }
        if endsInitial { metadata["annotations"] = ["k8s.io/initial-events-end": "true"] }
        let object: JSON =
            table == nil
            ? [
                "kind": .string(kind.kind), "apiVersion": .string(kind.apiVersion),
                "metadata": metadata,
            ]
            : [
                "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
                "columnDefinitions": .null,
                "rows": [
                    [
                        "cells": [],
                        "object": [
                            "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
                            "metadata": metadata,
                        ],
                    ]
                ],
            ]
        return Self.line("BOOKMARK", object)
    }

    static let expiredLine = line(
        "ERROR",
        APIError.expired("the watch was too slow; list again and watch from there").status
    )

    private static func line(_ type: String, _ object: JSON) -> [UInt8] {
        let event: JSON = ["type": .string(type), "object": object]
        return event.bytes() + [UInt8(ascii: "\n")]
    }
}
