public import Basics
import System

/// Finds the addresses of names without blocking: numbers, the file of hosts, then name servers.
///
/// Names are searched for as `resolv.conf` says (`search`, `ndots`), answers that were cut are asked
/// for again over TCP. Nothing is kept: whoever asks again gets a new answer.
@MainLoop public final class NameResolver {
    /// Counts since the start.
    public struct Statistics: Sendable, Hashable {
        /// Questions of callers.
        public var asked = 0
        /// Those that ended with addresses.
        public var found = 0
        /// Those that ended without a usable name.
        public var unknown = 0
        /// Those that ended because nobody answered in time.
        public var timedOut = 0
        /// Those that failed otherwise.
        public var failed = 0
        /// Those that were turned away because too many waited.
        public var refused = 0
    }

    /// The resolver of the program's own connections.
    public static let main = NameResolver()

    /// Questions of callers that are open at a time; others wait.
    public static let openMaximum = 64
    /// Questions of callers that wait for others; more are refused.
    public static let waitingMaximum = 4096

    /// Counts since the start.
    public private(set) var statistics = Statistics()
    /// Questions that are open.
    public private(set) var open = 0
    private var waiting: [WaitID] = []
    private let hostsPath: String
    private let configuration: String
    private let openMost: Int
    /// How long a server may take for an answer before it is asked again; doubles each time.
    private let patience: Duration
    private var hosts: (status: FileStatus, file: HostsFile)?
    private var channels: [[String]: Channel] = [:]
    /// Server lists that are known at a time.
    private static let channelsMaximum = 256

    /// A channel and what the loop does for it.
    @MainLoop private final class Channel {
        let dns: DNSChannel
        var configuration: FileStatus?
        var watches: [Int32: (reading: WaitID?, writing: WaitID?)] = [:]
        var alarm: Alarm?
        var waits: [Int: WaitID] = [:]
        var outcomes: [Int: DNSChannel.Outcome] = [:]
        var last = 0

        init(_ dns: DNSChannel) {
            self.dns = dns
        }

        isolated deinit {
            for descriptor in watches.keys { Loop.main.waits.abandon(descriptor) }
        }
    }

    /// Makes a resolver of the machine's names.
    public convenience init() {
        self.init(hostsPath: "/etc/hosts", configuration: "/etc/resolv.conf")
    }

    init(
        hostsPath: String,
        configuration: String,
        openMost: Int = NameResolver.openMaximum,
        patience: Duration = .seconds(1)
    ) {
        self.hostsPath = hostsPath
        self.configuration = configuration
        self.openMost = openMost
        self.patience = patience
    }

    /// Finds the addresses of a name.
    ///
    /// - Parameters:
    ///   - name: A number, a name, or one relative to the search list; a full stop at the end makes it
    ///     absolute.
    ///   - families: Which addresses are asked for.
    ///   - servers: Servers to ask, as `10.0.0.10:53`; those of `/etc/resolv.conf` if empty.
    ///   - timeout: How long it may take.
    /// - Returns: At least one address.
    /// - Throws: `notFound` if the name does not exist or has no address; `timedOut` if nobody answered;
    ///   `unavailable` if servers refuse, fail or cannot be reached; `exhausted` if too many names are
    ///   looked up; `invalid` for what is no name; `cancelled`.
    public func addresses(
        of name: String,
        families: [AddressFamily] = AddressFamily.allCases,
        servers: [String] = [],
        timeout: Duration = .seconds(5)
    ) async throws(Failure) -> ResolvedNames {
        try await counted { () async throws(Failure) in
            try await find(name, families, servers, Loop.main.now + timeout)
        }
    }

    /// Finds the servers of a service, such as `_http._tcp.example.com`; it is asked for as it stands.
    ///
    /// - Throws: As `addresses`; `notFound` if there is no such service.
    /// - Returns: At least one server.
    public func services(
        of name: String,
        servers: [String] = [],
        timeout: Duration = .seconds(5)
    ) async throws(Failure) -> [ResolvedService] {
        try await counted { () async throws(Failure) in
            try await findServices(name, servers, Loop.main.now + timeout)
        }
    }

    private func counted<Value>(
        _ find: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        statistics.asked += 1
        do throws(Failure) {
            let found = try await find()
            statistics.found += 1
            return found
        } catch {
            switch error.code {
            case .notFound: statistics.unknown += 1
            case .timedOut: statistics.timedOut += 1
            case .exhausted: statistics.refused += 1
            default: statistics.failed += 1
            }
            throw error
        }
    }

