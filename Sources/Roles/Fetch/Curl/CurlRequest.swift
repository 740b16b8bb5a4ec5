import Basics
import HTTP
import Reactor
import Security
import StandIn
import System

extension CurlRun {
    /// The request that the options ask for.
    ///
    /// - Throws: What curl says of an address that is none, or of a file that cannot be read.
    func request(_ text: String) throws(CurlFailure) -> WebRequest {
        var text = text
        if !options.flag("globoff"), text.contains("{") || text.dropFirst(8).contains("[") {
            let host = text.firstRange(of: "://").map { text[$0.upperBound...] } ?? text[...]
            guard host.hasPrefix("["), !text.contains("{") else {
                throw CurlFailure(3, "companion does not expand {} and [] in addresses; give -g")
            }
        }
        if let end = text.firstRange(of: "://") {
            let scheme = text[..<end.lowerBound].lowercased()
            guard scheme == "http" || scheme == "https" else {
                throw CurlFailure(1, CurlFailure.unsupported(scheme))
            }
        }
        guard !text.contains(where: { $0 == " " || $0.isNewline }) else {
            throw CurlFailure(3, "URL using bad/illegal format or missing URL")
        }
        let body = try body()
        if options.flag("get"), let body {
            let data = String(decoding: body, as: UTF8.self)
            text += (text.contains("?") ? "&" : "?") + data
        }
        var request: WebRequest
        do throws(Failure) {
            request = WebRequest(try WebAddress(text))
        } catch {
            throw CurlFailure(3, "URL using bad/illegal format or missing URL")
        }
        request.schemes = options.schemes("proto")
        request.redirectSchemes = options.schemes("proto-redir")
        guard request.schemes.contains(request.address.scheme) else {
            throw CurlFailure(1, CurlFailure.unsupported(request.address.scheme))
        }
        request.headers = ["User-Agent": options.values["user-agent"] ?? "curl/8 (companion)"]
        request.headers["Accept"] = "*/*"
        if let body, !options.flag("get") {
            request.method = "POST"
            request.body = body
            request.headers["Content-Type"] = "application/x-www-form-urlencoded"
            if options.flag("json") {
                request.headers["Content-Type"] = "application/json"
                request.headers["Accept"] = "application/json"
            }
        }
        if options.flag("head") { request.method = "HEAD" }
        if let path = options.values["upload-file"] {
            request.method = "PUT"
            request.body = try content(of: path)
            if request.address.path.hasSuffix("/") {
                let name = path.split(separator: "/").last.map(String.init) ?? path
                request.address.target = request.address.path + HTTPTarget.encode(name)
            }
        }
        if let method = options.values["request"] {
            request.method = method
            request.keepsMethod = true
        }
        try setHeaders(&request)
        try setConnection(&request)
        return request
    }

    private func setHeaders(_ request: inout WebRequest) throws(CurlFailure) {
        if options.flag("compressed") { request.headers["Accept-Encoding"] = "gzip, zstd" }
        if let range = options.values["range"] { request.headers["Range"] = "bytes=" + range }
        if let referer = options.values["referer"] {
            request.tellsReferer = referer.hasSuffix(";auto")
            let text = request.tellsReferer ? String(referer.dropLast(5)) : referer
            if !text.isEmpty { request.headers["Referer"] = text }
        }
        if let cookie = options.values["cookie"] {
            guard cookie.contains("=") else {
                throw CurlFailure(2, "companion reads no cookie files; give -b name=value")
            }
            request.headers["Cookie"] = cookie
        }
        if let token = options.values["oauth2-bearer"] {
            request.headers["Authorization"] = "Bearer " + token
        }
        if let text = options.values["user"] {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            request.address.user = String(parts[0])
            request.address.password = parts.count > 1 ? String(parts[1]) : ""
        } else if request.address.user == nil,
            options.flag("netrc") || options.values["netrc-file"] != nil
        {
            let path = options.values["netrc-file"] ?? (variable("HOME") ?? "") + "/.netrc"
            let text = (try? Files.text(path, limit: 1 << 20)) ?? ""
            if let login = Netrc(text).find(request.address.host) {
                request.address.user = login.user
                request.address.password = login.password
            }
        }
        var lines: [String] = []
        for line in options.headers {
            guard line.hasPrefix("@") else {
                lines.append(line)
                continue
            }
            let text = String(decoding: try content(of: String(line.dropFirst())), as: UTF8.self)
            lines += text.split(whereSeparator: \.isNewline).map(String.init)
        }
        for line in lines {
            // `Name;` sends an empty field, `Name:` sends none.
            let mark = line.firstIndex { $0 == ":" || $0 == ";" }
            guard let mark, mark > line.startIndex else { continue }
            let name = String(line[..<mark])
            let value = String(line[line.index(after: mark)...]).trimmingSpace()
            if line[mark] == ";", value.isEmpty {
                request.headers[name] = ""
            } else if value.isEmpty {
                request.headers.remove(name)
            } else if ["user-agent", "accept", "content-type"].contains(name.lowercased()) {
                request.headers[name] = value
            } else {
                request.headers.append(name, value)
            }
        }
    }

