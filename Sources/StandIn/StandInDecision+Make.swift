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
    ///
    /// - Parameters:
    ///   - line: The program and its words.
    ///   - isWhole: Whether nothing comes before it that a known image would run.
    ///   - isOfScript: Whether it is what a script consists of: its commands of the shell are then left open, for as
    ///     scripts they have been read.
    /// - Returns: What was decided; `open` if that is not for this to say.
    private mutating func program(
        _ line: [String],
        isWhole: Bool,
        isOfScript: Bool = false
    ) -> Outcome {
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
        case "curl", "wget": return .decided(transfer(name, Array(line.dropFirst()), said))
        case "nc", "pg_isready", "wait-for-it.sh", "wait-for-it", "wait-for", "wait-for.sh":
            // What they wait for may be the start of an application.
            if let end = line.firstIndex(of: "--"), end + 1 < line.count {
                return .decided(refuse("\(said), which then runs \(line[end + 1])"))
            }
            guard name != "nc" || line.contains(where: Self.onlyAsks) else {
                return .decided(refuse("\(said), which does more than to ask (-z)"))
            }
            note("\(said): something is waited for")
            let program = name == "wait-for.sh" ? "wait-for" : name
            return .decided(standIn("wait", program: program, Array(line.dropFirst())))
        case "dockerize": return .decided(dockerize(Array(line.dropFirst()), said))
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
        if ShellPlan.knows(name) {
            if isOfScript { return .open }
            return .decided(script(line.map(Self.quoted).joined(separator: " "), ["sh"], said))
        }
        if isWhole, let why = ShellAsker.others[name] {
            return .decided(refuse("\(said), and \(why)"))
        }
        if isWhole { return .decided(refuse("\(said), which is a program of its own")) }
        return .open
    }

    /// curl or wget with its words.
    private mutating func transfer(_ name: String, _ words: [String], _ said: String) -> StandIn? {
        var mistake: String?
        if name == "curl" {
            do throws(CurlOptions.Mistake) { _ = try CurlOptions(words) } catch {
                mistake = error.text
            }
        } else {
            do throws(WgetOptions.Mistake) { _ = try WgetOptions(words) } catch {
                mistake = error.text
            }
        }
        if let mistake { return refuse("\(said), but \(name): \(mistake)") }
        note("\(said): files are fetched")
        return standIn("fetch", program: name, words, user: curlUser)
    }

    /// dockerize, if it does nothing but wait.
    private mutating func dockerize(_ words: [String], _ said: String) -> StandIn? {
        var rest = words[...]
        while let word = rest.first, word.hasPrefix("-"), word != "--" {
            rest = rest.dropFirst()
            let name = String(word.drop { $0 == "-" }.prefix { $0 != "=" })
            switch name {
            case "template":
                return refuse("\(said) with -template, and no role fills in templates of Go")
            case "stdout", "stderr":
                return refuse("\(said) with -\(name), which follows a log while a program runs")
            case "wait", "timeout", "wait-http-header", "wait-retry-interval", "delims", "poll":
                if !word.contains("="), name != "poll" { rest = rest.dropFirst() }
            default: break
            }
        }
        if let program = rest.first(where: { $0 != "--" }) {
            return refuse("\(said), which then runs \(program)")
        }
        guard words.contains(where: { $0.drop { $0 == "-" }.hasPrefix("wait") }) else {
            return refuse("\(said), and no -wait says what for")
        }
        note("\(said): something is waited for")
        return standIn("wait", program: "dockerize", words)
    }

    /// A word as a shell takes it as it is.
    private static func quoted(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy {
            ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x41 && $0 <= 0x5A) || ($0 >= 0x61 && $0 <= 0x7A)
                || "-_./:@%+".utf8.contains($0)
        }
        return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }

    /// A shell with a script.
    private mutating func shell(_ line: [String], _ said: String) -> StandIn? {
        guard let place = line.dropFirst().firstIndex(where: Self.takesScript),
            place + 1 < line.count
        else { return refuse("\(said), without a script behind -c") }
        var next = place + 1
        if line[next] == "--", next + 1 < line.count { next += 1 }
        return script(line[next], Array(line[...place]), said)
    }

    /// What a script is for.
    private mutating func script(_ script: String, _ shell: [String], _ said: String) -> StandIn? {
        let isBash = shell.contains { StandInRequest.baseName($0) == "bash" }
        let name = isBash ? "bash" : "sh"
        // `-e` and its like stay.
        let options = shell.dropFirst().filter { $0.hasPrefix("-") }
        let words = ["--as", name, "--"] + (options.isEmpty ? ["-c"] : options) + [script]
        let purpose = ShellPurpose.of(
            request.withoutReferences(script),
            shell: name,
            environment: request.environment,
            isUnknown: request.isUnknown
        )
        switch purpose {
        case .logs:
            note("\(said) with a script that follows a log file")
            return standIn("logs", ["--", "sh", "-c", script])
        case .wait(let check):
            note("\(said) with a script that waits until \"\(check)\" succeeds")
            return standIn("wait", words)
        case .fetch:
            note("\(said) with a script that fetches files with curl or wget")
            return standIn("fetch", words, user: curlUser)
        case .idle: return idle(words, said)
        case .command(let inner, let why):
            note("\(said) with a script of one command")
            if case .decided(let standIn) = program(inner, isWhole: true, isOfScript: true) {
                return standIn
            }
            guard let why else { return idle(words, said) }
            return refuse("\(said) with a script that is no helper's: \(why)")
        case .other(let why):
            return refuse("\(said) with a script that is no helper's: \(why)")
        }
    }

    /// A script that only writes and sleeps.
    private mutating func idle(_ words: [String], _ said: String) -> StandIn? {
        guard Self.general.contains(image.name) else {
            return refuse(
                "\(said) with a script that only writes and sleeps, in an image that may be an "
                    + "application (\(image.name))"
            )
        }
        note("\(said) with a script that only writes and sleeps")
        return standIn("wait", words)
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
        if Self.curls.contains(image.name) {
            if request.command.isEmpty, !request.args.isEmpty {
                return transfer("curl", request.args, "the image is called \(image.name)")
            }
            return refuse("the image is called \(image.name), and no words say what is fetched")
        }
        if request.command.isEmpty, let name = Self.waiters[image.name] {
            let line = [name] + request.args
            guard !request.args.isEmpty else {
                return refuse(
                    "the image is called \(image.name), and no words say what it waits for"
                )
            }
            guard case .decided(let standIn) = program(line, isWhole: true) else { return nil }
            return standIn
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
            if role == "proxy" { return proxy(helper, as: name, words) }
            note("\(name) is what the role \(role) stands for")
            return standIn(role, program: name, words, user: helper.user)
        }
    }

    // MARK: Details

    private var curlUser: String {
        image.repository.hasSuffix("curlimages/curl") ? "100:101" : ""
    }

    mutating func note(_ reason: String) { reasons.append(reason) }

    mutating func refuse<Result>(_ reason: String) -> Result? {
        reasons.append(reason)
        return nil
    }

    private mutating func refuseUnlessRefused() -> StandIn? {
        guard reasons.isEmpty else { return nil }
        return refuse("nothing says that the image \(image.name) is a helper's")
    }

    func standIn(
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

    /// Images whose program is curl.
    private static let curls: Set<String> = ["curl", "alpine-curl", "docker-curl"]
    /// Images whose program waits, and that program.
    private static let waiters = [
        "dockerize": "dockerize", "wait-for": "wait-for", "wait-for-it": "wait-for-it.sh",
    ]
    private static let shells: Set<String> = ["sh", "ash", "bash", "dash", "busybox"]

    /// Images without a purpose of their own.
    private static let general: Set<String> = [
        "alpine", "bash", "busybox", "centos", "debian", "fedora", "toybox", "ubuntu",
        "ubi-minimal",
    ]
}
