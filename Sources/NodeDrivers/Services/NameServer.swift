public import Basics
public import PodModel
public import Reactor
internal import System

/// The cluster's name server: a dnsmasq process at the tenth address of the services' network.
///
/// Each process listens at a port of its own; a rule leads port 53 to the newest one that answers. So
/// no question is lost when another configuration wants another process, and port 53 may be taken by the
/// machine's own server. A process outlives an engine that is killed, and the next engine replaces it.
@MainLoop public final class NameServer {
    private let layout: NodeLayout
    private let network: ServiceNetwork
    private let domain: String
    private let journal: Journal
    private let program: String
    private var current: Process?
    private var retired: [Process] = []
    private var number = 0
    private var failures = 0
    private var revival: Alarm?
    private var isStopped = false
    /// Called when a process that died is to be replaced: `update` is wanted.
    public var onDeath: () -> Void = {}

    /// A process with what it was told.
    private final class Process {
        let child: ChildProcess
        let port: Int
        let files: NameServerFiles
        let directory: String
        var alarm: Alarm?

        init(_ child: ChildProcess, port: Int, files: NameServerFiles, directory: String) {
            self.child = child
            self.port = port
            self.files = files
            self.directory = directory
        }
    }

    /// The first port of the processes, and how many are tried.
    private static let ports = 5380..<5444
    /// How long a process may take to answer.
    private static let patience = Duration.seconds(5)
    /// How long a process that was replaced still answers what it was asked, and how many may.
    private static let farewell = Duration.seconds(3)
    private static let retiredMaximum = 3

    /// Prepares the name server of an engine; nothing runs yet.
    ///
    /// - Parameters:
    ///   - layout: Where its files are.
    ///   - network: The services' network, which it has the tenth address of.
    ///   - domain: The cluster's domain.
    ///   - journal: Where it is told that a process died.
    ///   - program: The dnsmasq program.
    public init(
        layout: NodeLayout,
        network: ServiceNetwork,
        domain: String,
        journal: Journal,
        program: String = "dnsmasq"
    ) {
        self.layout = layout
        self.network = network
        self.domain = domain
        self.journal = journal
        self.program = program
    }

    /// Whether there is a program to run.
    public static var isInstalled: Bool { (try? Processes.find("dnsmasq")) != nil }

    /// The port at which a process answers.
    public var port: Int? { current?.port }

    /// Makes these the records that are known; a process is started if none runs or it must be told
    /// otherwise than by SIGHUP.
    ///
    /// - Throws: `unavailable` if no process comes up; the one that runs goes on.
    public func update(_ records: NameRecords) async throws(Failure) {
        guard !isStopped else { return }
        let files = NameServerFiles(
            records,
            network: network,
            pods: layout.chosenSubnet,
            domain: domain
        )
        if let current, current.child.status == nil,
            current.files.configuration == files.configuration
        {
            guard current.files.hosts != files.hosts else { return }
            let next = Process(
                current.child,
                port: current.port,
                files: files,
                directory: current.directory
            )
            try write(files.hosts, current.directory + "/hosts")
            self.current = next
            current.child.signal(Signals.number(of: "HUP") ?? 1)
            return
        }
        try await replace(files)
    }

    /// Ends all processes, those of earlier engines as well.
    public func stop() async {
        isStopped = true
        revival = nil
        let all = retired + [current].compactMap { $0 }
        current = nil
        retired = []
        for process in all { process.child.signal(Signals.terminate) }
        for process in all
        where (try? await process.child.exitStatus(deadline: Loop.main.now + .seconds(2))) == nil {
            process.child.signal(Signals.number(of: "KILL") ?? 9)
        }
        let strangers = endStrangers(besides: [])
        let deadline = Loop.main.now + .seconds(2)
        while strangers.contains(where: isOurs), Loop.main.now < deadline {
            guard (try? await Loop.main.sleep(for: .milliseconds(2))) != nil else { break }
        }
        try? Files.removeTree(layout.nameServerDirectory)
    }

    /// Lets the process live on for the next engine.
    public func leave() {
        isStopped = true
        revival = nil
    }

    // MARK: Processes

    private func replace(_ files: NameServerFiles) async throws(Failure) {
        let next = try await start(files)
        guard !isStopped else { return next.child.signal(Signals.terminate) }
        if let old = current { retire(old) }
        current = next
        failures = 0
        endStrangers(besides: retired + [next])
        Task { @MainLoop [weak self] in
            let status = await next.child.exitStatus()
            self?.ended(next.child.pid, status)
        }
    }

