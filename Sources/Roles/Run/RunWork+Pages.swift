import Formats
import Reactor

/// What the roles of a process show together.
extension RunWork {
    var readiness: AdminPage.Answer {
        var lines: [String] = []
        for member in machine.members {
            let name = member.entry.name
            if let runner = runners[name] {
                guard runner.hasBegun else {
                    lines.append("\(name): it has not begun yet")
                    continue
                }
                let answer = runner.work.readiness
                if answer.status >= 400 { lines.append("\(name): \(answer.text.firstLine)") }
            } else {
                lines.append("\(name): \(troubles[name]?.firstLine ?? "it does not run")")
            }
        }
        return lines.isEmpty
            ? .ok : AdminPage.Answer(status: 503, text: lines.joined(separator: "\n") + "\n")
    }

    var pages: [AdminPage] {
        let list = AdminPage.get("/roles", "the roles and how they are") { [weak self] _ in
            .json(self?.list ?? .null)
        }
        return [list] + machine.members.flatMap { pages(of: $0.entry.name) }
    }

    private func pages(of name: String) -> [AdminPage] {
        guard let runner = runners[name] else { return [] }
        let work = runner.work
        let metrics = AdminPage.get("/metrics", "its metrics") { _ in
            let own = runner.metrics.isUsed ? runner.metrics.configurationText : ""
            return AdminPage.Answer(text: work.metrics + own, type: AdminPage.prometheusType)
        }
        let reload = AdminPage.post("/reload", "read its configuration again") { _ in
            work.reload()
            return .ok
        }
        let own = [
            AdminPage.get("/readyz", "whether it can do its work") { _ in work.readiness }, metrics,
            reload,
        ]
        return (work.pages + own).map { page in
            var page = page
            page.path = "/roles/" + name + page.path
            return page
        }
    }

    private var list: JSON {
        .array(
            machine.members.map { member in
                var object: JSONObject = [
                    "name": .string(member.entry.name), "role": .string(member.entry.role),
                    "restarts": .int(Int64(member.restarts)),
                ]
                switch member.phase {
                case .running: object["state"] = "running"
                case .waiting: object["state"] = "waiting"
                case .ending: object["state"] = "ending"
                case .ended: object["state"] = "ended"
                }
                if let trouble = troubles[member.entry.name] {
                    object["trouble"] = .string(trouble)
                }
                return .object(object)
            }
        )
    }

    var metrics: String { metrics(beside: "") }

    func metrics(beside own: String) -> String {
        let members = machine.members.map { (name: $0.entry.name, restarts: $0.restarts) }
        let up = LabeledGauges(
            name: "companion_role_up",
            help: "Whether the role runs.",
            type: "gauge"
        )
        let restarts = LabeledGauges(
            name: "companion_role_restarts_total",
            help: "How often the role was begun anew.",
            type: "counter"
        )
        let shared =
            up.text(members.map { ($0.name, runners[$0.name]?.hasBegun == true ? 1 : 0) })
            + restarts.text(members.map { ($0.name, $0.restarts) }) + own
        var parts = [MetricsMerge.Part(role: "", text: shared)]
        for (name, _) in members {
            guard let runner = runners[name] else { continue }
            parts.append(MetricsMerge.Part(role: name, text: runner.work.metrics))
            guard runner.metrics.isUsed else { continue }
            let text = runner.metrics.configurationText
            parts.append(MetricsMerge.Part(role: name, text: text, isLabelled: true))
        }
        return MetricsMerge.text(parts)
    }
}

/// A metric with a sample for each role.
private struct LabeledGauges {
    let name: String
    let help: String
    let type: String

    func text(_ values: [(role: String, value: Int)]) -> String {
        "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
            + values.map { "\(name){role=\"\($0.role)\"} \($0.value)\n" }.joined()
    }
}

extension String {
    fileprivate var firstLine: Substring { prefix { $0 != "\n" } }
}
