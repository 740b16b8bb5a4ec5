extension StandInDecider {
    /// A program that passes requests on.
    ///
    /// Without a configuration that can be read there is a defined fallback: variables that say where requests go, or
    /// a certificate, for which TLS is taken off for the application beside. Without those nothing says what to do.
    mutating func proxy(_ helper: HelperProgram, as name: String, _ words: [String]) -> StandIn? {
        let isNginx = helper.name == "nginx"
        if let path = named(words, helper.name), path != "" {
            if !isNginx, path.hasPrefix("/"), !isMounted(path) {
                return refuse(
                    "\(name) is told to read \(path), which is in the image and nowhere mounted"
                )
            }
        } else if !(isNginx ? hasNginxFiles : isConfigured(helper)) {
            return fallback(helper, name)
        }
        var words = words
        if isNginx {
            guard let checked = nginx(words) else { return nil }
            words = checked
        }
        note("\(name) is what the role proxy stands for")
        return standIn("proxy", program: name, words, user: helper.user)
    }

    /// The configuration that words name; empty for one that stands in the words themselves.
    private func named(_ words: [String], _ program: String) -> String? {
        let options =
            program == "envoy"
            ? ["-c", "--config-path"] : program == "haproxy" ? ["-f"] : ["-c"]
        for (index, word) in words.enumerated() {
            if program == "envoy", word.hasPrefix("--config-yaml") { return "" }
            for option in options {
                if word == option { return index + 1 < words.count ? words[index + 1] : "" }
                if word.hasPrefix(option + "=") { return String(word.dropFirst(option.count + 1)) }
            }
        }
        return nil
    }

    /// Whether a path is a mount, or below one.
    private func isMounted(_ path: String) -> Bool {
        let path = StandInRequest.clean(path)
        return request.files[path] != nil
            || request.mounts.contains { $0 == path || $0 == "/" || path.hasPrefix($0 + "/") }
    }

    private func isConfigured(_ helper: HelperProgram) -> Bool {
        request.mounts.contains { helper.files.contains($0) }
            || request.files.keys.contains { helper.files.contains($0) }
    }

    private var hasNginxFiles: Bool {
        request.mounts.contains { mount in
            mount == "/etc/nginx"
                || mount.hasPrefix("/etc/nginx/") && !Self.certificates.contains(mount)
        } || request.mounts.contains { $0.hasPrefix("/usr/share/nginx") || $0 == "/var/www/html" }
    }

    /// Where the role looks for a certificate.
    private static let certificates: Set<String> = [
        "/etc/certs", "/etc/tls", "/certs", "/tls", "/etc/envoy/certs", "/etc/nginx/certs",
        "/etc/nginx/ssl",
    ]
    /// Variables that say where requests, or a database's sessions, go.
    private static let targets = ["DATABASE_URL", "PGHOST", "POSTGRES_HOST"]

    private mutating func fallback(_ helper: HelperProgram, _ name: String) -> StandIn? {
        let missing = "\(name) has NO CONFIGURATION that can be read"
        let gateway = request.environment.keys.sorted().first { $0.hasPrefix("GATEWAY_") }
        if let variable = gateway ?? Self.targets.first(where: { request.environment[$0] != nil }) {
            let what = gateway == nil ? "database its port 5432 leads to" : "gateway it is"
            note("\(missing), but \(variable) says which \(what)")
            return standIn("proxy", program: name, [], user: helper.user)
        }
        let certificate = request.mounts.sorted().first { mount in
            Self.certificates.contains(mount)
                || Self.certificates.contains { mount.hasPrefix($0 + "/") }
        }
        if let certificate {
            let application = request.environment["PORT"].flatMap { Int($0) } ?? 8080
            let port = request.ports.first { $0 != application } ?? 8443
            note(
                "\(missing), but \(certificate) is mounted: TLS is taken off on port \(port), and "
                    + "requests are sent to the application on localhost:\(application)"
                    + (request.environment["PORT"] == nil
                        ? " (set PORT if it listens elsewhere)" : "")
            )
            return standIn("proxy", program: name, [], user: helper.user)
        }
        if helper.name == "nginx" {
            return refuse("without a configuration nginx serves files, and that is an application")
        }
        return refuse(
            "\(missing): none is mounted at \(helper.files.first ?? "") or named, there is no "
                + "certificate in /etc/certs, and none of GATEWAY_UPSTREAM, DATABASE_URL, PGHOST and "
                + "POSTGRES_HOST says where requests go"
        )
    }

    /// The words for nginx, if it is nothing but a proxy.
    mutating func nginx(_ words: [String]) -> [String]? {
        let standard = "/etc/nginx/nginx.conf"
        var main = standard
        if let flag = words.firstIndex(of: "-c"), flag + 1 < words.count { main = words[flag + 1] }
        let sites = request.files.keys.sorted().filter {
            $0.hasPrefix("/etc/nginx/conf.d/") && $0.hasSuffix(".conf")
        }
        let isMounted =
            main != standard || request.mounts.contains { $0 == main || $0 == "/etc/nginx" }
        let paths = (isMounted ? [main] : []) + sites
        guard !paths.isEmpty else {
            return refuse(
                request.mounts.contains { $0.hasPrefix("/etc/nginx") }
                    ? "what the files below /etc/nginx say is not known, and nginx may serve files"
                    : "without a configuration nginx serves files, and that is an application"
            )
        }
        var files: [(path: String, text: String)] = []
        for path in paths {
            guard let text = request.files[path] else {
                return refuse("what \(path) says is not known, and nginx may serve files")
            }
            files.append((path, text))
        }
        if let obstacle = NginxPurpose.obstacle(files) {
            return refuse("nginx may be an application: \(obstacle)")
        }
        note("nginx only passes requests on, says \(files.map(\.path).joined(separator: ", "))")
        return isMounted ? words : ["-c", StandIn.nginxConfiguration] + words
    }
}