    private func find(
        _ name: String,
        _ families: [AddressFamily],
        _ servers: [String],
        _ deadline: Instant
    ) async throws(Failure) -> ResolvedNames {
        let what = "cannot look up \(name)"
        if let known = local(name) {
            let fitting = known.filter { families.contains($0.isIPv6 ? .v6 : .v4) }
            if fitting.isEmpty { throw Failure(.notFound, what, cause: Self.noAddress) }
            return ResolvedNames(addresses: fitting)
        }
        try Self.check(name, what)
        try await enter(what, deadline)
        defer { leave() }
        let channel = try channel(to: servers)
        let asked = AddressFamily.allCases.filter(families.contains)
        let numbers = asked.map { family in
            channel.last += 1
            channel.dns.ask(name, family, number: channel.last)
            return channel.last
        }
        settle(channel)
        defer { for number in numbers { channel.outcomes[number] = nil } }
        var outcomes: [DNSChannel.Outcome] = []
        for number in numbers {
            outcomes.append(try await outcome(number, channel, what, deadline))
        }
        return try Self.answer(asked, outcomes, what)
    }

    private func findServices(
        _ name: String,
        _ servers: [String],
        _ deadline: Instant
    ) async throws(Failure) -> [ResolvedService] {
        let what = "cannot look up \(name)"
        try Self.check(name, what)
        try await enter(what, deadline)
        defer { leave() }
        let channel = try channel(to: servers)
        channel.last += 1
        let number = channel.last
        channel.dns.askServices(name, number: number)
        settle(channel)
        defer { channel.outcomes[number] = nil }
        switch try await outcome(number, channel, what, deadline) {
        case .services(let found): return found
        case .failed(let cause, let isTimeout): throw Self.failure(what, cause, isTimeout)
        case .empty, .unknown, .found:
            throw Failure(.notFound, what, cause: "there is no such service")
        }
    }

    private static func check(_ name: String, _ what: String) throws(Failure) {
        let bytes = name.utf8
        guard (1...254).contains(bytes.count), bytes.allSatisfy({ $0 > 32 && $0 < 127 }) else {
            throw Failure(.invalid, what, cause: "it is no name")
        }
    }

    private static func failure(_ what: String, _ cause: String, _ isTimeout: Bool) -> Failure {
        Failure(
            isTimeout ? .timedOut : .unavailable,
            what,
            cause: cause,
            remedy: "check the name servers"
        )
    }

    /// What is known without servers.
    private func local(_ name: String) -> [SocketAddress]? {
        if let number = SocketAddress(number: name, port: 0) { return [number] }
        let plain = name.utf8.last == UInt8(ascii: ".") ? String(name.dropLast()) : name
        if plain == "localhost" || plain.hasSuffix(".localhost") {
            return ["::1", "127.0.0.1"].compactMap { SocketAddress(number: $0, port: 0) }
        }
        return hostsFile()?.addresses(of: plain)
    }

    private func hostsFile() -> HostsFile? {
        guard let status = try? Files.stat(hostsPath) else { return nil }
        if let hosts, hosts.status == status { return hosts.file }
        guard let text = try? Files.read(hostsPath, limit: 1 << 20) else { return nil }
        let file = HostsFile(text)
        hosts = (status, file)
        return file
    }

    private static func answer(
        _ families: [AddressFamily],
        _ outcomes: [DNSChannel.Outcome],
        _ what: String
    ) throws(Failure) -> ResolvedNames {
        var answer = ResolvedNames(addresses: [])
        var failure: Failure?
        var isKnown = false
        for (family, outcome) in zip(families, outcomes) {
            switch outcome {
            case .found(let found):
                for (address, seconds) in found where !answer.addresses.contains(address) {
                    answer.addresses.append(address.with(port: 0))
                    let ttl = Duration.seconds(max(0, seconds))
                    answer.ttl = min(answer.ttl ?? ttl, ttl)
                }
            case .empty: isKnown = true
            case .unknown, .services: break
            case .failed(let cause, let isTimeout):
                answer.failed.append(family)
                failure = Self.failure(what, cause, isTimeout)
            }
        }
        if !answer.addresses.isEmpty { return answer }
        // An empty answer of one family says nothing while the other one's is missing.
        if let failure { throw failure }
        throw Failure(.notFound, what, cause: isKnown ? noAddress : "there is no such name")
    }

    private static let noAddress = "it has no address of the wanted family"

    // MARK: Limits

