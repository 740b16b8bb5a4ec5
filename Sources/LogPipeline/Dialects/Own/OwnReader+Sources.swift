import Basics
import Formats
import Records

extension OwnReader {
    static let sourceKinds = [
        "tail", "stdin", "syslog", "socket", "http", "forward", "sample", "command", "journal",
    ]

    func source(_ node: TreeNode) {
        guard let (word, members) = kind(node, Self.sourceKinds, "source") else { return }
        let id = name(members, word)
        let tag = members.text("tag") ?? id
        let kind: SourceKind?
        switch word {
        case "tail": kind = tail(members)
        case "stdin": kind = .standardInput(lines(members))
        case "syslog": kind = syslogSource(members)
        case "socket": kind = socketSource(members)
        case "http": kind = httpSource(members)
        case "forward": kind = forwardSource(members)
        case "sample": kind = sampleSource(members)
        case "command": kind = commandSource(members)
        default: kind = .journal
        }
        finish(members, "source \(word)")
        guard let kind else { return }
        var source = SourceSettings(id: id, tag: tag, kind: kind)
        source.place = node.place.short
        configuration.sources.append(source)
        offer(id)
    }

    private func tail(_ members: Members) -> SourceKind {
        var tail = TailSettings(paths: list(members, "tail") ?? [])
        tail.excluded = list(members, "exclude") ?? []
        switch members.choice("start", ["head", "end", "auto"]) {
        case "head"?: tail.readsFromHead = true
        case "end"?: tail.readsFromHead = false
        default: break
        }
        take(members.duration("rescan"), into: &tail.rescan)
        take(members.duration("rotate_wait"), into: &tail.rotateWait)
        put(members.duration("ignore_older"), into: &tail.ignoreOlder)
        take(size(members, "line_limit"), into: &tail.lineLimit)
        let long = members.choice("long_lines", ["split", "skip", "truncate"])
        take(long.flatMap(TailSettings.LongLines.init(rawValue:)), into: &tail.longLines)
        take(members.bool("skip_empty"), into: &tail.skipsEmpty)
        take(members.text("delimiter").map { Array($0.utf8) }, into: &tail.delimiter)
        take(members.text("key"), into: &tail.key)
        put(members.text("path_key"), into: &tail.pathKey)
        put(members.text("offset_key"), into: &tail.offsetKey)
        put(members.text("host_key"), into: &tail.hostKey)
        put(members.text("time_key"), into: &tail.timeKey)
        tail.added = fields(members.value("add"))
        tail.parser = parser(members)
        (tail.multilines, tail.multiline) = joined(members)
        take(members.bool("partial"), into: &tail.joinsPartial)
        if members.choice("identity", ["fingerprint", "inode"]) == "inode" {
            tail.identity = .inode
        }
        take(members.integer("fingerprint_bytes", 16...65536), into: &tail.fingerprintBytes)
        put(members.text("checkpoints"), into: &tail.checkpoints)
        take(members.bool("keep_positions"), into: &tail.keepsPositions)
        put(members.duration("remove_after"), into: &tail.removeAfter)
        take(members.bool("until_end"), into: &tail.endsAtEnd)
        let sets = ["utf-8", "utf-16le", "utf-16be", "latin1"]
        take(members.choice("encoding", sets), into: &tail.encoding)
        take(members.integer("open_files", 1...1_000_000), into: &tail.openMaximum)
        if tail.paths.isEmpty { log.error(members.place("tail"), "it names no file") }
        return .tail(tail)
    }

    /// A parser: its name, or a rule that is written here.
    func parser(_ members: Members, _ key: String = "parse") -> String? {
        guard let node = members.value(key) else { return nil }
        guard node.tree.mapping != nil else { return node.text().map { named($0, node) } }
        guard let rule = parserRule(node) else { return nil }
        let name = "here:\(node.place.position.map(String.init(describing:)) ?? "")"
        configuration.parsers[name] = rule
        return name
    }

    private func named(_ name: String, _ node: TreeNode) -> String {
        let known = Set(ParserRules.shipped.keys).union(configuration.parsers.keys)
        if !known.contains(name) {
            let nearest = NearestMatch.of(name, among: known.sorted())
            node.error(
                "there is no parser \"\(name)\"",
                nearest.map { "did you mean \"\($0)\"?" } ?? "describe it under parsers"
            )
        }
        return name
    }

