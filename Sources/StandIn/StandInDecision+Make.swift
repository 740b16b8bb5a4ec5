import Formats

extension StandInDecision {
    /// Decides whether a role of the companion can stand in for a container's image.
    ///
    /// What a manifest says outright comes first: the program that it runs, then the image's name, then
    /// what is mounted, then the variables. Programs that could be an application are left alone.
    ///
    /// - Parameter request: The container.
    /// - Returns: The role with its words, or none, with the reasons.
    package static func make(_ request: StandInRequest) -> StandInDecision {
        var decider = StandInDecider(request)
        let standIn = decider.decide()
        return StandInDecision(standIn: standIn, reasons: decider.reasons)
    }
}

/// Makes one decision and notes why.
struct StandInDecider {
    let request: StandInRequest
    let image: StandInImage
    private(set) var reasons: [String] = []

    init(_ request: StandInRequest) {
        self.request = request
        image = StandInImage(request.image)
    }

    mutating func decide() -> StandIn? {
        let line = unwrapped(request.command + request.args)
        let isWhole = !request.command.isEmpty
        if let first = line.first, isWhole || !first.hasPrefix("-") {
            switch program(line, isWhole: isWhole) {
            case .decided(let standIn): return standIn
            case .open: break
            }
        }
        return ofImage() ?? ofMounts() ?? ofEnvironment() ?? refuseUnlessRefused()
    }

    // MARK: Programs

    /// What looking at one thing leads to.
    private enum Outcome {
        case decided(StandIn?)
        case open
    }

    /// What the first word says.
    private mutating func program(_ line: [String], isWhole: Bool) -> Outcome {
        let name = StandInRequest.baseName(line[0])
        let said = isWhole ? "the manifest runs \(name)" : "the first argument is \(name)"
        if Self.shells.contains(name) { return .decided(shell(line, said)) }
        switch name {
        case "tail":
            guard ShellPurpose.follows(line) else {
                return .decided(refuse("\(said), which does not follow a file"))
            }
            note("\(said): lines of a file are followed")
            return .decided(standIn("logs", program: "tail", Array(line.dropFirst())))
        case "curl":
            note("\(said): files are fetched")
            return .decided(
                standIn("fetch", program: "curl", Array(line.dropFirst()), user: curlUser)
            )
        case "nc", "pg_isready", "wait-for-it.sh", "wait-for":
            // What they wait for may be the start of an application.
            if let end = line.firstIndex(of: "--"), end + 1 < line.count {
                return .decided(refuse("\(said), which then runs \(line[end + 1])"))
            }
            guard name != "nc" || line.contains(where: Self.onlyAsks) else {
                return .decided(refuse("\(said), which does more than to ask (-z)"))
            }
            note("\(said): something is waited for")
            return .decided(standIn("wait", program: name, Array(line.dropFirst())))
        case "sleep":
            guard Self.general.contains(image.name) else {
                return .decided(
                    refuse("\(said), in an image that may be an application (\(image.name))")
                )
            }
            note("\(said): time passes")
            return .decided(standIn("sleep", program: "sleep", Array(line.dropFirst())))
        default: break
        }
        if let helper = HelperProgram.named(name) {
            note(said)
            return .decided(place(helper, as: name, Array(line.dropFirst())))
        }
        if isWhole { return .decided(refuse("\(said), which is a program of its own")) }
        return .open
    }

    /// A shell with a script.
    private mutating func shell(_ line: [String], _ said: String) -> StandIn? {
        guard let place = line.dropFirst().firstIndex(where: Self.takesScript),
            place + 1 < line.count
        else { return refuse("\(said), without a script behind -c") }
        let script = line[place + 1]
        switch ShellPurpose.of(script, environment: request.environment) {
        case .logs:
            note("\(said) with a script that follows a log file")
            return standIn("logs", ["--", "sh", "-c", script])
        case .wait(let check):
            note("\(said) with a script that waits until \"\(check)\" succeeds")
            return standIn("wait", ["--as", "sh", "--", "-c", script])
        case .fetch:
            note("\(said) with a script that fetches files with curl")
            return standIn("fetch", ["--as", "sh", "--", "-c", script], user: curlUser)
        case .command(let inner):
            note("\(said) with a script of one command")
            guard case .decided(let standIn) = program(inner, isWhole: true) else { return nil }
            return standIn
        case .other(let why):
            return refuse("\(said) with a script that is no helper's: \(why)")
        }
    }

    /// `-z`, also among other letters of `nc`.
    private static func onlyAsks(_ word: String) -> Bool {
        word.hasPrefix("-") && !word.hasPrefix("--") && word.contains("z")
    }

    private static func takesScript(_ word: String) -> Bool {
        word.hasPrefix("-") && !word.hasPrefix("--") && word.hasSuffix("c")
            && word.dropFirst().allSatisfy { "ceulx".contains($0) }
    }

    /// A line without the programs that only start another.
    private func unwrapped(_ line: [String]) -> [String] {
        var rest = line[...]
        while let first = rest.first.map(StandInRequest.baseName) {
            switch first {
            case "tini", "dumb-init", "catatonit":
                rest = rest.dropFirst().drop { $0.hasPrefix("-") }
            case "docker-entrypoint.sh", "entrypoint.sh", "entrypoint-dumb-init":
                // An application's own does more than to start it.
                guard HelperProgram.ofImage(image.name) != nil, rest.count > 1 else {
                    return Array(rest)
                }
                rest.removeFirst()
            default: return Array(rest)
            }
        }
        return Array(rest)
    }

