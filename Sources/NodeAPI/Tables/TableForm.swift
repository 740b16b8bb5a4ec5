internal import Basics
internal import Formats

/// Objects as a table, the way kubectl asks for what it prints.
struct TableForm {
    private let kind: ResourceKind
    /// What of each object comes with its row: `None`, `Object`, or its metadata.
    let included: String

    /// `nil` if the client does not ask for a table.
    init?(_ request: APIRequest, _ kind: ResourceKind) {
        guard request.accept.split(separator: ",").contains(where: { $0.contains("as=Table") })
        else { return nil }
        self.kind = kind
        let wish = request.parameter("includeObject")
        included = ["None", "Object"].first { $0 == wish } ?? "Metadata"
    }

    /// The table of some objects.
    func table(
        _ objects: [JSON],
        version: Int64,
        now: Timestamp,
        withColumns: Bool = true
    ) -> JSON {
        let columns = TableColumns.of(kind)
        let rows = objects.map { object -> JSON in
            let cells = columns.map { $0.cell(object, now) }
            var row: JSON = ["cells": .array(cells)]
            switch included {
            case "None": break
            case "Object": row["object"] = object
            default:
                row["object"] = [
                    "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
                    "metadata": object["metadata"] ?? [:],
                ]
            }
            return row
        }
        let definitions: JSON = withColumns ? .array(columns.map(\.definition)) : .null
        return [
            "kind": "Table", "apiVersion": "meta.k8s.io/v1",
            "metadata": ["resourceVersion": .string(String(version))],
            "columnDefinitions": definitions, "rows": .array(rows),
        ]
    }
}
