internal import Basics
public import Reactor

/// A program's streams for a client: `exec` and `attach`, over whatever carries them.
///
/// What the client sends waits in a bounded queue while the program reads nothing; then nothing more is
/// read from the client, who is asked for signs of life instead. A client that leaves hangs the program
/// up; one that had attached just leaves.
@MainLoop public final class CommandSession {
    private let request: ExecRequest
    private let services: any NodeServices
    /// What is on its way to the program, at most 64 KiB a piece.
    private let input = AsyncQueue<[UInt8]>(capacity: 16)
    /// Whether the program reads nothing while the queue is full.
    private var isHeldUp = false
    private var hasLeft = false
    private var hasEnded = false

    /// How often a client is asked for signs of life, and how often one that nothing is read from.
    private static let heartbeat = 15
    private static let tick = Duration.seconds(1)

    init(request: ExecRequest, services: any NodeServices) {
        self.request = request
        self.services = services
    }

    /// Runs the program to its end, or until the client leaves.
    func run(_ link: any CommandLink) async {
        guard await link.open(request) else { return }
        let session: any ExecSession
        do throws(Failure) { session = try await services.exec(request) } catch {
            await link.finish(.failed(error.description))
            return
        }
        let tasks = [
            Task { @MainLoop in await pump(link, session) },
            Task { @MainLoop in await feed(session) },
            Task { @MainLoop in await watch(link, session) },
        ]
        while let output = await session.nextOutput() {
            guard !hasLeft else { continue }
            do throws(Failure) { try await link.send(output) } catch { leave(session) }
        }
        let result = await session.result()
        hasEnded = true
        input.finish()
        if !hasLeft { await link.finish(result) }
        for task in tasks { task.cancel() }
    }

    /// Takes in what the client sends; when the client goes, the program is hung up.
    private func pump(_ link: any CommandLink, _ session: any ExecSession) async {
        while let message = await link.next(), !Task.isCancelled {
            switch message {
            case .input(let bytes) where !bytes.isEmpty:
                isHeldUp = true
                // A program that reads no more is no error: its output still matters.
                await input.sendWhenRoom(bytes)
                isHeldUp = false
            case .input: break
            case .endOfInput: input.finish()
            case .resize(let columns, let rows): session.resize(columns: columns, rows: rows)
            }
        }
        if !hasEnded, !Task.isCancelled { leave(session) }
    }

    /// Hands the input to the program, as fast as that reads.
    private func feed(_ session: any ExecSession) async {
        while let bytes = await input.next() {
            guard (try? await session.write(bytes)) != nil else { return input.finish() }
        }
        if !hasEnded, !hasLeft { session.closeInput() }
    }

    /// Notices a client that is gone while nothing is read from it, or that is gone without a word.
    private func watch(_ link: any CommandLink, _ session: any ExecSession) async {
        var ticks = 0
        while !hasEnded, !hasLeft, (try? await Loop.main.sleep(for: Self.tick)) != nil {
            ticks += 1
            guard !hasEnded, isHeldUp || ticks % Self.heartbeat == 0 else { continue }
            if (try? await link.knock()) == nil, !hasEnded { return leave(session) }
        }
    }

    private func leave(_ session: any ExecSession) {
        guard !hasLeft else { return }
        hasLeft = true
        input.finish()
        session.hangUp()
    }
}
