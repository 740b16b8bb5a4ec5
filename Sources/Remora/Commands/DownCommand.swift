internal import Basics
internal import Formats
internal import Manifests
internal import Reactor

/// `remora down`: removes objects and waits until they are gone.
@MainLoop struct DownCommand {
    /// What makes pods: it goes first, so that it makes no more.
    private nonisolated static let keepers = [
        "cronjobs", "jobs", "deployments", "statefulsets", "daemonsets", "replicasets",
    ]

    private let context: CommandContext

    init(_ context: CommandContext) {
        self.context = context
    }

    /// One object to be removed.
    private struct Victim: Hashable {
        var kind: ResourceKind
        var namespace: String?
        var name: String

        var path: String { kind.path(namespace: namespace) + "/" + Target.encoded(name) }
        var label: String { kind.kind.lowercased() + "/" + name }
    }

    func run() async throws(Failure) -> Int32 {
        let invocation = context.invocation
        let victims = try await self.victims()
        guard !victims.isEmpty else {
            if invocation.flag("ignore-not-found") || invocation.flag("all")
                || invocation.text("selector") != nil
            {
                Console.note("nothing to remove")
                return 0
            }
            throw Failure(
                .invalid,
                "nothing to remove is named",
                remedy: "name pods, or use -f FILE, -l LABELS or --all"
            )
        }
        let waits = invocation.flagIfGiven("wait") ?? true
        let client = context.client
        let departures =
            waits
            ? try await Departures(
                client,
                namespaces: victims.filter { $0.kind.kind == "Pod" }.compactMap(\.namespace)
            ) : nil
        var removed: [(Victim, JSON)] = []
        var missing = false
        for victim in victims {
            do {
                let answer = try await client.json("DELETE", victim.path, body: options)
                removed.append((victim, answer))
            } catch  where error.code == .notFound {
                if !invocation.flag("ignore-not-found") {
                    Console.note("remora: \(error)")
                    missing = true
                }
            }
        }
        if let departures { try await wait(for: removed, departures) }
        for (victim, _) in removed { Console.line(victim.label + " deleted") }
        return missing ? 1 : 0
    }

    // MARK: Details

    private var grace: Int? {
        context.invocation.flag("now") ? 1 : context.invocation.number("grace-period")
    }

    private var options: JSON {
        var options: JSON = [
            "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background",
        ]
        if let grace {
            // Grace 0 without --force waits for the containers; 1 is the shortest graceful stop.
            options["gracePeriodSeconds"] = .int(
                grace == 0 && !context.invocation.flag("force") ? 1 : grace
            )
        }
        return options
    }

    private func victims() async throws(Failure) -> [Victim] {
        var victims: [Victim] = []
        let namespace = context.namespace
        for word in context.invocation.arguments {
            let parts = word.split(separator: "/", maxSplits: 1).map(String.init)
            if parts.count == 2 {
                let kind = try ResourceKind.named(parts[0])
                victims.append(Victim(kind: kind, namespace: namespace, name: parts[1]))
            } else if word != "pod" && word != "pods" {
                let kind = try ResourceKind.named("pods")
                victims.append(Victim(kind: kind, namespace: namespace, name: word))
            }
        }
        if !context.invocation.texts("filename").isEmpty {
            for object in try ManifestFiles(context).objects.reversed() {
                let kind = try ResourceKind.named(object.kind)
                victims.append(Victim(kind: kind, namespace: object.namespace, name: object.name))
            }
        }
        let selector = context.invocation.text("selector")
        if context.invocation.flag("all") || selector != nil {
            let kinds = selector == nil ? Self.keepers + ["pods"] : ["pods"]
            for word in kinds {
                let kind = try ResourceKind.named(word)
                var target = Target(kind.path(namespace: namespace))
                target.add("labelSelector", selector)
                let list = try await context.client.json("GET", target.text)
                for item in list["items"]?.array ?? [] {
                    guard let name = item["metadata"]?["name"]?.string else { continue }
                    // What belongs to something else goes with it.
                    if kind.kind != "Pod", item["metadata"]?["ownerReferences"] != nil { continue }
                    victims.append(Victim(kind: kind, namespace: namespace, name: name))
                }
            }
        }
        var seen: Set<Victim> = []
        return victims.filter { seen.insert($0).inserted }
    }

    /// Waits until every object is gone or has been replaced by another of its name.
    private func wait(
        for removed: [(Victim, JSON)],
        _ departures: Departures
    ) async throws(Failure) {
        var longest = 30
        for (_, object) in removed {
            let seconds = object["metadata"]?["deletionGracePeriodSeconds"]?.int ?? 0
            longest = max(longest, seconds + 30)
        }
        let end = Loop.main.now + (context.invocation.duration("timeout") ?? .seconds(longest))
        let pods = removed.filter { $0.0.kind.kind == "Pod" }
        do {
            try await departures.wait(
                for: pods.compactMap { $0.1["metadata"]?["uid"]?.string },
                until: end
            )
            for (victim, object) in removed where victim.kind.kind != "Pod" {
                try await waitUntilGone(victim, object, end)
            }
        } catch  where error.code == .timedOut {
            throw Failure(
                .timedOut,
                "not everything has gone in time",
                remedy: "wait longer with --timeout, or use --grace-period=0 --force"
            )
        }
    }

    private func waitUntilGone(
        _ victim: Victim,
        _ object: JSON,
        _ end: Instant
    ) async throws(Failure) {
        let uid = object["metadata"]?["uid"]?.string ?? object["details"]?["uid"]?.string
        while true {
            do {
                let present = try await context.client.json("GET", victim.path)
                if let uid, present["metadata"]?["uid"]?.string != uid { return }
            } catch  where error.code == .notFound {
                return
            }
            guard Loop.main.now < end else { throw Failure(.timedOut, victim.label) }
            try await Loop.main.sleep(for: .milliseconds(20))
        }
    }
}
