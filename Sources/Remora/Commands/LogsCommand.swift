internal import Basics
internal import Formats
internal import HTTP
internal import Reactor
internal import System

/// `remora logs`: shows what containers wrote.
@MainLoop struct LogsCommand {
    private let context: CommandContext

    init(_ context: CommandContext) {
        self.context = context
    }

    func run() async throws(Failure) -> Int32 {
        let sources = try await self.sources()
        let limit = 5
        let follows = context.invocation.flag("follow")
        if follows, sources.count > limit {
            throw Failure(
                .exhausted,
                "cannot follow \(sources.count) containers",
                cause: "at most \(limit) at once",
                remedy: "name a container or narrow the selector"
            )
        }
        if follows, sources.count > 1 {
            return try await followAll(sources)
        }
        for source in sources { try await copy(source) }
        return 0
    }

    // MARK: Details

    private struct Source {
        var pod: String
        var container: String
        var prefix: String
    }

    private func sources() async throws(Failure) -> [Source] {
        let invocation = context.invocation
        let pods = "/api/v1/namespaces/\(context.namespace)/pods"
        var objects: [JSON]
        if let selector = invocation.text("selector") {
            var target = Target(pods)
            target.add("labelSelector", selector)
            let list = try await context.client.json("GET", target.text)
            objects = list["items"]?.array ?? []
        } else {
            guard let word = invocation.arguments.first else {
                throw Failure(.invalid, "no pod is named", remedy: "name one or use -l LABELS")
            }
            let name = PodWords.name(word)
            objects = [try await context.client.json("GET", pods + "/" + Target.encoded(name))]
        }
        let asked = invocation.text("container") ?? invocation.arguments.dropFirst().first
        var sources: [Source] = []
        for pod in objects {
            let name = pod["metadata"]?["name"]?.string ?? ""
            let containers = PodContainers(pod)
            let chosen: [String]
            if invocation.flag("all-containers") {
                chosen = containers.all
            } else {
                chosen = [try containers.choose(asked, pod: name, note: Console.note)]
            }
            for container in chosen {
                let prefix = invocation.flag("prefix") ? "[pod/\(name)/\(container)] " : ""
                sources.append(Source(pod: name, container: container, prefix: prefix))
            }
        }
        return sources
    }

    private func target(_ source: Source) throws(Failure) -> String {
        let invocation = context.invocation
        var target = Target(
            "/api/v1/namespaces/\(context.namespace)/pods/\(Target.encoded(source.pod))/log"
        )
        target.add("container", source.container)
        if invocation.flag("follow") { target.add("follow", "true") }
        if invocation.flag("previous") { target.add("previous", "true") }
        if invocation.flag("timestamps") { target.add("timestamps", "true") }
        var tail = invocation.number("tail")
        if tail == nil, invocation.text("selector") != nil { tail = 10 }
        if let tail, tail >= 0 { target.add("tailLines", String(tail)) }
        if let since = invocation.duration("since") {
            target.add("sinceSeconds", String(max(1, Int(since.inSeconds.rounded(.up)))))
        }
        target.add("sinceTime", invocation.text("since-time"))
        target.add("limitBytes", invocation.text("limit-bytes"))
        return target.text
    }

    private func copy(_ source: Source) async throws(Failure) {
        let response = try await context.client.stream("GET", target(source))
        if source.prefix.isEmpty {
            while let bytes = try await response.next() { Console.write(bytes) }
        } else {
            let lines = LineStream(response)
            while let line = try await lines.next() {
                Console.write(Array(source.prefix.utf8) + line + [10])
            }
        }
    }

    private func followAll(_ sources: [Source]) async throws(Failure) -> Int32 {
        let copies = sources.map { source in
            Task { @MainLoop in
                do throws(Failure) {
                    try await copy(source)
                    return Failure?.none
                } catch {
                    return error
                }
            }
        }
        var failure: Failure?
        for task in copies { failure = await task.value ?? failure }
        if let failure { throw failure }
        return 0
    }
}