    /// Rules that join lines: names, or one that is written here.
    func joined(_ members: Members, _ key: String = "join") -> ([String], MultilineRule?) {
        guard let node = members.value(key) else { return ([], nil) }
        if node.tree.mapping != nil { return ([], multilineRule(node)) }
        return (node.oneOrMore().compactMap { $0.text() }, nil)
    }

    private func lines(_ members: Members) -> LineSettings {
        var lines = LineSettings()
        take(members.text("key"), into: &lines.key)
        lines.parser = parser(members)
        take(size(members, "line_limit"), into: &lines.lineLimit)
        lines.added = fields(members.value("add"))
        put(members.text("time_key"), into: &lines.timeKey)
        put(members.text("host_key"), into: &lines.hostKey)
        let delimiter = members.text("delimiter").map { Array($0.utf8) } ?? [10]
        switch members.choice("framing", ["lines", "counted", "whole"]) {
        case "counted"?: lines.framing = .counted
        case "whole"?: lines.framing = .whole
        default: lines.framing = .delimited(delimiter)
        }
        lines.multilines = list(members, "join") ?? []
        return lines
    }

    // MARK: Servers

    /// `tcp://host:port`, `udp://host:port`, `unix:/path`, `unixgram:/path`.
    private func mode(_ members: Members, _ key: String) -> SocketMode? {
        let permissions = UInt32(
            members.text("permissions").flatMap { UInt32($0, radix: 8) } ?? 0o666
        )
        guard let node = members.value(key), let text = node.text() else { return nil }
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        let rest = parts.count > 1 ? parts[1] : ""
        switch parts[0] {
        case "unix" where rest.hasPrefix("/"):
            return .unixStream(path: rest, permissions: permissions)
        case "unixgram" where rest.hasPrefix("/"):
            return .unixDatagram(path: rest, permissions: permissions)
        case "tcp", "udp":
            guard rest.hasPrefix("//"), let place = HostText(String(rest.dropFirst(2))),
                let port = place.port
            else { break }
            let host = place.host.isEmpty ? "0.0.0.0" : place.host
            return parts[0] == "tcp" ? .tcp(host: host, port: port) : .udp(host: host, port: port)
        default: break
        }
        node.error("\"\(text)\" is no address", "write tcp://0.0.0.0:514, udp://:514 or unix:/path")
        return nil
    }

    private func serverTLS(_ members: Members) -> ServerTLS? {
        guard let fields = members.members("tls") else { return nil }
        let certificate = fields.requiredText("certificate")
        let key = fields.requiredText("key")
        let authorities = fields.text("authorities")
        finish(fields, "server tls")
        guard let certificate, let key else { return nil }
        return ServerTLS(certificate: certificate, key: key, authorities: authorities)
    }

    private func syslogSource(_ members: Members) -> SourceKind? {
        let mode = mode(members, "syslog")
        var syslog = SyslogSourceSettings(mode: mode ?? .udp(host: "", port: 0))
        syslog.parser = parser(members)
        take(size(members, "message_limit"), into: &syslog.messageLimit)
        take(members.integer("connections", 1...65536), into: &syslog.connectionMaximum)
        syslog.tls = serverTLS(members)
        put(members.text("raw_key"), into: &syslog.rawKey)
        put(members.text("sender_key"), into: &syslog.senderKey)
        put(members.text("host_key"), into: &syslog.hostKey)
        syslog.added = fields(members.value("add"))
        return mode == nil ? nil : .syslog(syslog)
    }

    private func socketSource(_ members: Members) -> SourceKind? {
        let mode = mode(members, "socket")
        var socket = SocketSourceSettings(mode: mode ?? .udp(host: "", port: 0))
        socket.lines = lines(members)
        take(members.bool("json"), into: &socket.isJSON)
        put(members.text("sender_key"), into: &socket.senderKey)
        put(members.text("sender_port_key"), into: &socket.senderPortKey)
        take(members.integer("connections", 1...65536), into: &socket.connectionMaximum)
        socket.tls = serverTLS(members)
        return mode == nil ? nil : .socket(socket)
    }

