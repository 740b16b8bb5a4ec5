import Basics
import Formats
import Reactor
import Records
import Security

/// Sends records by Forward to one of several servers, packed, those with one tag together.
///
/// A server that fails is left alone for a while and the next one is used.
@MainLoop final class ForwardCarrier: Carrier {
    private let settings: ForwardSinkSettings
    private let hostName: String
    private var idle: [ForwardLink] = []
    /// When an endpoint may be tried again.
    private var shunned: [Instant]
    private var current = 0

    private static let connecting = Duration.seconds(10)
    private static let shunning = Duration.seconds(10)
    private static let idleMaximum = 4

    init(_ settings: ForwardSinkSettings, hostName: String) {
        self.settings = settings
        self.hostName = hostName
        shunned = Array(repeating: .zero, count: max(1, settings.endpoints.count))
    }

    func partition(of event: inout Event) -> [UInt8] {
        Array((settings.tag ?? event.tag.text).utf8)
    }

    func append(_ event: inout Event, at moment: Moment, to bytes: inout [UInt8]) -> String? {
        let pack = MessagePackText()
        pack.append(listOf: 2, to: &bytes)
        if settings.timeAsInteger {
            pack.append(Int64(event.time.seconds), to: &bytes)
        } else {
            pack.append(event: event.time, to: &bytes)
        }
        pack.append(event.fields, to: &bytes)
        return nil
    }

    func document(_ record: Range<Int>, in load: RecordLoad) -> [UInt8] {
        var reader = MessagePackReader(load.bytes.span.extracting(record))
        guard case .array(let parts)? = try? reader.next(), let fields = parts.last else {
            return []
        }
        return JSONText().bytes(of: fields)
    }

    func carry(_ load: RecordLoad, partition: [UInt8], attempt: Int) async -> DeliveryAnswer {
        let link: ForwardLink
        do throws(Failure) {
            link = try await connect()
        } catch {
            var setback = Setback(.retry, "\(error)")
            setback.isUnreached = true
            return .failed(setback)
        }
        let chunk = settings.requiresAck ? Base64.encode(SecureRandom.bytes(16)) : nil
        let deadline = Loop.main.now + settings.timeout
        do throws(Failure) {
            try await link.send(message(load, partition, chunk), deadline: deadline)
            if let chunk { try await link.answer(to: chunk, deadline: deadline) }
        } catch {
            link.close()
            shun(link.endpoint)
            var setback = Setback(.retry, "\(error)")
            setback.isUncertain = true
            return .failed(setback)
        }
        if idle.count < Self.idleMaximum { idle.append(link) } else { link.close() }
        return .delivered
    }

    func close() async {
        for link in idle { await link.leave() }
        idle = []
    }

    private func message(_ load: RecordLoad, _ tag: [UInt8], _ chunk: String?) -> [UInt8] {
        let isPacked = settings.compression != .none
        let entries = isPacked ? Gzip.encode(load.bytes.span) : load.bytes
        var options: Fields = ["size": .integer(Int64(load.count))]
        if let chunk { options.append("chunk", .text(chunk)) }
        if isPacked { options.append("compressed", .text("gzip")) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(entries.count + tag.count + 96)
        let pack = MessagePackText()
        pack.append(listOf: 3, to: &bytes)
        pack.append(text: tag.span, to: &bytes)
        pack.append(binary: entries.span, to: &bytes)
        pack.append(options, to: &bytes)
        return bytes
    }

    private func connect() async throws(Failure) -> ForwardLink {
        let isPrimaryThere = settings.endpoints.indices.contains {
            !isStandby($0) && shunned[$0] <= Loop.main.now
        }
        while let link = idle.popLast() {
            if await link.isStillOpen, !(isPrimaryThere && isStandby(link.endpoint)) {
                return link
            }
            link.close()
        }
        let count = shunned.count
        var last = Failure(.invalid, "cannot send by Forward", cause: "there is no endpoint")
        guard settings.unixPath != nil || !settings.endpoints.isEmpty else { throw last }
        let now = Loop.main.now
        let turn = (0..<count).map { (current + $0) % count }
        // Those that failed lately come last.
        let order = [false, true].flatMap { isShunned in
            [false, true].flatMap { isLast in
                turn.filter { (shunned[$0] > now) == isShunned && isStandby($0) == isLast }
            }
        }
        for index in order {
            do throws(Failure) {
                let link = try await ForwardLink.open(
                    settings,
                    endpoint: index,
                    hostName: hostName,
                    timeout: Self.connecting
                )
                current = index
                return link
            } catch {
                if error.code == .cancelled { throw error }
                shun(index)
                last = error
            }
        }
        throw last
    }

    private func isStandby(_ endpoint: Int) -> Bool {
        settings.endpoints.indices.contains(endpoint) && settings.endpoints[endpoint].isStandby
    }

    private func shun(_ endpoint: Int) {
        shunned[endpoint] = Loop.main.now + Self.shunning
        for link in idle where link.endpoint == endpoint { link.close() }
        idle.removeAll { $0.endpoint == endpoint }
    }
}
