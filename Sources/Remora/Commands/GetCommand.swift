internal import Basics
internal import Formats
internal import HTTP
internal import Reactor

/// `remora ps` and `remora get`: lists objects as kubectl does.
@MainLoop struct GetCommand {
    private let context: CommandContext
    private let kind: ResourceKind
    private let names: [String]
    private let format: OutputFormat

    init(_ context: CommandContext, _ kind: String, _ names: [String]) throws(Failure) {
        self.context = context
        if let slash = kind.firstIndex(of: "/") {
            self.kind = try ResourceKind.named(String(kind[..<slash]))
            self.names = [String(kind[kind.index(after: slash)...])] + names
        } else {
            self.kind = try ResourceKind.named(kind)
            self.names = names
        }
        format = try OutputFormat(context.invocation.text("output"))
    }

    func run() async throws(Failure) -> Int32 {
        if context.invocation.flag("watch") { return try await watch() }
        switch names.count {
        case 0: return try await show(list(nil))
        case 1: return try await show(single(names[0]))
        default: return try await show(several())
        }
    }

    // MARK: Details

    private static let tableType = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
    private var accept: String { format.isTable ? Self.tableType : "application/json" }
    private var namespace: String? {
        context.invocation.flag("all-namespaces") ? nil : context.namespace
    }

    private func target(name: String? = nil, watch: Bool = false, version: String? = nil) -> String
    {
        let invocation = context.invocation
        var path = kind.path(namespace: namespace)
        if let name, !watch { path += "/" + Target.encoded(name) }
        var target = Target(path)
        target.add("labelSelector", invocation.text("selector"))
        var fields = invocation.text("field-selector")
        if watch, let name {
            fields = [fields, "metadata.name=" + name].compactMap(\.self).joined(separator: ",")
        }
        target.add("fieldSelector", fields)
        if format.isTable { target.add("includeObject", "Metadata") }
        if watch { target.add("watch", "1") }
        target.add("resourceVersion", version)
        return target.text
    }

    private func list(_ name: String?) async throws(Failure) -> JSON {
        try await context.client.json("GET", target(), accept: accept)
    }

    private func single(_ name: String) async throws(Failure) -> JSON {
        if namespace == nil {
            throw Failure(.invalid, "cannot look for a name in all namespaces")
        }
        return try await context.client.json("GET", target(name: name), accept: accept)
    }

    private func several() async throws(Failure) -> JSON {
        var tables: [JSON] = []
        for name in names { tables.append(try await single(name)) }
        if format.isTable {
            var merged = tables[0]
            merged["rows"] = .array(tables.flatMap { $0["rows"]?.array ?? [] })
            return merged
        }
        return ["apiVersion": "v1", "kind": "List", "items": .array(tables)]
    }

    private func show(_ answer: JSON) async throws(Failure) -> Int32 {
        guard case .table(let wide) = format else {
            Console.write(try format.text(of: answer, kind: kind))
            return 0
        }
        if names.isEmpty, answer["rows"]?.array?.isEmpty ?? true {
            Console.note(emptyRemark)
            return 0
        }
        var table = makeTable(wide)
        Console.write(table.render(answer, headers: !context.invocation.flag("no-headers")))
        return 0
    }

    private var emptyRemark: String {
        guard kind.isNamespaced, let namespace else { return "No resources found" }
        return "No resources found in \(namespace) namespace."
    }

    private func makeTable(_ wide: Bool) -> TableText {
        TableText(
            isWide: wide,
            showsNamespace: namespace == nil && kind.isNamespaced,
            showsLabels: context.invocation.flag("show-labels")
        )
    }

    /// Shows what there is, then every change until the engine ends or the reader goes.
    private func watch() async throws(Failure) -> Int32 {
        guard names.count <= 1 else {
            throw Failure(.invalid, "cannot watch several names", remedy: "use a selector")
        }
        let target = target(name: names.first, watch: true)
        let client = context.client
        let response = try await client.watch(target, accept: accept)
        let lines = LineStream(response)
        var isWide = false
        if case .table(let wide) = format { isWide = wide }
        var table = makeTable(isWide)
        var headers = !context.invocation.flag("no-headers")
        while let line = try await lines.next() {
            guard let event = NodeClient.parse(line), let object = event["object"] else { continue }
            if event["type"]?.string == "BOOKMARK" { continue }
            if event["type"]?.string == "ERROR" {
                throw Failure(.unavailable, object["message"]?.string ?? "the watch ended")
            }
            if format.isTable {
                Console.write(table.render(object, headers: headers))
                headers = false
            } else {
                Console.write(try format.text(of: object, kind: kind))
            }
        }
        return 0
    }
}