    private func start(_ files: NameServerFiles) async throws(Failure) -> Process {
        var last: Failure?
        for _ in 0..<8 {
            number += 1
            let port = Self.ports.lowerBound + (Int(Host.processID) + number) % Self.ports.count
            let directory = layout.nameServerDirectory + "/\(Host.processID).\(number)"
            do throws(SystemError) {
                try Files.makeDirectories(directory, mode: 0o755)
            } catch {
                throw Failure("cannot prepare the name server of the pods", error)
            }
            try write(files.hosts, directory + "/hosts")
            let text = files.configuration(port: port, hosts: directory + "/hosts", user: user)
            try write(text, directory + "/conf")
            var command = Command(program, ["-C", directory + "/conf", "--pid-file="])
            command.directory = "/"
            command.newSession = true
            command.errors = .capture(limit: 16 << 10)
            command.output = .null
            let child = try ChildProcess.start(command)
            do throws(Failure) {
                try await waitUntilItAnswers(child, port)
                return Process(child, port: port, files: files, directory: directory)
            } catch {
                child.signal(Signals.number(of: "KILL") ?? 9)
                _ = await child.exitStatus()
                try? Files.removeTree(directory)
                last = error
                // Another program may have the port.
                guard error.code == .conflict else { break }
            }
        }
        throw last ?? Failure(.unavailable, "the name server of the pods does not start")
    }

    private func waitUntilItAnswers(_ child: ChildProcess, _ port: Int) async throws(Failure) {
        let deadline = Loop.main.now + Self.patience
        guard let address = SocketAddress(number: network.nameServer, port: UInt16(port)) else {
            throw Failure(.internalError, "\(network.nameServer) is no address")
        }
        while true {
            if child.status != nil {
                let text = String(decoding: child.errors, as: UTF8.self)
                let line = text.split(separator: "\n").last.map(String.init) ?? "it ended"
                throw Failure(
                    text.contains("in use") ? .conflict : .unavailable,
                    "the name server of the pods does not start",
                    cause: line.trimmingSpace(),
                    remedy: "install the package dnsmasq-base"
                )
            }
            if let stream = try? await ByteStream.connect(to: address, timeout: .milliseconds(500))
            {
                stream.close()
                // The port may be another program's, and dnsmasq about to say so.
                if child.status == nil { return }
            }
            guard Loop.main.now < deadline else {
                throw Failure(.timedOut, "the name server of the pods does not answer")
            }
            try await Loop.main.sleep(for: .milliseconds(3))
        }
    }

    private func retire(_ process: Process) {
        retired.append(process)
        process.alarm = Alarm(at: Loop.main.now + Self.farewell) { [weak self] in
            self?.dismiss(process)
        }
        if retired.count > Self.retiredMaximum { dismiss(retired[0]) }
    }

    private func dismiss(_ process: Process) {
        process.alarm = nil
        process.child.signal(Signals.terminate)
        try? Files.removeTree(process.directory)
        retired.removeAll { $0 === process }
    }

    /// A process has ended: unless it was told to, another one takes its place, later each time.
    private func ended(_ pid: Int32, _ status: ExitStatus) {
        guard !isStopped, let current, current.child.pid == pid else { return }
        self.current = nil
        failures += 1
        let delay = Duration.milliseconds(min(30_000, 100 << min(failures, 9)))
        journal.warning("the name server of the pods ended (\(status)); starting it again")
        revival = Alarm(at: Loop.main.now + delay) { [weak self] in self?.onDeath() }
    }

    /// Ends what earlier engines of this root left: processes that were told by a file of ours.
    ///
    /// A directory is made before its process, so without foreign ones there is nothing to look for.
    /// - Returns: The processes that were told to end.
    @discardableResult
    private func endStrangers(besides own: [Process]) -> [Int32] {
        let base = layout.nameServerDirectory
        let ours = Set(own.map(\.directory))
        let foreign = ((try? Files.list(base)) ?? []).map { base + "/" + $0 }
            .filter { !ours.contains($0) }
        guard !foreign.isEmpty else { return [] }
        let pids = Set(own.map(\.child.pid))
        let strangers = ((try? Files.list("/proc")) ?? []).compactMap { Int32($0) }
            .filter { !pids.contains($0) && end($0) }
        for directory in foreign { try? Files.removeTree(directory) }
        return strangers
    }

    /// Ends a process if it is a name server of this root; returns whether it was.
    private func end(_ pid: Int32) -> Bool {
        guard isOurs(pid) else { return false }
        // The descriptor means the process that is looked at, whatever becomes of its number.
        guard let process = try? Processes.watch(pid), isOurs(pid) else { return false }
        let number = process.number
        return (try? Processes.signal(number, Signals.terminate)) != nil
    }

    private func isOurs(_ pid: Int32) -> Bool {
        let words = (try? Files.text("/proc/\(pid)/cmdline", limit: 4096)) ?? ""
        return words.contains("\0" + layout.nameServerDirectory + "/")
    }

    // MARK: Details

    /// Nobody, if nobody may come to its files; it reads them again when it has given up root.
    private var user: String {
        var path = layout.nameServerDirectory
        while path != "/", !path.isEmpty {
            guard let status = try? Files.stat(path), status.mode & 0o001 != 0 else {
                return "root"
            }
            path = Files.parent(of: path)
        }
        return "nobody"
    }

    private func write(_ text: String, _ path: String) throws(Failure) {
        do throws(SystemError) {
            try Files.writeAtomically(path, Array(text.utf8), mode: 0o644, sync: false)
        } catch {
            throw Failure("cannot tell the name server of the pods", error)
        }
    }
}

extension NodeLayout {
    /// Where the files of the name server's processes are.
    var nameServerDirectory: String { runRoot + "/dns" }
}
