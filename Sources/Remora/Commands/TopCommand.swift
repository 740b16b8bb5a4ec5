internal import Basics
internal import Formats
internal import Reactor

/// `remora top`: what pods or the node use, in kubectl's columns.
@MainLoop struct TopCommand {
    private let context: CommandContext
    private static let group = "/apis/metrics.k8s.io/v1beta1"

    init(_ context: CommandContext) {
        self.context = context
    }

    func run() async throws(Failure) -> Int32 {
        let words = context.invocation.arguments
        switch words.first ?? "pods" {
        case "node", "nodes", "no": return try await node()
        case "pod", "pods", "po": return try await pods(Array(words.dropFirst()))
        default: return try await pods(words)
        }
    }

    private struct Line {
        var words: [String]
        var milliCPU: Int
        var mebibytes: Int

        var columns: [String] { words + ["\(milliCPU)m", "\(mebibytes)Mi"] }
    }

    private func pods(_ names: [String]) async throws(Failure) -> Int32 {
        let invocation = context.invocation
        let isEverywhere = invocation.flag("all-namespaces")
        var target = Target(
            isEverywhere
                ? "\(Self.group)/pods"
                : "\(Self.group)/namespaces/\(Target.encoded(context.namespace))/pods"
        )
        if let labels = invocation.text("selector") { target.add("labelSelector", labels) }
        let answer = try await context.client.json("GET", target.text)
        var lines: [Line] = []
        for pod in answer["items"]?.array ?? [] {
            let name = pod["metadata"]?["name"]?.string ?? ""
            guard names.isEmpty || names.map(PodWords.name).contains(name) else { continue }
            let place = isEverywhere ? [pod["metadata"]?["namespace"]?.string ?? ""] : []
            let containers = pod["containers"]?.array ?? []
            if invocation.flag("containers") {
                lines += containers.map { container in
                    let own = [name, container["name"]?.string ?? ""]
                    return Self.line(place + own, [container["usage"]])
                }
            } else {
                lines.append(Self.line(place + [name], containers.map { $0["usage"] }))
            }
        }
        for name in names.map(PodWords.name)
        where !lines.contains(where: { $0.words.contains(name) }) {
            throw Failure(
                .notFound,
                "pod \"\(name)\" uses nothing",
                cause: "there is no such pod, or no container of it runs"
            )
        }
        switch invocation.text("sort-by") {
        case "cpu": lines.sort { $0.milliCPU > $1.milliCPU }
        case "memory": lines.sort { $0.mebibytes > $1.mebibytes }
        default: break
        }
        var heading = isEverywhere ? ["NAMESPACE"] : []
        heading += invocation.flag("containers") ? ["POD", "NAME"] : ["NAME"]
        show(heading + ["CPU(cores)", "MEMORY(bytes)"], lines.map(\.columns))
        return 0
    }

    private func node() async throws(Failure) -> Int32 {
        let answer = try await context.client.json("GET", "\(Self.group)/nodes")
        let nodes = try await context.client.json("GET", "/api/v1/nodes")
        var rows: [[String]] = []
        for metrics in answer["items"]?.array ?? [] {
            let name = metrics["metadata"]?["name"]?.string ?? ""
            let node = nodes["items"]?.array?.first { $0["metadata"]?["name"]?.string == name }
            let allocatable = node?["status"]?["allocatable"]
            let line = Self.line([name], [metrics["usage"]])
            let cpu = Self.quantity(allocatable?["cpu"])?.milliValue ?? 0
            let memory = (Self.quantity(allocatable?["memory"])?.value ?? 0) >> 20
            rows.append([
                name, "\(line.milliCPU)m", Self.share(line.milliCPU, cpu),
                "\(line.mebibytes)Mi", Self.share(line.mebibytes, memory),
            ])
        }
        show(["NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)"], rows)
        return 0
    }

    private func show(_ heading: [String], _ rows: [[String]]) {
        guard !rows.isEmpty else {
            Console.note("no container runs")
            return
        }
        let lines = context.invocation.flag("no-headers") ? rows : [heading] + rows
        var table = TableText()
        Console.write(table.text(of: lines))
    }

    private static func line(_ words: [String], _ usages: [JSON?]) -> Line {
        let cpu = usages.reduce(0) { $0 + (quantity($1?["cpu"])?.milliValue ?? 0) }
        let memory = usages.reduce(0) { $0 + (quantity($1?["memory"])?.value ?? 0) }
        return Line(words: words, milliCPU: cpu, mebibytes: memory >> 20)
    }

    private static func quantity(_ value: JSON?) -> Quantity? {
        value?.string.flatMap { try? Quantity($0) }
    }

    private static func share(_ part: Int, _ whole: Int) -> String {
        whole == 0 ? "<unknown>" : "\(part * 100 / whole)%"
    }
}
