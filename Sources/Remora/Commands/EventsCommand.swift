internal import Basics
internal import Formats
internal import Reactor

/// `remora events`: lists what happened, oldest first.
@MainLoop struct EventsCommand {
    private let context: CommandContext
    private let format: OutputFormat
    private let kind: ResourceKind

    init(_ context: CommandContext) throws(Failure) {
        self.context = context
        format = try OutputFormat(context.invocation.text("output"))
        kind = try ResourceKind.named("events")
    }

    func run() async throws(Failure) -> Int32 {
        let invocation = context.invocation
        let namespace = invocation.flag("all-namespaces") ? nil : context.namespace
        let path = kind.path(namespace: namespace)
        var query = Target(path)
        let fields = try fieldSelector()
        query.add("fieldSelector", fields)
        let list = try await context.client.json("GET", query.text)
        var items = (list["items"]?.array ?? []).filter(isWanted)
        items.sort { EventAge.time(of: $0) < EventAge.time(of: $1) }
        if let tail = invocation.number("tail"), tail >= 0 { items = Array(items.suffix(tail)) }
        guard format.isTable else {
            var shown = list
            shown["items"] = .array(items)
            Console.write(try format.text(of: shown, kind: kind))
            return 0
        }
        var table = TableText()
        var rows = items.map { row($0, namespace == nil) }
        if !invocation.flag("no-headers") {
            let names = ["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]
            rows.insert(namespace == nil ? ["NAMESPACE"] + names : names, at: 0)
        }
        if items.isEmpty, !invocation.flag("watch") {
            Console.note("No events found.")
            return 0
        }
        Console.write(table.text(of: rows))
        guard invocation.flag("watch") else { return 0 }
        query.add("watch", "1")
        query.add("resourceVersion", list["metadata"]?["resourceVersion"]?.string)
        let lines = LineStream(try await context.client.watch(query.text))
        while let line = try await lines.next() {
            guard let event = NodeClient.parse(line), let object = event["object"],
                event["type"]?.string != "BOOKMARK", event["type"]?.string != "DELETED",
                isWanted(object)
            else { continue }
            Console.write(table.text(of: [row(object, namespace == nil)]))
        }
        return 0
    }

    // MARK: Details

    private func fieldSelector() throws(Failure) -> String? {
        guard let word = context.invocation.text("for") else { return nil }
        let parts = word.split(separator: "/", maxSplits: 1).map(String.init)
        let kind = parts.count == 2 ? try ResourceKind.named(parts[0]).kind : "Pod"
        return "involvedObject.kind=\(kind),involvedObject.name=\(parts.last ?? "")"
    }

    private func isWanted(_ event: JSON) -> Bool {
        guard let types = context.invocation.text("types") else { return true }
        let wanted = types.split(separator: ",").map { $0.lowercased() }
        return wanted.contains((event["type"]?.string ?? "").lowercased())
    }

    private func row(_ event: JSON, _ showsNamespace: Bool) -> [String] {
        let object = event["involvedObject"]
        var cells = [
            EventAge.text(of: event, now: Loop.main.moment.wall), event["type"]?.string ?? "",
            event["reason"]?.string ?? "",
            (object?["kind"]?.string ?? "") + "/" + (object?["name"]?.string ?? ""),
            (event["message"]?.string ?? "").trimmingSpace(),
        ]
        if showsNamespace { cells.insert(object?["namespace"]?.string ?? "", at: 0) }
        return cells
    }
}
