internal import Basics
internal import Reactor
internal import System

/// Which hosts a cluster has: endpoints that are addresses, and what DNS says of the others.
///
/// Names are asked for at once and then again and again. As in Envoy, a question that failed keeps the
/// hosts, an answer without addresses drops those of its name. It has no clock and asks nobody itself.
struct DiscoveryMachine {
    /// A host that was found.
    struct Found: Sendable, Hashable {
        /// The endpoint that led to it.
        var endpoint: Int
        /// Where it is.
        var address: SocketAddress
        /// What it is remembered by: a logical host stays the same wherever it moves.
        var key: String
    }

    /// What came of a question.
    enum Event: Sendable {
        /// Addresses.
        case answer(ResolvedNames)
        /// The name does not exist or has no address.
        case empty
        /// Nobody knows.
        case failure
    }

    /// What is to be done.
    enum Action: Sendable, Equatable {
        /// A name is to be looked up; one event must follow.
        case ask(question: Int, name: String, families: [AddressFamily])
        /// The hosts are others now.
        case publish([Found])
    }

    /// What is known of a name.
    private struct Question {
        var name: String
        var v6: [SocketAddress] = []
        var v4: [SocketAddress] = []
        /// The only address of a logical host.
        var first: SocketAddress?
        var isAsking = false
        var hasEnded = false
        var failures: Backoff
        var next: Instant
    }

    /// Counts since the start; Envoy's `update_*`.
    struct Statistics: Sendable, Hashable {
        /// Questions.
        var attempts = 0
        /// Those that were answered.
        var successes = 0
        /// Those whose answer had no address.
        var empty = 0
        /// Those that failed.
        var failures = 0
        /// Answers that changed no host.
        var unchanged = 0
    }

    private let settings: ClusterSettings
    private var questions: [Question] = []
    /// For each endpoint its address, or the question that leads to it.
    private var sources: [Source] = []
    private(set) var hosts: [Found] = []
    private(set) var statistics = Statistics()
    private var isPublished = false
    private var random: RandomSource

    private enum Source {
        case address(SocketAddress)
        case question(Int)
    }

    /// The most hosts of a cluster.
    static let hostsMaximum = 4096
    /// The shortest time between two questions for a name.
    static let pauseMinimum = Duration.seconds(1)

    init(_ settings: ClusterSettings, at now: Instant, seed: UInt64) {
        self.settings = settings
        random = RandomSource(seed: seed)
        for endpoint in settings.endpoints {
            let host = endpoint.address.host
            if let address = Self.address(endpoint.address) {
                sources.append(.address(address))
            } else if let known = questions.firstIndex(where: { $0.name == host }) {
                sources.append(.question(known))
            } else {
                sources.append(.question(questions.count))
                let policy = Backoff.Policy(
                    initial: min(Self.pauseMinimum, settings.refresh),
                    cap: max(settings.refresh, Self.pauseMinimum),
                    resetAfter: .seconds(600)
                )
                questions.append(Question(name: host, failures: Backoff(policy), next: now))
            }
        }
    }

    /// Whether every name has had its first outcome, a failure too, as Envoy starts.
    var isReady: Bool { questions.allSatisfy(\.hasEnded) }

    /// When `tick` is due; `nil` while questions are open or if there are none.
    var nextTick: Instant? { questions.filter { !$0.isAsking }.map(\.next).min() }

    /// Asks what is due; the first call publishes the endpoints that need no question.
    mutating func tick(at now: Instant) -> [Action] {
        var actions: [Action] = []
        if !isPublished {
            isPublished = true
            hosts = find()
            // A cluster of names has nothing to say before the first answer.
            if !hosts.isEmpty || questions.isEmpty { actions.append(.publish(hosts)) }
        }
        for index in questions.indices where !questions[index].isAsking {
            guard questions[index].next <= now else { continue }
            questions[index].isAsking = true
            statistics.attempts += 1
            let name = questions[index].name
            actions.append(.ask(question: index, name: name, families: families))
        }
        return actions
    }

