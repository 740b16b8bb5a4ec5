internal import Formats
internal import PodModel

/// Reads the object in a request's body as strictly as the request asks for.
struct BodyReader {
    /// What was read.
    struct Reading {
        var object: JSON
        /// What is missing by the schema; it is reported together with the rules' findings.
        var missing: [Finding]
        var warnings: [String]
    }

    let kind: ResourceKind
    let request: APIRequest

    /// The media types of bodies.
    static let mediaTypes = [
        "application/json", "application/yaml", ProtobufBody.mediaType,
    ]

    func read() throws(APIError) -> Reading {
        try interpret(try tree())
    }

    /// The JSON value of a body of any shape; `null` if there is none.
    static func json(_ request: APIRequest) throws(APIError) -> JSON {
        guard !request.body.isEmpty else { return .null }
        do throws(FormatError) {
            switch request.contentType {
            case "application/yaml", "application/x-yaml", "text/yaml",
                "application/apply-patch+yaml":
                return try YAML.documents(in: request.body).first?.json ?? .null
            default: return try JSON.parse(request.body)
            }
        } catch { throw .badRequest("the body of the request cannot be read: \(error)") }
    }

    private func tree() throws(APIError) -> PositionedTree {
        do throws(FormatError) {
            switch request.contentType {
            case "", "application/json", "*/*", "application/x-www-form-urlencoded":
                return try PositionedTree.parseJSON(request.body)
            case "application/yaml", "application/x-yaml", "text/yaml":
                let trees = try YAML.documents(in: request.body)
                guard trees.count == 1 else {
                    throw FormatError("one document is expected", at: trees.last?.position)
                }
                return trees[0]
            case ProtobufBody.mediaType:
                return PositionedTree(try ProtobufBody.object(in: request.body))
            default: break
            }
        } catch {
            throw .badRequest("the body of the request cannot be read: \(error)")
        }
        throw .unsupportedMedia(request.contentType, Self.mediaTypes)
    }

    private func interpret(_ tree: PositionedTree) throws(APIError) -> Reading {
        guard tree.mapping != nil else {
            throw .badRequest("the body of the request is no \(kind.kind) object")
        }
        for (field, expected) in [("apiVersion", kind.apiVersion), ("kind", kind.kind)] {
            guard let text = tree[field]?.scalar?.value.string, !text.isEmpty, text != expected
            else { continue }
            throw .badRequest(
                "the \(field) in the data (\(text)) does not match the expected \(field) "
                    + "(\(expected))"
            )
        }
        guard Schema.shared.type(named: kind.type) != nil else {
            return Reading(object: tree.json, missing: [], warnings: [])
        }
        var reader = SchemaReader()
        let object = reader.read(tree, as: kind.type)
        let findings = reader.findings
        let mistyped = findings.filter { $0.kind == .type && !$0.isWarning }
        if let first = mistyped.first { throw undecodable("\(first.path): \(first.sentence)") }
        let unknown = findings.filter { $0.kind == .unknownField }
            .map { "unknown field \"\($0.path)\"" + ($0.remedy.isEmpty ? "" : " (\($0.remedy))") }
        var warnings = findings.filter(\.isWarning).map(\.description)
        switch request.parameter("fieldValidation") ?? "Warn" {
        case "Strict" where !unknown.isEmpty:
            throw undecodable("strict decoding error: " + unknown.joined(separator: ", "))
        case "Ignore": break
        default: warnings = unknown + warnings
        }
        let missing = findings.filter {
            !$0.isWarning && ![.type, .unknownField].contains($0.kind)
        }
        return Reading(object: object, missing: missing, warnings: warnings)
    }

    private func undecodable(_ why: String) -> APIError {
        .badRequest(
            "\(kind.kind) in version \"\(kind.version)\" cannot be handled as a \(kind.kind): \(why)"
        )
    }
}
