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

    private init(_ context: CommandContext, _ kind: ResourceKind, _ names: [String])
        throws(Failure)
    {
        self.context = context
        self.kind = kind
        self.names = names
        format = try OutputFormat(
            context.invocation.text("output"),
            showsOwners: context.invocation.flag("show-managed-fields")
        )
    }

    /// What `all` means.
    private nonisolated static let all =
        "pods,services,daemonsets,deployments,replicasets,statefulsets,cronjobs,jobs"

    /// Shows what the words name: a kind or several with commas between, or `all`, and names; or words
    /// of the form `KIND/NAME`.
    static func run(_ context: CommandContext, _ words: [String]) async throws(Failure) -> Int32 {
        var commands: [Self] = []
        if words.contains(where: { $0.contains("/") }) {
            for word in words {
                let parts = word.split(separator: "/", maxSplits: 1).map(String.init)
                guard parts.count == 2 else {
                    throw Failure(
                        .invalid,
                        "cannot tell which kind \"\(word)\" is of",
                        remedy: "write KIND/NAME for all of them, or a kind and then the names"
                    )
                }
                commands.append(try Self(context, ResourceKind.named(parts[0]), [parts[1]]))
            }
        } else {
            let list = words[0] == "all" ? Self.all : words[0]
            for kind in list.split(separator: ",") {
                let names = Array(words.dropFirst())
                commands.append(try Self(context, ResourceKind.named(String(kind)), names))
            }
        }
        guard commands.count > 1 else { return try await commands[0].run() }
        return try await run(commands, context)
    }

    private static func run(_ commands: [Self], _ context: CommandContext) async throws(Failure)
        -> Int32
    {
        if context.invocation.flag("watch") {
            throw Failure(.invalid, "cannot watch several kinds", remedy: "watch one of them")
        }
        var answers: [(command: Self, answer: JSON)] = []
        for command in commands { answers.append((command, try await command.answer())) }
        guard case .table(let wide) = commands[0].format else {
            let items = answers.flatMap { $0.answer["items"]?.array ?? [$0.answer] }
            let list: JSON = ["apiVersion": "v1", "kind": "List", "items": .array(items)]
            for (command, answer) in answers where command.format.isName {
                Console.write(try command.format.text(of: answer, kind: command.kind))
            }
            if !commands[0].format.isName {
                Console.write(try commands[0].format.text(of: list, kind: commands[0].kind))
            }
            return 0
        }
        let shown = answers.filter { $0.answer["rows"]?.array?.isEmpty == false }
        if shown.isEmpty { Console.note(commands[0].emptyRemark) }
        for (index, (command, answer)) in shown.enumerated() {
            if index > 0 { Console.write("\n") }
            var table = command.makeTable(wide)
            table.prefix = command.kind.prefix
            let headers = !context.invocation.flag("no-headers")
            Console.write(table.render(answer, headers: headers))
        }
        return 0
    }

    private func run() async throws(Failure) -> Int32 {
        if context.invocation.flag("watch") { return try await watch() }
        return try await show(answer())
    }

    private func answer() async throws(Failure) -> JSON {
        switch names.count {
        case 0: try await client.json("GET", target(), accept: accept)
        case 1: try await single(names[0])
        default: try await several()
        }
    }

    // MARK: Details

    private static let tableType = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
    private var accept: String { format.isTable ? Self.tableType : "application/json" }
    private var client: NodeClient { context.client }
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

    private func single(_ name: String) async throws(Failure) -> JSON {
        if namespace == nil {
            throw Failure(.invalid, "cannot look for a name in all namespaces")
        }
        return try await client.json("GET", target(name: name), accept: accept)
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
