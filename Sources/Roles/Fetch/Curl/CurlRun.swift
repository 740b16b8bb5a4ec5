import Basics
import Formats
import HTTP
import Reactor
import Security
import StandIn
import System

/// The transfers of one command line of curl.
@MainLoop final class CurlRun {
    let options: CurlOptions
    private let environment: [String: String]
    let output: @MainLoop ([UInt8]) -> Bool
    private let note: @MainLoop (String) -> Void
    private static let decodedMaximum = 256 << 20

    /// What is told of a transfer by `--write-out`.
    struct Facts {
        var status = 0
        var size = 0
        var type = ""
        var request: WebRequest?
        var redirects = 0
        var location = ""
        var start = Instant.zero
        var connected: Instant?
        var first: Instant?
        var file = ""
        var failure: CurlFailure?
    }

    /// Prepares.
    init(
        _ options: CurlOptions,
        _ environment: [String: String],
        _ voice: TransferVoice
    ) {
        self.options = options
        self.environment = environment
        output = voice.output
        note = voice.note
    }

    private var isQuiet: Bool { options.flag("silent") && !options.flag("show-error") }

    /// Makes all transfers, one after the other.
    ///
    /// - Returns: The exit code of the last; of the first that fails with `--fail-early`.
    func all() async -> Int32 {
        var code: Int32 = 0
        for (index, text) in options.urls.enumerated() {
            let place = index < options.outputs.count ? options.outputs[index] : .standard
            let failure = await transfer(text, place)
            code = failure?.code ?? 0
            if let failure, !isQuiet { note("\(failure)") }
            if Task.isCancelled || code != 0 && options.flag("fail-early") { break }
        }
        return code
    }

    // MARK: A transfer with its retries

    private func transfer(_ text: String, _ place: CurlOptions.Output) async -> CurlFailure? {
        let retries = options.values["retry"].flatMap { Int($0) } ?? 0
        let start = Loop.main.now
        let most = options.seconds("retry-max-time")
        let fixed = options.seconds("retry-delay").flatMap { $0 == .zero ? nil : $0 }
        var pause = fixed ?? .seconds(1)
        var left = retries
        while true {
            var facts = Facts()
            facts.start = Loop.main.now
            var failure: CurlFailure?
            var asked: Duration?
            do throws(CurlFailure) {
                var request = try request(text)
                resume(&request, plainTarget(place, request))
                asked = try await once(request, place, &facts)
            } catch {
                failure = error
            }
            facts.failure = failure
            let busy = [408, 429, 500, 502, 503, 504].contains(facts.status)
            let mayHelp =
                failure?.isTransient(
                    connectionRefused: options.flag("retry-connrefused"),
                    allErrors: options.flag("retry-all-errors")
                ) ?? false
            let isWorth = mayHelp || busy && (failure == nil || failure?.code == 22)
            let wait = max(fixed ?? asked ?? pause, .zero)
            let isInTime = most.map { Loop.main.now - start + wait < $0 } ?? true
            guard left > 0, isWorth, isInTime, !Task.isCancelled else {
                writeOut(facts)
                return failure
            }
            if !isQuiet {
                let why =
                    busy ? "HTTP error" : failure?.code == 7 ? "connection refused" : "timeout"
                note(
                    "Warning: Problem : \(why). Will retry in \(Int(wait.inSeconds)) seconds. "
                        + "\(left) retries left."
                )
            }
            left -= 1
            try? await Loop.main.sleep(for: wait)
            pause = min(pause * 2, .seconds(600))
        }
    }

    /// Makes one try.
    ///
    /// - Returns: How long the server wants to be left alone.
    private func once(
        _ request: WebRequest,
        _ place: CurlOptions.Output,
        _ facts: inout Facts
    ) async throws(CurlFailure) -> Duration? {
        facts.request = request
        let isVerbose = options.flag("verbose")
        let answer: WebAnswer
        var connected: Instant?
        do throws(WebFailure) {
            answer = try await WebClient.open(request) { [note] request in
                connected = Loop.main.now
                if isVerbose { Self.tell(request, note) }
            }
        } catch {
            throw CurlFailure(error, request)
        }
        defer { answer.close() }
        facts.connected = connected
        facts.first = Loop.main.now
        facts.status = answer.response.status
        facts.type = answer.response.headers["Content-Type"] ?? ""
        facts.request = answer.request
        facts.redirects = answer.heads.count - 1
        if WebRequest.isRedirect(facts.status), let to = answer.response.headers["Location"] {
            facts.location = (try? answer.request.address.resolving(to)).map { "\($0)" } ?? to
        }
        if isVerbose {
            for head in answer.heads { for line in Self.lines(head) { note("< \(line)") } }
        }
        if options.flag("location") || options.flag("location-trusted"),
            answer.request.redirects == 0, !facts.location.isEmpty
        {
            throw CurlFailure(47, "Maximum (0) redirects followed")
        }
        let asked = WebDate.wait(
            answer.response.headers["Retry-After"],
            at: Loop.main.moment.wall
        )
        let isBad = facts.status >= 400
        if isBad, options.flag("fail"), !options.flag("fail-with-body") {
            throw CurlFailure(22, "The requested URL returned error: \(facts.status)")
        }
        try await save(answer, place, &facts)
        if isBad, options.flag("fail-with-body") {
            throw CurlFailure(22, "The requested URL returned error: \(facts.status)")
        }
        return asked
    }

