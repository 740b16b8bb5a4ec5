import Basics
import CCARES
import Glibc
import System

/// A set of name servers that questions go to: a channel of c-ares, as events in and answers out.
///
/// It never waits. After each call its owner takes what it wants to be told of, and the answers.
/// Used by the loop's thread only.
@safe final class DNSChannel {
    /// What came of a question.
    enum Outcome: Sendable {
        /// Addresses, with the seconds that each of them holds.
        case found([(address: SocketAddress, seconds: Int)])
        /// The servers of a service.
        case services([ResolvedService])
        /// The name exists, with no address of that family, or no service.
        case empty
        /// There is no such name.
        case unknown
        /// Anything else, and what.
        case failed(String, isTimeout: Bool)
    }

    /// A change of what a socket is watched for; neither means that it is closed by now.
    struct Interest {
        var descriptor: Int32
        var reading: Bool
        var writing: Bool
    }

    /// One question on its way; c-ares holds it until it has answered.
    private final class Question {
        let number: Int
        unowned let channel: DNSChannel

        init(_ number: Int, _ channel: DNSChannel) {
            self.number = number
            self.channel = channel
        }
    }

    private var channel: OpaquePointer?
    private var interests: [Interest] = []
    private var answers: [(question: Int, outcome: Outcome)] = []
    /// Questions that c-ares has not answered.
    private(set) var open = 0
    private static let tries: Int32 = 3

    /// Makes a channel to servers, such as `10.0.0.10:53` and `[fd00::10]:53`; those of the machine if
    /// there are none.
    ///
    /// - Throws: `invalid` for what is no server; `unavailable` if c-ares cannot start.
    init(
        servers: [String],
        configuration: String? = nil,
        patience: Duration
    ) throws(Failure) {
        guard Self.library == ARES_SUCCESS else {
            throw Failure(.unavailable, "cannot set up name resolution", cause: "c-ares")
        }
        var options = unsafe ares_options()
        unsafe options.timeout = Int32(clamping: patience.milliseconds)
        unsafe options.tries = Self.tries
        unsafe options.sock_state_cb = { data, descriptor, reading, writing in
            guard let data = unsafe data else { return }
            unsafe Unmanaged<DNSChannel>.fromOpaque(data).takeUnretainedValue().interests.append(
                Interest(descriptor: descriptor, reading: reading != 0, writing: writing != 0)
            )
        }
        unsafe options.sock_state_cb_data = Unmanaged.passUnretained(self).toOpaque()
        // Only servers: the file of hosts is read by `NameResolver`.
        var lookups = Array("b".utf8CString)
        var mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB | ARES_OPT_LOOKUPS
        var path = Array((configuration ?? "").utf8CString)
        if configuration != nil { mask |= ARES_OPT_RESOLVCONF }
        let status = unsafe lookups.withUnsafeMutableBufferPointer { lookups in
            unsafe path.withUnsafeMutableBufferPointer { path in
                unsafe options.lookups = lookups.baseAddress
                unsafe options.resolvconf_path = path.baseAddress
                return unsafe ares_init_options(&channel, &options, mask)
            }
        }
        try Self.check(status, "cannot set up name resolution")
        guard !servers.isEmpty else { return }
        let list = servers.joined(separator: ",")
        try Self.check(
            unsafe ares_set_servers_ports_csv(channel, list),
            "cannot ask the name servers \(list)"
        )
    }

    deinit {
        // Every open question is called back here, and only takes itself back.
        if unsafe channel != nil { unsafe ares_destroy(channel) }
    }

    /// Asks; the answer is in `takeAnswers` now or later.
    func ask(_ name: String, _ family: AddressFamily, number: Int) {
        var hints = ares_addrinfo_hints()
        hints.ai_family = family == .v6 ? AF_INET6 : AF_INET
        hints.ai_flags = ARES_AI_NOSORT
        open += 1
        let question = unsafe Unmanaged.passRetained(Question(number, self)).toOpaque()
        unsafe ares_getaddrinfo(
            channel,
            name,
            nil,
            &hints,
            { user, status, _, result in
                guard let user = unsafe user else { return }
                let question = unsafe Unmanaged<Question>.fromOpaque(user).takeRetainedValue()
                let outcome = unsafe DNSChannel.outcome(status, result)
                if let result = unsafe result { unsafe ares_freeaddrinfo(result) }
                // Its channel is going away.
                if status == ARES_EDESTRUCTION { return }
                question.channel.answers.append((question.number, outcome))
                question.channel.open -= 1
            },
            question
        )
    }

