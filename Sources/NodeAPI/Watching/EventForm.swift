internal import Basics
internal import Formats
internal import ObjectStore

/// How the events of a watch are written: plain objects, or tables of one row.
struct EventForm {
    private let kind: ResourceKind
    private let table: TableForm?
    private var hasSentColumns = false
    /// The version in which objects are shown, if it is not the stored one, and how they get there.
    private var version: (name: String, form: (JSON) -> JSON)?

    init(request: APIRequest, kind: ResourceKind) {
        self.kind = kind
        table = TableForm(request, kind)
    }

    /// Shows objects in a version beside the stored one.
    mutating func show(in version: String, _ form: @escaping (JSON) -> JSON) {
        self.version = (version, form)
    }

    /// The name of the form in which the next event is written, the same for all who get the same bytes.
    var name: String {
        let version = self.version?.name ?? ""
        guard let table else { return "plain" + version }
        return (hasSentColumns ? "row " : "table ") + table.included + version
    }

    /// An event that watchers are told of; its object is written already.
    mutating func line(_ event: ObjectEvent, now: Timestamp) -> [UInt8] {
        guard table == nil, version == nil else {
            return line(event.kind.rawValue, event.object, now: now)
        }
        let start = "{\"type\":\"\(event.kind.rawValue)\",\"object\":"
        var line: [UInt8] = []
        line.reserveCapacity(start.utf8.count + event.text.count + 2)
        line += start.utf8
        line += event.text
        line += "}\n".utf8
        return line
    }

    mutating func line(_ type: String, _ object: JSON, now: Timestamp) -> [UInt8] {
        guard let table else { return line(type, object) }
        let version = object["metadata"]?["resourceVersion"]?.string.flatMap { Int64($0) } ?? 0
        let form = table.table(
            [object],
            version: version,
            now: now,
            withColumns: !hasSentColumns
        )
        hasSentColumns = true
        return line(type, form)
    }

    /// Notes that an event was sent that somebody else had written.
    mutating func noteSent() {
        hasSentColumns = true
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
        return line("BOOKMARK", object)
    }

    static let expiredLine = line(
        "ERROR",
        APIError.expired("the watch was too slow; list again and watch from there").status
    )

    private func line(_ type: String, _ object: JSON) -> [UInt8] {
        Self.line(type, version?.form(object) ?? object)
    }

    private static func line(_ type: String, _ object: JSON) -> [UInt8] {
        let event: JSON = ["type": .string(type), "object": object]
        return event.bytes() + [UInt8(ascii: "\n")]
    }
}
