import Basics
import HTTP
package import Reactor
import Security
import StandIn
import System

/// Does what a command line of wget asks for: what BusyBox and GNU have in common, and a little of GNU's.
///
/// Exit codes: 0; 1 for BusyBox's every failure is GNU's 1 to 8 here: 2 command line, 3 file, 4 network, 5 TLS,
/// 8 a status of 400 or more.
@MainLoop package enum WgetProgram {
    /// Runs the words behind `wget`.
    ///
    /// - Returns: GNU wget's exit code.
    package static func run(
        _ words: [String],
        _ voice: TransferVoice = TransferVoice()
    ) async -> Int32 {
        await voice.run("wget") { await perform(words, voice) }
    }

    /// Does what the words ask for, until it is done or the task is cancelled.
    static func perform(_ words: [String], _ voice: TransferVoice) async -> Int32 {
        let options: WgetOptions
        do throws(WgetOptions.Mistake) {
            options = try WgetOptions(words)
        } catch {
            voice.note("wget: \(error.text)")
            return 2
        }
        if options.isHelp || options.urls.isEmpty {
            voice.note(
                "usage: wget [-q] [-O FILE] [-P DIR] [-c] [-S] [--spider] [-T SEC] [-t N] URL..."
            )
            return options.isHelp ? 0 : 1
        }
        var code: Int32 = 0
        for url in options.urls where !Task.isCancelled {
            let found = await get(url, options, voice)
            // Of several failures GNU tells the least number.
            if found != 0 { code = code == 0 ? found : min(code, found) }
        }
        return code
    }

    private static func get(
        _ url: String,
        _ options: WgetOptions,
        _ voice: TransferVoice
    ) async -> Int32 {
        var tries = 0
        var pause = options.wait
        while true {
            do throws(WebFailure) {
                try await once(url, options, voice)
                return 0
            } catch {
                tries += 1
                // GNU gives up at once where nobody takes connections, and for every status.
                let isFinal =
                    switch error.kind {
                    case .timedOut, .partial, .empty, .malformed: false
                    case .connect: !options.triesRefused
                    default: true
                    }
                guard !isFinal, options.tries == 0 || tries < options.tries, !Task.isCancelled
                else {
                    voice.note("wget: \(error)")
                    return code(error.kind)
                }
                if !options.isQuiet { voice.note("wget: \(error); retrying") }
                try? await Loop.main.sleep(for: pause)
                pause = min(pause + options.wait, .seconds(10))
            }
        }
    }

    /// GNU wget's exit code.
    nonisolated static func code(_ kind: WebFailure.Kind) -> Int32 {
        switch kind {
        case .address: 1
        case .write, .read, .tooLarge: 3
        case .certificate, .handshake: 5
        case .status, .redirects: 8
        default: 4
        }
    }

    private static func once(
        _ url: String,
        _ options: WgetOptions,
        _ voice: TransferVoice
    ) async throws(WebFailure) {
        var request = try request(url, options)
        let last = request.address.path.split(separator: "/").last.map(String.init) ?? "index.html"
        var target = options.output ?? last
        if let folder = options.folder, options.output == nil { target = folder + "/" + target }
        let size = (try? Files.stat(target))?.size ?? 0
        if options.goesOn, size > 0 { request.headers["Range"] = "bytes=\(size)-" }
        let answer = try await WebClient.open(request)
        defer { answer.close() }
        let status = answer.response.status
        if options.showsHeaders {
            for head in answer.heads {
                voice.note("  HTTP/1.1 \(head.status) \(head.reason)")
                for field in head.headers.fields { voice.note("  \(field.name): \(field.value)") }
            }
        }
        // The file is whole already.
        if options.goesOn, status == 416 { return }
        guard status < 400 else {
            throw WebFailure(
                .status(status),
                "server returned error: HTTP/1.1 \(status) \(answer.response.reason)"
            )
        }
        if options.isSpider {
            if !options.isQuiet { voice.note("remote file exists") }
            return
        }
        do throws(CurlFailure) {
            if let folder = options.folder {
                do throws(SystemError) {
                    try Files.makeDirectories(folder)
                } catch {
                    throw CurlFailure(23, "\(error)")
                }
            }
            let sink = try CurlSink(
                target == "-" ? nil : target,
                offset: options.goesOn && status == 206 ? Int(size) : nil,
                output: voice.output,
                makesDirectories: false
            )
            do throws(WebFailure) {
                try await answer.read { (piece) throws(WebFailure) in
                    do throws(CurlFailure) {
                        try sink.append(piece)
                    } catch {
                        throw WebFailure(.write, error.text)
                    }
                }
            } catch {
                throw CurlFailure(error.kind == .write ? 23 : 18, "\(error)")
            }
            try sink.finish()
        } catch {
            throw WebFailure(error.code == 23 ? .write : .partial, error.text)
        }
        if !options.isQuiet, target != "-" { voice.note("'\(target)' saved") }
    }

    private static func request(_ url: String, _ options: WgetOptions) throws(WebFailure)
        -> WebRequest
    {
        do throws(Failure) {
            var request = WebRequest(try WebAddress(url))
            request.headers = ["User-Agent": options.agent, "Accept": "*/*"]
            if options.isSpider { request.method = "HEAD" }
            if let body = options.body {
                request.method = "POST"
                request.body = Array(body.utf8)
                request.headers["Content-Type"] = "application/x-www-form-urlencoded"
            }
            if let user = options.user {
                request.address.user = user
                request.address.password = options.password ?? ""
            }
            for line in options.headers {
                guard let colon = line.firstIndex(of: ":") else { continue }
                let value = String(line[line.index(after: colon)...]).trimmingSpace()
                request.headers[String(line[..<colon])] = value
            }
            request.silence = options.silence
            request.connecting = options.silence
            request.redirects = options.redirects
            request.tls = try ReloadSettings.tls(
                isInsecure: !options.verifies,
                authorities: options.authorities,
                certificate: nil,
                key: nil,
                FileAccess()
            )
            return request
        } catch {
            throw WebFailure(.address, error)
        }
    }
}
