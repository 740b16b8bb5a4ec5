internal import Basics
internal import Formats
internal import HTTP
internal import Reactor

/// A program's streams over SPDY/3.1, as kubectl spoke it until 1.29 and falls back to.
///
/// The client opens a stream for the status (`error`) and one for each of the program's streams that it
/// asked for; all must be there before the program starts. The end of `stdin` is the end of the input.
@MainLoop final class CommandStreams: CommandLink {
    /// What a stream is for, in its header `streamtype`.
    private enum Kind: String {
        case error
        case stdin
        case stdout
        case stderr
        case resize
    }

    private let link: any ByteLink
    private let version: String
    private let encoder = SPDYEncoder()
    private var wanted: Set<Kind> = []
    private var streams: [Kind: UInt32] = [:]
    private var kinds: [UInt32: Kind] = [:]
    /// The window's size, as far as it has come.
    private var size: [UInt8] = []
    private let events = AsyncQueue<CommandInput>(capacity: 16)
    private let opened = AsyncQueue<Bool>(capacity: 1)
    private var reader: Task<Void, Never>?

    /// How long a client may take to open its streams.
    private static let patience = Duration.seconds(30)
    /// How long a client may take to close when all is said.
    private static let farewell = Duration.seconds(30)
    private static let sizeLimit = 1024

    /// The versions of the protocol, as clients name them in `X-Stream-Protocol-Version`.
    ///
    /// Kubernetes' servers choose v4 even where v5 is offered: over SPDY they are the same.
    static let versions = [
        "v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io",
        "v5.channel.k8s.io",
    ]

    /// The version to speak with a client that offers these; one that offers none speaks the first.
    ///
    /// - Returns: `nil` if there is none in common.
    static func choose(_ offered: [String]) -> String? {
        guard !offered.isEmpty else { return "channel.k8s.io" }
        return offered.first { versions.dropLast().contains($0) }
            ?? offered.first(where: versions.contains)
    }

    init(_ link: any ByteLink, version: String) {
        self.link = link
        self.version = version
    }

    // MARK: Link

    func open(_ request: ExecRequest) async -> Bool {
        wanted = [.error]
        if request.stdin { wanted.insert(.stdin) }
        if request.stdout { wanted.insert(.stdout) }
        if request.stderr { wanted.insert(.stderr) }
        if request.tty, tellsSize { wanted.insert(.resize) }
        reader = Task { @MainLoop in await read() }
        let alarm = Task { @MainLoop in
            try await Loop.main.sleep(for: Self.patience)
            opened.finish()
        }
        let isOpen = await opened.next() ?? false
        alarm.cancel()
        if !isOpen { await hangUp() }
        return isOpen
    }

    func next() async -> CommandInput? { await events.next() }

    func send(_ output: ExecOutput) async throws(Failure) {
        let (kind, bytes): (Kind, [UInt8]) =
            switch output {
            case .stdout(let bytes): (.stdout, bytes)
            case .stderr(let bytes): (.stderr, bytes)
            }
        // A stream that the client has reset is one that it does not read.
        guard let stream = streams[kind] else { return }
        try await link.write(encoder.bytes(.data(stream: stream, bytes: bytes, isLast: false)))
    }

    func knock() async throws(Failure) {
        // The server's numbers are even.
        try await link.write(encoder.bytes(.ping(2)))
    }

    func finish(_ result: ExecResult) async {
        // What the client still sends is read over.
        events.finish()
        for kind in [Kind.stdout, .stderr] {
            if let stream = streams[kind] { await end(stream, []) }
        }
        if let stream = streams[.error] {
            let words = Array(result.words.utf8)
            await end(stream, tellsStatus ? result.status.bytes() : words)
        }
        let alarm = Task { @MainLoop in
            try await Loop.main.sleep(for: Self.farewell)
            await link.close()
        }
        await reader?.value
        alarm.cancel()
        await link.close()
    }

    private func end(_ stream: UInt32, _ bytes: [UInt8]) async {
        try? await link.write(encoder.bytes(.data(stream: stream, bytes: bytes, isLast: true)))
    }

    private func hangUp() async {
        events.finish()
        await link.close()
        await reader?.value
    }

    /// Since v3 there is a stream for the size of the window, since v4 the status is JSON.
    private var tellsSize: Bool { !["v2.channel.k8s.io", "channel.k8s.io"].contains(version) }
    private var tellsStatus: Bool { tellsSize && version != "v3.channel.k8s.io" }

    // MARK: Frames

    private func read() async {
        var decoder = SPDYDecoder()
        reading: while let bytes = try? await link.read(), !bytes.isEmpty {
            decoder.append(bytes)
            do throws(SPDYViolation) {
                while let frame = try decoder.next() {
                    guard await take(frame) else { break reading }
                }
            } catch {
                break
            }
        }
        opened.finish()
        events.finish()
    }

    /// Takes a frame; false if it is the client's last.
    private func take(_ frame: SPDYFrame) async -> Bool {
        switch frame {
        case .open(let stream, let headers, let isLast): await open(stream, headers, isLast)
        case .data(let stream, let bytes, let isLast):
            switch kinds[stream] {
            case .stdin: await takeInput(bytes, isLast)
            case .resize: await takeSize(bytes)
            case .error, .stdout, .stderr, nil: break
            }
        case .reset(let stream, _):
            guard let kind = kinds.removeValue(forKey: stream) else { break }
            streams[kind] = nil
            if kind == .stdin { await events.sendWhenRoom(.endOfInput) }
        case .ping(let number) where number % 2 == 1:
            try? await link.write(encoder.bytes(.ping(number)))
        case .goAway: return false
        case .ping, .reply, .headers: break
        }
        return true
    }

    private func open(_ stream: UInt32, _ headers: [SPDYHeader], _ isLast: Bool) async {
        let name = headers.first { $0.name == "streamtype" }?.value
        guard let kind = name.flatMap(Kind.init), wanted.contains(kind), stream % 2 == 1,
            streams[kind] == nil, kinds[stream] == nil
        else {
            // A refusal: nothing was asked for that it could carry.
            try? await link.write(encoder.bytes(.reset(stream: stream, status: 3)))
            return
        }
        streams[kind] = stream
        kinds[stream] = kind
        wanted.remove(kind)
        let reply = SPDYFrame.reply(stream: stream, headers: [], isLast: false)
        try? await link.write(encoder.bytes(reply))
        if kind == .stdin, isLast { await takeInput([], true) }
        if wanted.isEmpty { opened.send(true) }
    }

    private func takeInput(_ bytes: [UInt8], _ isLast: Bool) async {
        if !bytes.isEmpty { await events.sendWhenRoom(.input(bytes)) }
        if isLast { await events.sendWhenRoom(.endOfInput) }
    }

    /// Sizes are JSON objects without others in them, one after the other.
    private func takeSize(_ bytes: [UInt8]) async {
        for byte in bytes {
            size.append(byte)
            guard byte == UInt8(ascii: "}") || size.count > Self.sizeLimit else { continue }
            let event = CommandInput.resize(parsing: size)
            size = []
            if let event { await events.sendWhenRoom(event) }
        }
    }
}