    // MARK: Images, files and variables

    private mutating func ofImage() -> StandIn? {
        if let helper = HelperProgram.ofImage(image.name) {
            note("the image is called \(image.name)")
            return place(helper, as: helper.name, request.args)
        }
        if image.name == "curl" {
            if request.command.isEmpty, !request.args.isEmpty {
                note("the image is called curl: files are fetched")
                return standIn("fetch", program: "curl", request.args, user: curlUser)
            }
            return refuse("the image is called curl, and no words say what is fetched")
        }
        if Self.general.contains(image.name) {
            return refuse("the image \(image.name) is made for any program, and none is named")
        }
        let options = Set(
            request.args.compactMap { word in
                word.hasPrefix("-")
                    ? String(word.drop { $0 == "-" }.prefix { $0 != "=" }) : nil
            }
        )
        let takesNumbers = ["metrics", "exporter", "stats", "adapter"].contains {
            image.name.contains($0)
        }
        if takesNumbers, request.command.isEmpty {
            guard options.contains("source"),
                options.contains("listen") || options.contains("format")
            else {
                return refuse(
                    "the image is called \(image.name), but no --source says what it makes metrics of"
                )
            }
            note("the image is called \(image.name), and is told a --source and what to make of it")
            return standIn("metrics", request.args)
        }
        return nil
    }

    private mutating func ofMounts() -> StandIn? {
        guard reasons.isEmpty, let (helper, path) = HelperProgram.mounted(request.mounts),
            request.args.first?.hasPrefix("-") ?? true
        else { return nil }
        note("\(path) is mounted, where \(helper.name) has its configuration")
        return place(helper, as: helper.name, request.args)
    }

    private mutating func ofEnvironment() -> StandIn? {
        guard reasons.isEmpty, request.args.isEmpty else { return nil }
        let names = Set(request.environment.keys)
        func has(_ prefix: String) -> String? {
            names.sorted().first { $0.hasPrefix(prefix) }
        }
        if names.contains("FLUENT_ELASTICSEARCH_HOST") {
            note("FLUENT_ELASTICSEARCH_HOST says where logs are shipped to")
            return standIn("logs", program: "fluentd", [])
        }
        let pool = ["POOL_MODE", "DEFAULT_POOL_SIZE", "MAX_CLIENT_CONN"].first(
            where: names.contains
        )
        let families: [(String?, String)] = [
            (has("GIT_SYNC_") ?? has("GITSYNC_"), "git-sync"), (has("PGBOUNCER_"), "pgbouncer"),
            (names.contains("DATABASE_URL") ? pool : nil, "pgbouncer"),
            (
                names.contains("SYNC_SOURCE") && names.contains("SYNC_TARGET")
                    ? "SYNC_TARGET" : nil, "aws"
            ),
        ]
        for case (let variable?, let name) in families {
            guard let helper = HelperProgram.named(name) else { continue }
            note("\(variable) is a variable of \(name)")
            return place(helper, as: name, [])
        }
        return nil
    }

    /// A program that has a name of its own.
    private mutating func place(
        _ helper: HelperProgram,
        as name: String,
        _ words: [String]
    ) -> StandIn? {
        switch helper.place {
        case .none(let purpose):
            return refuse("no role of the companion does this yet: \(purpose) (\(helper.name))")
        case .role(let role):
            // Images take the program's own name before its words as well.
            var words = words
            if let first = words.first.map(StandInRequest.baseName),
                first == helper.name || helper.aliases.contains(first)
            {
                words.removeFirst()
            }
            if helper.name == "nginx" {
                guard let checked = nginx(words) else { return nil }
                words = checked
            }
            note("\(name) is what the role \(role) stands for")
            return standIn(role, program: name, words, user: helper.user)
        }
    }

    /// The words for nginx, if it is nothing but a proxy.
    private mutating func nginx(_ words: [String]) -> [String]? {
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

    // MARK: Details

    private var curlUser: String { image.name == "curl" ? "100:101" : "" }

    private mutating func note(_ reason: String) { reasons.append(reason) }

    private mutating func refuse<Result>(_ reason: String) -> Result? {
        reasons.append(reason)
        return nil
    }

    private mutating func refuseUnlessRefused() -> StandIn? {
        guard reasons.isEmpty else { return nil }
        return refuse("nothing says that the image \(image.name) is a helper's")
    }

    private func standIn(
        _ role: String,
        program: String? = nil,
        _ words: [String],
        user: String = ""
    ) -> StandIn {
        var made = StandIn(role: role, program: program, words: words, user: user)
        if role == "proxy", !request.ports.isEmpty {
            let ports = request.ports.map(String.init).joined(separator: ",")
            made.environment["COMPANION_PORTS"] = ports
        }
        return made
    }

    private static let shells: Set<String> = ["sh", "ash", "bash", "dash", "busybox"]

    /// Images without a purpose of their own.
    private static let general: Set<String> = [
        "alpine", "bash", "busybox", "centos", "debian", "fedora", "toybox", "ubuntu",
        "ubi-minimal",
    ]
}
