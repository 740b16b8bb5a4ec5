import Basics
import HTTP
import Reactor
import Records
import Security
import System

/// Fluent Forward, from Fluent Bit, Fluentd and docker's log driver.
///
/// A message that asks for an answer gets it when each of its records came to its end, so that a sender
/// keeps it until then.
@MainLoop final class ForwardSource: Source {
    let id: String
    private let tagText: String
    private let settings: ForwardSourceSettings
    private let hostName: String
    private let journal: Journal
    private let tasks = SourceTasks()
    private var listener: StreamListener?
    private var open = 0
    /// The port, once it listens.
    private(set) var port: UInt16 = 0

    private static let idle = Duration.seconds(24 * 3600)
    private static let handshake = Duration.seconds(10)

    init(
        id: String,
        tag: String,
        settings: ForwardSourceSettings,
        hostName: String,
        journal: Journal
    ) {
        self.id = id
        tagText = tag
        self.settings = settings
        self.hostName = settings.selfHostname ?? hostName
        self.journal = journal
    }

    func run(into intake: any Intake) async throws(Failure) {
        var cause: Failure?
        do throws(Failure) {
            try await listen(intake)
        } catch {
            cause = error
        }
        listener?.close()
        if !tasks.isFinishing { tasks.reset() }
        await tasks.wait()
        if let cause, !tasks.isFinishing { throw cause }
    }

    func finish(by deadline: Instant) {
        tasks.finish(by: deadline)
        listener?.close()
    }

    func close() async {
        listener?.close()
    }

    private func listen(_ intake: any Intake) async throws(Failure) {
        let identity = try settings.tls?.identity(at: intake.clock.wall)
        let listener =
            if let path = settings.unixPath {
                try StreamListener.listen(unix: path, mode: settings.unixPermissions)
            } else {
                try StreamListener.listen(
                    host: SocketSource.address(settings.host),
                    port: settings.port
                )
            }
        self.listener = listener
        port = listener.port
        while true {
            let stream = try await listener.accept()
            guard open < max(1, settings.connectionMaximum) else {
                stream.close()
                continue
            }
            open += 1
            tasks.add {
                await self.serve(stream, identity, intake)
                stream.close()
                self.open -= 1
            }
        }
    }

    private func serve(
        _ stream: ByteStream,
        _ identity: TLSIdentity?,
        _ intake: any Intake
    ) async {
        try? Sockets.keepAlive(
            stream.descriptor,
            probes: 5,
            idleSeconds: 60,
            intervalSeconds: 15
        )
        let answers = ForwardAnswers()
        let sender = Sender(
            try? Sockets.peerAddress(stream.descriptor),
            isDatagram: false,
            path: settings.unixPath
        )
        do throws(Failure) {
            let limit = Loop.main.now + Self.handshake
            let channel =
                if let identity {
                    try await Channels.server(over: stream, identity: identity, deadline: limit)
                } else {
                    Channels.plain(stream)
                }
            var input = ForwardStream(limit: settings.messageLimit)
            try await greet(channel, &input, limit)
            answers.start(channel)
            try await read(channel, &input, answers, sender, intake)
        } catch {
            if error.code != .cancelled {
                journal.debug("a Forward connection ended: \(error)", ["source": id])
            }
        }
        // What was taken is still to be answered; the sender would send it again otherwise.
        await answers.finish(by: tasks.isFinishing ? tasks.deadline : nil)
    }

    private func greet(
        _ channel: any ByteChannel,
        _ input: inout ForwardStream,
        _ deadline: Instant
    ) async throws(Failure) {
        guard let key = settings.sharedKey else { return }
        let handshake = ForwardServerHandshake(
            sharedKey: key,
            host: hostName,
            users: settings.users
        )
        try await channel.write(handshake.hello, deadline: deadline)
        let object = try await next(channel, &input, deadline)
        guard let object else { throw Failure(.unavailable, "the client left before it was known") }
        let (answer, refusal) = handshake.take(object.span)
        try await channel.write(answer, deadline: deadline)
        if let refusal {
            journal.warning("a Forward client was refused: \(refusal)", ["source": id])
            throw Failure(.forbidden, "the client is refused", cause: refusal)
        }
    }

