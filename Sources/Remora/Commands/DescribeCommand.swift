internal import Basics
internal import Formats
internal import Reactor

/// `remora describe`: a pod in full, with its events.
@MainLoop struct DescribeCommand {
    private let context: CommandContext

    init(_ context: CommandContext) {
        self.context = context
    }

    func run() async throws(Failure) -> Int32 {
        let path = "/api/v1/namespaces/\(context.namespace)"
        for (index, name) in PodWords.names(context.invocation.arguments).enumerated() {
            let pod = try await context.client.json("GET", path + "/pods/" + Target.encoded(name))
            var target = Target(path + "/events")
            target.add(
                "fieldSelector",
                "involvedObject.uid=" + (pod["metadata"]?["uid"]?.string ?? "")
            )
            let events = try await context.client.json("GET", target.text)
            if index > 0 { Console.line("\n") }
            let now = Loop.main.moment.wall
            Console.write(PodDescription(now: now).text(of: pod, events: events))
        }
        return 0
    }
}
