extension Timeline {
    /// The timeline as text: one line per run, a bar over time and the numbers behind it.
    ///
    /// `.` waits, `-` is being made, `#` runs, `=` runs and is ready, `!` is being stopped. `width` is
    /// the number of columns for the bars alone, at least 10.
    public func text(width: Int) -> String {
        let columns = max(10, width)
        let label = max(9, containers.map(\.name.count).max() ?? 0) + 4
        var lines = [
            Self.pad("CONTAINER", label) + Self.pad("0 ms", columns - 4) + "\(length) ms"
        ]
        for container in containers {
            if container.runs.isEmpty {
                let bar = scaled(columns) { at in container.isWaiting(at) ? "." : " " }
                lines.append(Self.pad(container.name, label) + bar + "  never started")
            }
            for run in container.runs {
                let name = run.attempt == 0 ? container.name : "\(container.name)#\(run.attempt)"
                let bar = scaled(columns) { run.letter(at: $0, in: container) }
                lines.append(Self.pad(name, label) + bar + "  " + run.summary)
            }
        }
        return (lines + waitLines(label)).joined(separator: "\n") + "\n"
    }

    private func waitLines(_ label: Int) -> [String] {
        let waits = containers.flatMap { container in
            container.waits.filter { ($0.to ?? length) - $0.from > 0 }.map { wait in
                Self.pad(container.name, label)
                    + "\(wait.from)-\(wait.to.map(String.init) ?? "...") ms for \(wait.reason)"
            }
        }
        return waits.isEmpty ? [] : ["", "WAITED"] + waits
    }

    /// One letter per column, for the millisecond that the column begins with.
    private func scaled(_ columns: Int, _ letter: (Int64) -> Character) -> String {
        String((0..<columns).map { letter(length * Int64($0) / Int64(columns)) })
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}

extension Timeline.Container {
    fileprivate func isWaiting(_ at: Int64) -> Bool {
        waits.contains { $0.from <= at && at < ($0.to ?? .max) }
    }
}

extension Timeline.Run {
    fileprivate func letter(
        at: Int64,
        in container: Timeline.Container
    ) -> Character {
        func has(_ mark: Timeline.Mark) -> Bool { marks[mark].map { $0 <= at } ?? false }
        if has(.exited) { return " " }
        if has(.killingRequested) { return "!" }
        if has(.ready) { return "=" }
        if has(.started) { return "#" }
        if has(.pulled) { return "-" }
        return attempt == (container.runs.first?.attempt ?? 0) && container.isWaiting(at)
            ? "." : " "
    }

    fileprivate var summary: String {
        var parts: [String] = []
        if let started = marks[.started] { parts.append("started \(started)") }
        if let ready = marks[.ready] { parts.append("ready \(ready)") }
        if let killing = marks[.killingRequested] { parts.append("stopping \(killing)") }
        if let exited = marks[.exited] {
            parts.append("exited \(exited) (\(exitCode.map(String.init) ?? "?"))")
        }
        return parts.joined(separator: ", ")
    }
}