    private func read(
        _ channel: any ByteChannel,
        _ input: inout ForwardStream,
        _ answers: ForwardAnswers,
        _ sender: Sender,
        _ intake: any Intake
    ) async throws(Failure) {
        while true {
            try await intake.room()
            guard let object = try await next(channel, &input, Loop.main.now + Self.idle) else {
                return
            }
            let message: ForwardMessage?
            do throws(ForwardMistake) {
                message = try ForwardMessage.read(object.span, limit: settings.messageLimit)
            } catch {
                journal.warning("a Forward message was refused: \(error.text)", ["source": id])
                throw Failure(.invalid, "a message is malformed", cause: error.text)
            }
            if let message { hand(message, object.count, answers, sender, intake) }
        }
    }

    private func next(
        _ channel: any ByteChannel,
        _ input: inout ForwardStream,
        _ deadline: Instant
    ) async throws(Failure) -> [UInt8]? {
        while true {
            do throws(MessagePackMistake) {
                if let object = try input.next() { return object }
            } catch {
                throw Failure(.invalid, "a message is malformed", cause: error.description)
            }
            let bytes = try await channel.read(upTo: 65_536, deadline: deadline)
            if bytes.isEmpty { return nil }
            input.append(bytes)
        }
    }

    private func hand(
        _ message: ForwardMessage,
        _ bytes: Int,
        _ answers: ForwardAnswers,
        _ sender: Sender,
        _ intake: any Intake
    ) {
        guard !message.entries.isEmpty else {
            if let chunk = message.chunk { answers.send(chunk) }
            return
        }
        let now = intake.clock.wall
        let own = message.tag.isEmpty ? tagText : message.tag
        let text = settings.tagPrefix.map { "\($0).\(own)" } ?? own
        let tag = intake.tag(text)
        let receipt = Receipt(answers.lot(for: message.chunk, count: message.entries.count))
        let events = message.entries.map { entry in
            var fields = entry.fields
            add(entry.time ?? now, text, sender, to: &fields)
            return Event(.fields(fields), time: entry.time ?? now, tag: tag, receipt: receipt)
        }
        intake.take(events, bytes: bytes)
    }

    /// Adds the fields that the settings name.
    private func add(_ time: Timestamp, _ tag: String, _ sender: Sender, to fields: inout Fields) {
        if let key = settings.timeKey { fields.update(key, .timestamp(time)) }
        if let key = settings.tagKey { fields.update(key, .text(tag)) }
        if let key = settings.hostKey { fields.update(key, .text(sender.host)) }
        for entry in settings.added { fields.update(entry.key, entry.value) }
    }
}

/// The answers that a Forward connection owes.
@MainLoop final class ForwardAnswers: LotOwner {
    private var chunks: [Int64: [UInt8]] = [:]
    private var mark: Int64 = 0
    private let queue = AsyncQueue<[UInt8]>(capacity: 4096)
    private var writer: Task<Void, Never>?
    private var isOver = false
    private var waiting: CheckedContinuation<Void, Never>?

    private static let writing = Duration.seconds(30)
    /// How long answers are waited for on a connection whose client has left.
    private static let patience = Duration.seconds(5)

    /// Begins to send.
    func start(_ channel: any ByteChannel) {
        writer = Task { @MainLoop [queue] in
            while let bytes = await queue.next() {
                do throws(Failure) {
                    try await channel.write(bytes, deadline: Loop.main.now + Self.writing)
                } catch {
                    queue.finish()
                    return
                }
            }
        }
    }

    /// A lot whose end is answered.
    func lot(for chunk: [UInt8]?, count: Int) -> Lot {
        mark += 1
        if let chunk { chunks[mark] = chunk }
        return Lot(owner: self, group: 0, mark: mark, count: count)
    }

    /// Answers at once.
    func send(_ chunk: [UInt8]) {
        queue.send(ForwardMessage.answer(to: chunk))
    }

    func settled(_ lot: Lot) {
        guard let chunk = chunks.removeValue(forKey: lot.mark), !isOver else { return }
        send(chunk)
        if chunks.isEmpty { release() }
    }

    /// Waits until everything was answered, or for a while.
    func finish(by deadline: Instant?) async {
        guard let writer else { return }
        if !chunks.isEmpty {
            let end = deadline ?? Loop.main.now + Self.patience
            let alarm = Alarm(at: end) { [weak self] in self?.release() }
            await withCheckedContinuation { waiting = $0 }
            alarm.cancel()
        }
        isOver = true
        queue.finish()
        await writer.value
    }

    private func release() {
        let waiting = waiting
        self.waiting = nil
        waiting?.resume()
    }
}
