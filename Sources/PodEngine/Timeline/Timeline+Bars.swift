extension Timeline {
    /// The timeline as text: a bar for each run, then its marks, and what was waited for.
    ///
    /// `width` is the number of columns of the bars' lines, at least 40; the tables below are as wide
    /// as they must be.
    public func text(width: Int) -> String {
        let label = max(9, rows.map(\.name.count).max() ?? 0) + 3
        let columns = max(10, max(40, width) - label)
        let end = "\(length) ms"
        var lines = [
            Self.pad("CONTAINER", label) + Self.pad("0 ms", columns - end.count) + end
        ]
        for row in rows {
            let bar = scaled(columns) { at in
                row.run.map { $0.letter(at: at, in: row.container) }
                    ?? (row.container.isWaiting(at) ? "." : " ")
            }
            lines.append(Self.pad(row.name, label) + bar)
        }
        lines.append(". waits   - is made   # runs   = is ready   ! is being stopped")
        return (lines + markLines(label) + waitLines(label)).joined(separator: "\n") + "\n"
    }

    private struct Row {
        var name: String
        var container: Container
        var run: Run?
    }

    /// Every run of every container, and the containers that never ran.
    private var rows: [Row] {
        containers.flatMap { container in
            guard !container.runs.isEmpty else {
                return [Row(name: container.name, container: container)]
            }
            return container.runs.map { run in
                let name = run.attempt == 0 ? container.name : "\(container.name)#\(run.attempt)"
                return Row(name: name, container: container, run: run)
            }
        }
    }

    /// A column for each kind of mark that a run has; `-` where a run lacks it.
    private func markLines(_ label: Int) -> [String] {
        let used = Mark.allCases.filter { mark in rows.contains { $0.run?.marks[mark] != nil } }
        func cell(_ run: Run, _ mark: Mark) -> String {
            guard let time = run.marks[mark] else { return "-" }
            guard mark == .exited else { return "\(time)" }
            return "\(time) (\(run.exitCode.map(String.init) ?? "?"))"
        }
        let table = rows.map { row in
            row.run.map { run in used.map { cell(run, $0) } } ?? ["never started"]
        }
        let widths = used.indices.map { index in
            table.reduce(used[index].heading.count) { width, cells in
                cells.count == used.count ? max(width, cells[index].count) : width
            } + 3
        }
        func line(_ name: String, _ cells: [String]) -> String {
            let padded = zip(cells.dropLast(), widths).map { Self.pad($0, $1) }.joined()
            return Self.pad(name, label) + padded + (cells.last ?? "")
        }
        var lines = ["", line("MS", used.map(\.heading))]
        lines += zip(rows, table).map { line($0.name, $1) }
        for container in containers where container.runsDropped > 0 {
            lines.append("\(container.name): \(container.runsDropped) older runs are left out")
        }
        return lines
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
}

extension Timeline.Mark {
    fileprivate var heading: String {
        switch self {
        case .pulled: "PULLED"
        case .created: "CREATED"
        case .started: "STARTED"
        case .postStartDone: "POSTSTART DONE"
        case .startupPassed: "STARTUP PASSED"
        case .ready: "READY"
        case .killingRequested: "STOP ASKED"
        case .preStopDone: "PRESTOP DONE"
        case .signalSent: "SIGNAL SENT"
        case .exited: "EXITED (CODE)"
        }
    }
}