    private func save(
        _ answer: WebAnswer,
        _ place: CurlOptions.Output,
        _ facts: inout Facts
    ) async throws(CurlFailure) {
        let heads = answer.heads.map { Self.lines($0).joined(separator: "\r\n") + "\r\n\r\n" }
        if let path = options.values["dump-header"] {
            if path == "-" {
                _ = output(Array(heads.joined().utf8))
            } else {
                do throws(SystemError) {
                    try Files.write(path, heads.joined())
                } catch {
                    throw CurlFailure(23, "Failed writing header to \(path)")
                }
            }
        }
        let target = try target(place, answer)
        facts.file = target ?? ""
        let sink = try CurlSink(
            target,
            offset: try offset(target, answer),
            output: output,
            makesDirectories: options.flag("create-dirs")
        )
        if options.flag("include") || options.flag("head") {
            try sink.append(Array(heads.joined().utf8))
        }
        var size = 0
        var packed: [UInt8]?
        let coding = answer.response.headers["Content-Encoding"]?.lowercased() ?? ""
        if options.flag("compressed"), ["gzip", "x-gzip", "zstd"].contains(coding) { packed = [] }
        let most = options.values["max-filesize"].flatMap { Int($0) }
        var problem: CurlFailure?
        do throws(WebFailure) {
            try await answer.read { (piece) throws(WebFailure) in
                size += piece.count
                if let most, size > most { throw WebFailure(.tooLarge, "too large") }
                if packed != nil {
                    guard size <= Self.decodedMaximum else {
                        throw WebFailure(.tooLarge, "too large")
                    }
                    packed?.append(contentsOf: piece)
                    return
                }
                do throws(CurlFailure) {
                    try sink.append(piece)
                } catch {
                    problem = error
                    throw WebFailure(.write, error.text)
                }
            }
        } catch {
            facts.size = size
            throw problem ?? partial(error, answer, size)
        }
        facts.size = size
        if let packed { try sink.append(try Self.unpacked(packed, coding)) }
        try sink.finish()
        if facts.status >= 400 {
            let place = target.map { "saved to \($0)" } ?? "written"
            note(
                "Warning: the server answered \(facts.status), and the body of that was \(place); "
                    + "curl -f takes it as a failure"
            )
        }
    }

    private func partial(_ error: WebFailure, _ answer: WebAnswer, _ size: Int) -> CurlFailure {
        guard error.kind == .partial,
            let length = answer.response.headers["Content-Length"].flatMap({ Int($0) })
        else { return CurlFailure(error, answer.request, received: size) }
        return CurlFailure(
            18,
            "transfer closed with \(length - size) bytes remaining to read"
        )
    }

    private static func unpacked(
        _ bytes: [UInt8],
        _ coding: String
    ) throws(CurlFailure) -> [UInt8] {
        do throws(FormatError) {
            return coding == "zstd"
                ? try Zstd.decode(bytes.span, limit: decodedMaximum)
                : try Gzip.decode(bytes.span, limit: decodedMaximum)
        } catch {
            throw CurlFailure(61, "Error while processing content unencoding: \(error.what)")
        }
    }

    // MARK: Places

    private func target(
        _ place: CurlOptions.Output,
        _ answer: WebAnswer
    ) throws(CurlFailure) -> String? {
        var name: String
        switch place {
        case .standard: return nil
        case .file(let path): name = path
        case .remote:
            guard let given = answer.heads.first?.request.address else { return nil }
            let last = given.path.split(separator: "/", omittingEmptySubsequences: false).last
            name = last.map(String.init) ?? ""
            if options.flag("remote-header-name"),
                let field = answer.response.headers["Content-Disposition"],
                let told = Self.fileName(field)
            {
                name = told
            }
            guard !name.isEmpty, name != ".", name != ".." else {
                throw CurlFailure(23, "Failed writing received data to disk/application")
            }
        }
        if let folder = options.values["output-dir"] {
            name = folder + "/" + name
        }
        return name
    }