    private func enter(_ what: String, _ deadline: Instant) async throws(Failure) {
        if open < openMost {
            open += 1
            return
        }
        guard waiting.count < Self.waitingMaximum else {
            throw Failure(.exhausted, what, cause: "\(waiting.count) other names wait")
        }
        var own: WaitID?
        let outcome = await Loop.main.wait(deadline: deadline) { wait in
            own = wait
            waiting.append(wait)
        }
        // Whoever left has kept its place for this one.
        if case .ready = outcome { return }
        waiting.removeAll { $0 == own }
        throw Self.ended(outcome, what)
    }

    private func leave() {
        guard let next = waiting.first else {
            open -= 1
            return
        }
        waiting.removeFirst()
        Loop.main.waits.finish(next, .ready)
    }

    private static func ended(_ outcome: WaitOutcome, _ what: String) -> Failure {
        if case .timedOut = outcome {
            return Failure(
                .timedOut,
                what,
                cause: "no name server answered",
                remedy: "check the name servers"
            )
        }
        return Failure(.cancelled, what, cause: "it was cancelled")
    }

    // MARK: Channels

    private func channel(to servers: [String]) throws(Failure) -> Channel {
        let status = servers.isEmpty ? try? Files.stat(configuration) : nil
        if let known = channels[servers], known.configuration == status { return known }
        if channels.count >= Self.channelsMaximum {
            for (key, channel) in channels where channel.dns.open == 0 { channels[key] = nil }
        }
        let made = Channel(
            try DNSChannel(servers: servers, configuration: configuration, patience: patience)
        )
        made.configuration = status
        // Questions that are open at the old one hold it until they end.
        channels[servers] = made
        return made
    }

    private func outcome(
        _ number: Int,
        _ channel: Channel,
        _ what: String,
        _ deadline: Instant
    ) async throws(Failure) -> DNSChannel.Outcome {
        if let known = channel.outcomes[number] { return known }
        let end = await Loop.main.wait(deadline: deadline) { channel.waits[number] = $0 }
        channel.waits[number] = nil
        if let known = channel.outcomes[number] { return known }
        throw Self.ended(end, what)
    }

    /// Does what the channel wants after a call.
    private func settle(_ channel: Channel) {
        for interest in channel.dns.takeInterests() { watch(channel, interest) }
        for (number, outcome) in channel.dns.takeAnswers() {
            // Nobody waits for what came too late.
            channel.outcomes[number] = outcome
            if let wait = channel.waits[number] { Loop.main.waits.finish(wait, .ready) }
        }
        channel.alarm = channel.dns.wait.map { wait in
            Alarm(at: Loop.main.now + wait) { [weak self, weak channel] in
                guard let self, let channel else { return }
                channel.dns.handleTime()
                self.settle(channel)
            }
        }
    }

    private func watch(_ channel: Channel, _ interest: DNSChannel.Interest) {
        let descriptor = interest.descriptor
        if !interest.reading && !interest.writing {
            channel.watches[descriptor] = nil
            Loop.main.waits.abandon(descriptor)
            return
        }
        var watch = channel.watches[descriptor] ?? (nil, nil)
        if interest.reading, watch.reading == nil {
            watch.reading = begin(channel, descriptor, .reading)
        }
        if interest.writing, watch.writing == nil {
            watch.writing = begin(channel, descriptor, .writing)
        }
        if !interest.writing, let writing = watch.writing {
            watch.writing = nil
            Loop.main.waits.finish(writing, .cancelled)
        }
        channel.watches[descriptor] = watch
    }

    private func begin(_ channel: Channel, _ descriptor: Int32, _ direction: Direction) -> WaitID? {
        // A socket that cannot be watched ends by the channel's own time.
        try? Loop.main.call(when: descriptor, direction) { [weak self, weak channel] outcome in
            guard case .ready = outcome, let self, let channel,
                channel.watches[descriptor] != nil
            else { return }
            if direction == .reading {
                channel.watches[descriptor]?.reading = nil
            } else {
                channel.watches[descriptor]?.writing = nil
            }
            channel.dns.handle(
                descriptor,
                reading: direction == .reading,
                writing: direction == .writing
            )
            self.settle(channel)
            self.resume(channel, descriptor, direction)
        }
    }

    /// Watches again what the channel has said no word about, for it still wants it.
    private func resume(_ channel: Channel, _ descriptor: Int32, _ direction: Direction) {
        guard let watch = channel.watches[descriptor] else { return }
        if direction == .reading, watch.reading == nil {
            channel.watches[descriptor]?.reading = begin(channel, descriptor, .reading)
        }
    }
}
