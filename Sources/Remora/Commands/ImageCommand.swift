internal import Basics
internal import Formats
internal import Reactor

/// `remora image`: manages the images of a root through its engine.
@MainLoop struct ImageCommand {
    private let context: CommandContext
    private static let base = "/apis/remora/v1/images"

    init(_ context: CommandContext) {
        self.context = context
    }

    func run() async throws(Failure) -> Int32 {
        // Images may come on standard input, which only this process can read.
        let takesFile = ["import", "load"].contains(context.invocation.path.last)
        let usesInput = takesFile && context.invocation.arguments.first == "-"
        let spooled = usesInput ? try InputFile.spool(context.root) : nil
        defer { spooled.map(InputFile.remove) }
        return try await run(spooled)
    }

    private func run(_ spooled: String?) async throws(Failure) -> Int32 {
        let invocation = context.invocation
        let arguments = invocation.arguments
        switch invocation.path.last {
        case "pull":
            for name in arguments {
                try await act("pull", ["name": .string(name), "credentials": credentials])
            }
        case "import": try await act("import", importRequest(spooled))
        case "load":
            try await act(
                "load",
                ["path": .string(try path(spooled))]
            )
        case "rm":
            for name in arguments {
                let answer = try await context.client.json(
                    "POST",
                    Self.base + "/remove",
                    body: ["name": .string(name), "force": .bool(invocation.flag("force"))]
                )
                Console.line(answer["result"]?.string ?? "")
            }
        case "inspect":
            var results: [JSON] = []
            for name in arguments {
                var target = Target(Self.base + "/inspect")
                target.add("name", name)
                results.append(try await context.client.json("GET", target.text))
            }
            Console.line(JSON.array(results).text(pretty: true))
        default: try await list()
        }
        return 0
    }

    // MARK: Details

    private var credentials: JSON {
        context.invocation.text("creds").map { .string($0) } ?? .null
    }

    /// The engine reads the file itself, so it needs the absolute path.
    private func path(_ spooled: String?) throws(Failure) -> String {
        if let spooled { return spooled }
        return try InputFile.absolute(context.invocation.arguments[0])
    }

    private func importRequest(_ spooled: String?) throws(Failure) -> JSON {
        let invocation = context.invocation
        func list(_ name: String) -> JSON { .array(invocation.texts(name).map { .string($0) }) }
        func text(_ name: String) -> JSON { .string(invocation.text(name) ?? "") }
        return [
            "path": .string(try path(spooled)),
            "name": .string(invocation.arguments[1]),
            "entrypoint": list("entrypoint"),
            "cmd": list("cmd"),
            "env": list("env"),
            "labels": list("label"),
            "workdir": text("workdir"),
            "user": text("user"),
            "stopSignal": text("stop-signal"),
        ]
    }

    /// Posts a request whose answer is a stream of progress lines and a result.
    private func act(_ verb: String, _ request: JSON) async throws(Failure) {
        let path = Self.base + "/" + verb
        let stream = try await context.client.stream("POST", path, body: request.bytes())
        let lines = LineStream(stream)
        let quiet = context.invocation.flag("quiet")
        while let line = try await lines.next() {
            guard let message = try? JSON.parse(line) else { continue }
            if let error = message["error"] {
                throw Failure(.unavailable, error["message"]?.string ?? error.text())
            }
            if let text = message["progress"]?.string, !quiet { Console.note(text) }
            if let text = message["result"]?.string { Console.line(text) }
        }
    }

    private func list() async throws(Failure) {
        let answer = try await context.client.json("GET", Self.base)
        let items = answer["items"]?.array ?? []
        let format = context.invocation.text("output")
        switch format {
        case "json": Console.line(answer.text(pretty: true))
        case "name": for item in items { Console.line(item["name"]?.string ?? "") }
        default:
            var rows = items.map { item in
                [
                    item["name"]?.string ?? "",
                    format == "wide"
                        ? item["id"]?.string ?? ""
                        : String((item["id"]?.string ?? "").dropFirst("sha256:".count).prefix(12)),
                    Self.size(item["size"]?.int ?? 0),
                    Self.age(item["created"]?.string),
                ]
            }
            if !context.invocation.flag("no-headers") {
                rows.insert(["IMAGE", "ID", "SIZE", "AGE"], at: 0)
            }
            var table = TableText()
            Console.write(table.text(of: rows))
        }
    }

    private static func size(_ bytes: Int) -> String {
        var (value, unit) = (Double(bytes), "B")
        for next in ["kB", "MB", "GB"] where value >= 1000 { (value, unit) = (value / 1000, next) }
        let tenths = Int((value * 10).rounded())
        return unit == "B" ? "\(bytes)B" : "\(tenths / 10).\(tenths % 10)\(unit)"
    }

    private static func age(_ text: String?) -> String {
        guard let text, let time = Timestamp(rfc3339: text) else { return "<unknown>" }
        return (Loop.main.moment.wall - time).humanText
    }
}
