import Formats
import PodModel
import Testing

/// An object that managers apply to and update, one after the other.
struct OwnershipWorld {
    enum Step: Sendable {
        /// A configuration; the conflicts that it meets, as `manager: field`.
        case apply(String, String, conflicts: [String] = [], isForced: Bool = false)
        /// The whole new object.
        case update(String, String, subresource: String = "")
    }

    let kind: String
    private(set) var object: JSON?
    private(set) var managed = ManagedFields()
    private var clock = 0

    init(kind: String) {
        self.kind = kind
    }

    private var apiVersion: String { kind == "Deployment" ? "apps/v1" : "v1" }

    private func read(_ text: String) throws -> JSON {
        var object = try YAML.documents(in: Array(text.utf8)).first?.json ?? [:]
        if object.object == nil { object = [:] }
        object["apiVersion"] = .string(apiVersion)
        object["kind"] = .string(kind)
        return object
    }

    mutating func take(_ step: Step) throws {
        clock += 1
        let time = "2026-01-01T00:00:\(clock < 10 ? "0" : "")\(clock)Z"
        switch step {
        case .apply(let name, let text, let expected, let isForced):
            let configuration = try read(text)
            var found: [String] = []
            do throws(ServerSideApply.Conflicts) {
                (object, managed) = try ServerSideApply(kind: kind).apply(
                    configuration,
                    to: object,
                    managed,
                    by: .init(name, applies: true, apiVersion: apiVersion),
                    isForced: isForced,
                    at: time
                )
            } catch {
                found = error.all.map { "\($0.manager.name): \($0.field)" }
            }
            #expect(found == expected)
        case .update(let name, let text, let subresource):
            let new = try read(text)
            managed.update(
                from: object ?? ["kind": .string(kind)],
                to: new,
                by: .init(name, apiVersion: apiVersion, subresource: subresource),
                apiVersion: apiVersion,
                at: time
            )
            object = new
        }
    }

    /// The fields of a manager as messages write them.
    func fields(of name: String) -> [String] {
        managed.entries.filter { $0.key.name == name }.flatMap { $0.value.fields.paths }
            .map { $0.map(\.description).joined() }.sorted()
    }

    func isLike(_ text: String) throws -> Bool { try object == read(text) }
}