    /// Asks for the servers of a service.
    func askServices(_ name: String, number: Int) {
        open += 1
        let question = unsafe Unmanaged.passRetained(Question(number, self)).toOpaque()
        unsafe ares_query(
            channel,
            name,
            Self.internet,
            Self.service,
            { user, status, _, answer, count in
                guard let user = unsafe user else { return }
                let question = unsafe Unmanaged<Question>.fromOpaque(user).takeRetainedValue()
                // Its channel is going away.
                if status == ARES_EDESTRUCTION { return }
                let outcome = unsafe DNSChannel.services(status, answer, count)
                question.channel.answers.append((question.number, outcome))
                question.channel.open -= 1
            },
            question
        )
    }

    /// The class of names of the internet, and the type of records of services.
    private static let internet: Int32 = 1
    private static let service: Int32 = 33

    private static func services(
        _ status: Int32,
        _ answer: UnsafeMutablePointer<UInt8>?,
        _ count: Int32
    ) -> Outcome {
        if let ending = ending(status) { return ending }
        var first: UnsafeMutablePointer<ares_srv_reply>?
        let parsed = unsafe ares_parse_srv_reply(answer, count, &first)
        if let ending = ending(parsed) { return ending }
        defer { unsafe ares_free_data(first) }
        var found: [ResolvedService] = []
        var next = unsafe first
        while let record = unsafe next, found.count < addressesMaximum {
            let host = unsafe record.pointee.host.map { unsafe String(cString: $0) } ?? ""
            unsafe found.append(
                ResolvedService(
                    host: host == "." ? "" : host,
                    port: record.pointee.port,
                    priority: Int(record.pointee.priority),
                    weight: Int(record.pointee.weight)
                )
            )
            unsafe next = record.pointee.next
        }
        return found.isEmpty ? .empty : .services(found)
    }

    /// Reads and writes what is ready.
    func handle(_ descriptor: Int32, reading: Bool, writing: Bool) {
        unsafe ares_process_fd(channel, reading ? descriptor : -1, writing ? descriptor : -1)
    }

    /// Asks again what was not answered in time.
    func handleTime() {
        unsafe ares_process_fd(channel, -1, -1)
    }

    /// How long until `handleTime` is due; `nil` if nothing is asked.
    var wait: Duration? {
        var time = timeval()
        guard unsafe ares_timeout(channel, nil, &time) != nil else { return nil }
        return .seconds(time.tv_sec) + .microseconds(time.tv_usec)
    }

    /// What sockets are to be watched for from now on, in order.
    func takeInterests() -> [Interest] {
        defer { interests = [] }
        return interests
    }

    /// The answers that have come.
    func takeAnswers() -> [(question: Int, outcome: Outcome)] {
        defer { answers = [] }
        return answers
    }

    /// What a status says; `nil` is success.
    private static func ending(_ status: Int32) -> Outcome? {
        switch status {
        case ARES_SUCCESS: nil
        case ARES_ENODATA: .empty
        case ARES_ENOTFOUND: .unknown
        case ARES_ETIMEOUT: .failed("no name server answered", isTimeout: true)
        case ARES_ECONNREFUSED:
            .failed("the name servers cannot be reached or refuse", isTimeout: false)
        default: .failed(text(status), isTimeout: false)
        }
    }

    private static func outcome(
        _ status: Int32,
        _ result: UnsafeMutablePointer<ares_addrinfo>?
    ) -> Outcome {
        if let ending = ending(status) { return ending }
        var found: [(SocketAddress, Int)] = []
        var next = unsafe result?.pointee.nodes
        while let node = unsafe next {
            if let raw = unsafe node.pointee.ai_addr,
                let address = unsafe SocketAddress(
                    copying: UnsafeRawPointer(raw),
                    count: Int(node.pointee.ai_addrlen)
                ), found.count < addressesMaximum
            {
                unsafe found.append((address, Int(node.pointee.ai_ttl)))
            }
            unsafe next = node.pointee.ai_next
        }
        return found.isEmpty ? .empty : .found(found)
    }

    /// What one answer may bring.
    private static let addressesMaximum = 1024

    private static func check(_ status: Int32, _ what: String) throws(Failure) {
        if status == ARES_SUCCESS { return }
        let isInvalid = status == ARES_EBADSTR
        throw Failure(isInvalid ? .invalid : .unavailable, what, cause: text(status))
    }

    private static func text(_ status: Int32) -> String {
        guard let text = unsafe ares_strerror(status) else { return "error \(status)" }
        return unsafe String(cString: text).lowercased()
    }

    /// Once for the program.
    private static let library = ares_library_init(ARES_LIB_INIT_NONE)
}