    /// Takes what came of a question; `again` overrides when it is asked the next time.
    mutating func handle(
        _ event: Event,
        question index: Int,
        at now: Instant,
        again: Duration? = nil
    ) -> [Action] {
        guard questions.indices.contains(index) else { return [] }
        questions[index].isAsking = false
        let isFirst = !questions[index].hasEnded
        questions[index].hasEnded = true
        switch event {
        case .answer(let answer):
            statistics.successes += 1
            questions[index].failures.reset()
            take(answer, index)
            questions[index].next = now + (again ?? pause(answer.ttl))
        case .empty:
            statistics.successes += 1
            statistics.empty += 1
            questions[index].failures.reset()
            questions[index].v6 = []
            questions[index].v4 = []
            // The logical host stays where it was, as in Envoy.
            questions[index].next = now + (again ?? pause(nil))
        case .failure:
            statistics.failures += 1
            let pause = questions[index].failures.next(at: now)
            questions[index].next = now + jittered(pause)
        }
        let found = find()
        // An empty cluster is said once, so that nobody waits for it longer.
        if found == hosts && !(isFirst && found.isEmpty) {
            statistics.unchanged += 1
            return []
        }
        hosts = found
        return [.publish(found)]
    }

    /// The families that are asked for.
    var families: [AddressFamily] {
        switch settings.family {
        case .v4: [.v4]
        case .v6: [.v6]
        case .auto, .v4Preferred, .all: [.v6, .v4]
        }
    }

    // MARK: Details

    private mutating func take(_ answer: ResolvedNames, _ index: Int) {
        // What one family's failed question would have said is what it said last.
        if !answer.failed.contains(.v6) {
            questions[index].v6 = answer.addresses.filter(\.isIPv6)
        }
        if !answer.failed.contains(.v4) {
            questions[index].v4 = answer.addresses.filter { !$0.isIPv6 }
        }
        questions[index].first = usable(questions[index]).first ?? questions[index].first
    }

    private func usable(_ question: Question) -> [SocketAddress] {
        switch settings.family {
        case .v4: question.v4
        case .v6: question.v6
        case .auto: question.v6.isEmpty ? question.v4 : question.v6
        case .v4Preferred: question.v4.isEmpty ? question.v6 : question.v4
        case .all: question.v6 + question.v4
        }
    }

    private func find() -> [Found] {
        var found: [Found] = []
        var seen: Set<String> = []
        for (index, source) in sources.enumerated() {
            let port = settings.endpoints[index].address.port
            // The addresses of a service's servers have their ports.
            let isService = settings.endpoints[index].isService
            switch source {
            case .address(let address):
                // Endpoints of one address are as many hosts as were written down.
                let text = address.description
                let key = seen.insert(text).inserted ? text : "\(text)#\(index)"
                found.append(Found(endpoint: index, address: address, key: key))
            case .question(let number):
                let question = questions[number]
                if settings.discovery == .logicalDNS {
                    guard let address = question.first else { continue }
                    let key = "\(settings.endpoints[index].address.description)#\(index)"
                    let place = isService ? address : address.with(port: port)
                    found.append(Found(endpoint: index, address: place, key: key))
                    continue
                }
                // The order of an answer changes with every question; that of hosts should not.
                let places = usable(question).map { isService ? $0 : $0.with(port: port) }
                for place in places.sorted(by: { $0.description < $1.description })
                where seen.insert(place.description).inserted && found.count < Self.hostsMaximum {
                    found.append(Found(endpoint: index, address: place, key: place.description))
                }
            }
        }
        return found
    }

    private mutating func pause(_ ttl: Duration?) -> Duration {
        var pause = settings.refresh
        if settings.respectsTTL, let ttl, ttl > .zero { pause = ttl }
        return jittered(max(pause, min(Self.pauseMinimum, settings.refresh)))
    }

    /// Up to a tenth less, so that many programs do not ask together and none asks late.
    private mutating func jittered(_ pause: Duration) -> Duration {
        let spread = Int(pause.nanoseconds / 10)
        return spread > 0 ? pause - .nanoseconds(Int64(random.below(spread))) : pause
    }

    private static func address(_ place: HostPort) -> SocketAddress? {
        place.isPath ? try? .unix(place.host) : SocketAddress(number: place.host, port: place.port)
    }
}