    private func setConnection(_ request: inout WebRequest) throws(CurlFailure) {
        request.trustsAll = options.flag("location-trusted")
        let follows = options.flag("location") || request.trustsAll
        let most = options.values["max-redirs"].flatMap { Int($0) } ?? 50
        // No redirect at all is still a failure if one comes.
        request.redirects = follows ? (most < 0 ? 1_000_000 : most) : 0
        request.connecting = options.seconds("connect-timeout") ?? .seconds(300)
        // curl waits for as long as it takes unless told.
        request.silence = .seconds(86_400)
        if let most = options.seconds("max-time"), most > .zero {
            request.deadline = Loop.main.now + most
        }
        request.socket = options.values["unix-socket"]
        for text in options.resolves {
            let parts = text.split(separator: ":", maxSplits: 2).map(String.init)
            guard parts.count == 3, let address = parts[2].split(separator: ",").first else {
                throw CurlFailure(49, "Couldn't parse CURLOPT_RESOLVE entry '\(text)'")
            }
            let number = address.hasPrefix("[") ? address.dropFirst().dropLast() : address
            request.overrides["\(parts[0].lowercased()):\(parts[1])"] = String(number)
        }
        guard request.address.isSecure || follows else { return }
        if options.flag("insecure") {
            request.tls = .unverified
            request.tls.checksServerName = false
        } else if let path = options.values["cacert"] ?? variable("CURL_CA_BUNDLE") {
            guard let pem = try? Files.text(path) else {
                throw CurlFailure(77, "error setting certificate verify locations: CAfile: \(path)")
            }
            request.tls.verification = .authorities(pem: pem)
        }
        if let path = options.values["cert"] {
            let key = options.values["key"] ?? path
            guard let chain = try? Files.text(path), let secret = try? Files.text(key) else {
                throw CurlFailure(58, "could not load PEM client certificate from \(path)")
            }
            request.tls.identity = TLSIdentity(
                certificates: chain,
                privateKey: secret,
                certificatesPath: path,
                privateKeyPath: key
            )
        }
    }

    /// Adds where a file of an earlier transfer ends (`-C`).
    func resume(_ request: inout WebRequest, _ target: String?) {
        guard let text = options.values["continue-at"] else { return }
        let size = text == "-" ? target.flatMap { try? Files.stat($0).size } ?? 0 : Int64(text) ?? 0
        if size > 0 { request.headers["Range"] = "bytes=\(size)-" }
    }

    private func content(of path: String) throws(CurlFailure) -> [UInt8] {
        do throws(SystemError) {
            return path == "-"
                ? try Descriptors.readAll(0, limit: 1 << 30) : try Files.read(path, limit: 1 << 30)
        } catch {
            throw CurlFailure(26, "Failed to open/read local data from file/application")
        }
    }

    private func body() throws(CurlFailure) -> [UInt8]? {
        guard !options.data.isEmpty else { return nil }
        var parts: [[UInt8]] = []
        for data in options.data {
            switch data {
            case .raw(let text): parts.append(Array(text.utf8))
            case .text(let text):
                guard text.hasPrefix("@") else {
                    parts.append(Array(text.utf8))
                    continue
                }
                let bytes = try content(of: String(text.dropFirst()))
                parts.append(bytes.filter { $0 != 0x0A && $0 != 0x0D && $0 != 0 })
            case .binary(let text):
                parts.append(
                    text.hasPrefix("@")
                        ? try content(of: String(text.dropFirst())) : Array(text.utf8)
                )
            case .encoded(let text):
                // `name=text`, `name@file`, `=text`, `@file` or a text alone.
                let mark = text.firstIndex(of: "=") ?? text.firstIndex(of: "@")
                let name = mark.map { String(text[..<$0]) } ?? ""
                var value = mark.map { String(text[text.index(after: $0)...]) } ?? text
                if let mark, text[mark] == "@" {
                    value = String(decoding: try content(of: value), as: UTF8.self)
                }
                let left = name.isEmpty ? "" : name + "="
                let encoded = HTTPTarget.encode(value).replacing("%20", with: "+")
                parts.append(Array((left + encoded).utf8))
            }
        }
        return Array(parts.joined(separator: options.flag("json") ? [] : [UInt8(ascii: "&")]))
    }
}