    /// `host:port` or a port alone.
    private func address(_ members: Members, _ key: String) -> (String, UInt16)? {
        guard let node = members.value(key), let text = node.text() else { return nil }
        if let port = UInt16(text) { return ("0.0.0.0", port) }
        if let place = HostText(text), let port = place.port {
            return (place.host.isEmpty ? "0.0.0.0" : place.host, port)
        }
        node.error("\"\(text)\" is no address", "write 8080 or 127.0.0.1:8080")
        return nil
    }

    private func httpSource(_ members: Members) -> SourceKind? {
        let address = address(members, "http")
        var http = HTTPSourceSettings(port: address?.1 ?? 0)
        http.host = address?.0 ?? http.host
        put(members.text("path"), into: &http.path)
        take(members.bool("below"), into: &http.takesPathsBelow)
        put(members.text("method")?.uppercased(), into: &http.method)
        put(members.choice("format", ["json", "ndjson", "text", "binary"]), into: &http.format)
        take(members.text("key"), into: &http.key)
        take(members.integer("status", 200...299), into: &http.successStatus)
        take(size(members, "body_limit"), into: &http.bodyLimit)
        http.tls = serverTLS(members)
        put(members.text("user"), into: &http.user)
        put(members.text("password"), into: &http.password)
        take(members.bool("acknowledge"), into: &http.acknowledges)
        put(members.text("path_key"), into: &http.pathKey)
        http.headers = list(members, "headers") ?? []
        http.parameters = list(members, "parameters") ?? []
        put(members.text("time_key"), into: &http.timeKey)
        http.added = fields(members.value("add"))
        return address == nil ? nil : .http(http)
    }

    private func forwardSource(_ members: Members) -> SourceKind? {
        var forward = ForwardSourceSettings()
        let isPath = members.text("forward")?.hasPrefix("/") ?? false
        if isPath {
            forward.unixPath = members.text("forward")
        } else if members.value("forward")?.tree.scalar?.bool != true {
            guard let address = address(members, "forward") else { return nil }
            (forward.host, forward.port) = address
        }
        put(members.text("shared_key"), into: &forward.sharedKey)
        put(members.text("hostname"), into: &forward.selfHostname)
        forward.users = texts(members, "users")
        put(members.text("tag_prefix"), into: &forward.tagPrefix)
        forward.tls = serverTLS(members)
        take(size(members, "message_limit"), into: &forward.messageLimit)
        take(members.integer("connections", 1...65536), into: &forward.connectionMaximum)
        put(members.text("time_key"), into: &forward.timeKey)
        put(members.text("tag_key"), into: &forward.tagKey)
        put(members.text("host_key"), into: &forward.hostKey)
        forward.added = fields(members.value("add"))
        return .forward(forward)
    }

    // MARK: Others

    private func sampleSource(_ members: Members) -> SourceKind {
        let key = members.text("key") ?? "log"
        let records = members.value("sample")?.oneOrMore() ?? []
        var sample = SampleSettings(
            records: records.map { node in
                guard let text = node.tree.scalar?.text else { return fields(node) }
                return Records.Fields([(key, .text(text))])
            }
        )
        take(members.integer("rate", 1...1_000_000), into: &sample.rate)
        put(members.duration("interval"), into: &sample.interval)
        put(members.integer("count", 0...Int.max), into: &sample.count)
        put(members.text("time_key"), into: &sample.timeKey)
        put(members.text("host_key"), into: &sample.hostKey)
        return .sample(sample)
    }

    private func commandSource(_ members: Members) -> SourceKind {
        let node = members.value("command")
        let words =
            node?.tree.sequence == nil
            ? (node?.text() ?? "").split(separator: " ").map(String.init)
            : list(members, "command") ?? []
        var command = CommandSettings(words: words)
        put(members.duration("interval"), into: &command.interval)
        take(members.bool("once"), into: &command.isOnce)
        take(members.duration("restart"), into: &command.restart)
        take(members.bool("errors"), into: &command.takesErrors)
        put(members.text("directory"), into: &command.directory)
        put(members.text("stream_key"), into: &command.streamKey)
        put(members.text("process_key"), into: &command.processKey)
        put(members.text("command_key"), into: &command.commandKey)
        command.lines = lines(members)
        if words.isEmpty { log.error(members.place("command"), "it names no program") }
        return .command(command)
    }
}
