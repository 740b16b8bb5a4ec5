import Formats

/// Health checks of backends.
extension HAProxyReader {
    func check(_ section: HAProxySection, _ server: Server) -> HealthCheckSettings {
        var settings = HealthCheckSettings(
            check: .tcp(send: [], expect: []),
            timeout: timeout(section, "check") ?? server.interval,
            interval: server.interval,
            noTrafficInterval: server.interval,
            unhealthyInterval: server.downInterval,
            unhealthyThreshold: max(1, server.fall),
            healthyThreshold: max(1, server.rise),
            reusesConnection: false,
            startsHealthy: true
        )
        if let option = section.option("httpchk") {
            settings.check = .http(httpCheck(option, section, &settings))
        } else if let option = section.option("pgsql-check") {
            let user = option.value(after: "user") ?? ""
            if user.isEmpty { log.error(option.place, "\"user NAME\" is missing") }
            settings.check = .postgres(user: user, role: .any)
        } else if section.option("redis-check") != nil {
            settings.check = .tcp(
                send: Array("*1\r\n$4\r\nPING\r\n".utf8),
                expect: [Array("+PONG\r\n".utf8)]
            )
        } else if section.option("tcp-check") != nil {
            settings.check = tcpCheck(section)
        }
        if section.option("ssl-hello-chk") != nil {
            // The way of before 1.5: whoever says hello is well.
            settings.check = .tcp(send: [], expect: [])
            if !server.isTLS { settings.tls = ClientTLSSettings(parameters: server.parameters) }
        }
        if server.checksTLS, !server.isTLS {
            settings.tls = ClientTLSSettings(parameters: server.parameters)
        }
        return settings
    }

    private func httpCheck(
        _ option: HAProxyLine,
        _ section: HAProxySection,
        _ settings: inout HealthCheckSettings
    ) -> HealthCheckSettings.HTTPCheck {
        var check = HealthCheckSettings.HTTPCheck(
            method: "OPTIONS",
            path: "/",
            expected: [200...399]
        )
        let words = option.rest(2)
        switch words.count {
        case 0: break
        case 1: check.path = words[0]
        default:
            check.method = words[0]
            check.path = words[1]
            header(of: words.dropFirst(2).joined(separator: " "), &check)
        }
        for line in section.all("http-check") {
            switch line[1] {
            case "send": send(line, &check)
            case "expect": expect(line, &check)
            case "connect":
                if line.texts.contains("ssl") { settings.tls = ClientTLSSettings() }
                if line.texts.contains("port") {
                    log.unsupported(line.place, "write the port at the server: server ... port N")
                }
            case "disable-on-404", "send-state", "comment":
                log.warn(line.place, "\"\(line[1] ?? "")\" has no effect here")
            default:
                log.unsupported(line.place, "\"\(line[1] ?? "")\" is not supported")
            }
        }
        return check
    }

    /// `HTTP/1.1\r\nHost: name`, the way of before 2.2.
    private func header(of version: String, _ check: inout HealthCheckSettings.HTTPCheck) {
        for field in version.split(whereSeparator: { $0.isNewline }).dropFirst() {
            guard let colon = field.firstIndex(of: ":") else { continue }
            let name = String(field[..<colon])
            let value = field[field.index(after: colon)...].drop { $0 == " " }
            if name.lowercased() == "host" {
                check.host = String(value)
            } else {
                check.headers.append(HeaderAddition(name: name, value: String(value)))
            }
        }
    }

    private func send(_ line: HAProxyLine, _ check: inout HealthCheckSettings.HTTPCheck) {
        var index = 2
        while let word = line[index] {
            let value = line[index + 1] ?? ""
            switch word {
            case "meth": check.method = value
            case "uri": check.path = value
            case "ver": break
            case "hdr":
                let text = line[index + 2] ?? ""
                if value.lowercased() == "host" {
                    check.host = text
                } else {
                    check.headers.append(HeaderAddition(name: value, value: text))
                }
                index += 1
            default: log.unsupported(line.place(of: index), "\"\(word)\" is not supported")
            }
            index += 2
        }
    }

    private func expect(_ line: HAProxyLine, _ check: inout HealthCheckSettings.HTTPCheck) {
        let words = line.rest(2).filter { !["min-recv", "comment"].contains($0) }
        guard let kind = words.first, let value = words.dropFirst().first else {
            log.error(line.place, "what is expected?", "write expect status 200")
            return
        }
        switch kind {
        case "status":
            var ranges: [ClosedRange<Int>] = []
            for part in value.split(separator: ",", omittingEmptySubsequences: false) {
                guard let range = StatusText.range(String(part)) else {
                    log.error(line.place(of: 3), "\"\(part)\" is no status", "write 200 or 200-399")
                    continue
                }
                ranges.append(range)
            }
            if !ranges.isEmpty { check.expected = ranges }
        case "rstatus":
            guard let pattern = try? Pattern(value) else {
                log.error(line.place(of: 3), "\"\(value)\" is no regular expression")
                return
            }
            let fitting = (100...599).filter { pattern.isFound(in: Array("\($0)".utf8).span) }
            check.expected = Self.ranges(fitting)
        case "string":
            check.expectedText = value
            check.expected = [100...599]
        default:
            log.unsupported(
                line.place(of: 2),
                "\"\(kind)\" is not supported",
                "write status or string"
            )
        }
    }

    /// Numbers in rising order, as ranges.
    static func ranges(_ numbers: [Int]) -> [ClosedRange<Int>] {
        var ranges: [ClosedRange<Int>] = []
        for number in numbers {
            if let last = ranges.last, last.upperBound == number - 1 {
                ranges[ranges.count - 1] = last.lowerBound...number
            } else {
                ranges.append(number...number)
            }
        }
        return ranges
    }

    private func tcpCheck(_ section: HAProxySection) -> HealthCheckSettings.Check {
        var send: [UInt8] = []
        var expect: [[UInt8]] = []
        for line in section.all("tcp-check") {
            let words = line.rest(2)
            switch line[1] {
            case "connect":
                if !words.isEmpty {
                    log.warn(line.place, "checks connect as the server line says")
                }
            case "send": send += Array((line[2] ?? "").utf8)
            case "send-binary", "expect":
                let isBinary = line[1] == "send-binary" || line[2] == "binary"
                let text = line[1] == "expect" ? line[3] ?? "" : line[2] ?? ""
                guard line[1] == "send-binary" || ["binary", "string"].contains(line[2]) else {
                    log.unsupported(
                        line.place(of: 2),
                        "\"\(line[2] ?? "")\" is not supported",
                        "write string or binary"
                    )
                    continue
                }
                let bytes = isBinary ? EnvoyReader.bytes(hex: text) : Array(text.utf8)
                guard let bytes else {
                    log.error(line.place, "\"\(text)\" is not hexadecimal")
                    continue
                }
                if line[1] == "expect" { expect.append(bytes) } else { send += bytes }
            case "comment": break
            default: log.unsupported(line.place, "\"\(line[1] ?? "")\" is not supported")
            }
        }
        return .tcp(send: send, expect: expect)
    }
}