    /// The file as far as it is known before the answer.
    private func plainTarget(_ place: CurlOptions.Output, _ request: WebRequest) -> String? {
        switch place {
        case .standard: return nil
        case .file(let path): return path
        case .remote:
            let last = request.address.path.split(separator: "/").last.map(String.init)
            guard let folder = options.values["output-dir"], let last else { return last }
            return folder + "/" + last
        }
    }

    /// The name in `Content-Disposition`, without directories.
    nonisolated static func fileName(_ field: String) -> String? {
        for part in field.split(separator: ";") {
            let text = String(part).trimmingSpace()
            guard text.lowercased().hasPrefix("filename=") else { continue }
            let value = text.dropFirst(9).drop { $0 == "\"" || $0 == "'" }
                .prefix { $0 != "\"" && $0 != "'" }
            let name = value.split { $0 == "/" || $0 == "\\" }.last.map(String.init)
            guard let name, name != "..", name != "." else { return nil }
            return name
        }
        return nil
    }

    /// Where in the file an answer goes on.
    private func offset(_ target: String?, _ answer: WebAnswer) throws(CurlFailure) -> Int? {
        guard options.values["continue-at"] != nil, let target else { return nil }
        let range = answer.request.headers["Range"] ?? ""
        let size = Int(range.drop { !$0.isNumber }.prefix { $0.isNumber }) ?? 0
        guard size > 0 else { return nil }
        if answer.response.status == 416 {
            let status = try? Files.stat(target)
            return Int(status?.size ?? 0)
        }
        guard answer.response.status == 206 else {
            throw CurlFailure(
                33,
                "HTTP server doesn't seem to support byte ranges. Cannot resume."
            )
        }
        return size
    }

    // MARK: What is told

    nonisolated private static func lines(_ head: WebAnswer.Head) -> [String] {
        var lines = ["HTTP/1.1 \(head.status)" + (head.reason.isEmpty ? "" : " \(head.reason)")]
        lines += head.headers.fields.map { "\($0.name): \($0.value)" }
        return lines
    }

    private static func tell(_ request: WebRequest, _ note: @MainLoop (String) -> Void) {
        let address = request.address
        note("* Connected to \(address.host) port \(address.port)")
        note("> \(request.method) \(address.target) HTTP/1.1")
        note("> Host: \(address.authority)")
        for field in request.headers.fields {
            let isSecret = WebRequest.secrets.contains {
                $0.lowercased() == field.name.lowercased()
            }
            note("> \(field.name): \(isSecret ? "…" : field.value)")
        }
    }

    private func writeOut(_ facts: Facts) {
        guard var format = options.values["write-out"] else { return }
        if format == "@-" || format.hasPrefix("@") {
            format = (try? Files.text(String(format.dropFirst()), limit: 1 << 20)) ?? ""
        }
        let (text, unknown) = CurlWriteOut.text(format) { value($0, facts) }
        for name in unknown { note("curl: unknown --write-out variable: '\(name)'") }
        _ = output(Array(text.utf8))
    }

    private func value(_ name: String, _ facts: Facts) -> String? {
        func seconds(_ instant: Instant?) -> String {
            let micros = instant.map { ($0 - facts.start).nanoseconds / 1000 } ?? 0
            let digits = "\(micros % 1_000_000)"
            return "\(micros / 1_000_000)." + String(repeating: "0", count: 6 - digits.count)
                + digits
        }
        let address = facts.request?.address
        switch name {
        case "http_code", "response_code":
            let digits = "\(facts.status)"
            return String(repeating: "0", count: max(0, 3 - digits.count)) + digits
        case "size_download": return "\(facts.size)"
        case "url_effective", "url": return address.map { "\($0)" } ?? ""
        case "content_type": return facts.type
        case "num_redirects": return "\(facts.redirects)"
        case "redirect_url": return facts.location
        case "method": return facts.request?.method ?? ""
        case "scheme": return address.map { $0.isSecure ? "HTTPS" : "HTTP" } ?? ""
        case "http_version": return "1.1"
        case "filename_effective": return facts.file
        case "exitcode": return "\(facts.failure?.code ?? 0)"
        case "errormsg": return facts.failure?.text ?? ""
        case "remote_port": return address.map { "\($0.port)" } ?? ""
        case "time_total": return seconds(Loop.main.now)
        case "time_connect", "time_appconnect", "time_namelookup", "time_pretransfer":
            return seconds(facts.connected)
        case "time_starttransfer": return seconds(facts.first)
        case "speed_download":
            let time = max((Loop.main.now - facts.start).inSeconds, 0.000_001)
            return "\(Int(Double(facts.size) / time))"
        case "num_connects": return "\(facts.redirects + 1)"
        case "ssl_verify_result": return "0"
        case "stdout", "stderr", "onerror": return ""
        default: return nil
        }
    }

    /// A variable of the process.
    func variable(_ name: String) -> String? { environment[name] }
}
