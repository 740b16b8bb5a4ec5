internal import Basics
internal import NodeAPI
internal import NodeDrivers
internal import Reactor

/// A program in a container as the API sees it.
@MainLoop final class ExecAdapter: NodeAPI::ExecSession {
    private let session: NodeDrivers::ExecSession
    private let pieces = AsyncQueue<ExecOutput>(capacity: 64)
    private var readers: [Task<Void, Never>] = []

    init(_ session: NodeDrivers::ExecSession) {
        self.session = session
        let pieces = pieces
        let (output, errors) = (session.output, session.errors)
        readers.append(
            Task { @MainLoop in
                async let rest: Void = Self.copy(errors) {
                    .stderr($0)
                } to: {
                    pieces
                }
                await Self.copy(output) {
                    .stdout($0)
                } to: {
                    pieces
                }
                await rest
                pieces.finish()
            }
        )
    }

    private static func copy(
        _ stream: ByteStream?,
        _ wrap: ([UInt8]) -> ExecOutput,
        to queue: () -> AsyncQueue<ExecOutput>
    ) async {
        guard let stream else { return }
        while let bytes = try? await stream.read(upTo: 32 * 1024), !bytes.isEmpty {
            guard await queue().sendWhenRoom(wrap(bytes)) else { return }
        }
    }

    func write(_ bytes: [UInt8]) async throws(Failure) {
        guard let input = session.input else { return }
        try await input.write(bytes)
    }

    func closeInput() {
        session.closeInput()
    }

    func resize(columns: Int, rows: Int) {
        session.resize(rows: UInt16(clamping: rows), columns: UInt16(clamping: columns))
    }

    func nextOutput() async -> ExecOutput? {
        await pieces.next()
    }

    func result() async -> NodeAPI::ExecResult {
        do {
            return .exited(try await session.exitCode())
        } catch {
            return .failed("\(error)")
        }
    }

    func hangUp() {
        for reader in readers { reader.cancel() }
        session.kill()
    }
}

/// A container's own program as the API sees it: who leaves it does not end it.
@MainLoop final class AttachAdapter: NodeAPI::ExecSession {
    private let session: AttachSession
    private let request: NodeAPI::ExecRequest

    init(_ session: AttachSession, _ request: NodeAPI::ExecRequest) {
        self.session = session
        self.request = request
    }

    func write(_ bytes: [UInt8]) async throws(Failure) {
        try await session.write(bytes)
    }

    func closeInput() {
        session.closeInput()
    }

    func resize(columns: Int, rows: Int) {
        session.resize(rows: UInt16(clamping: rows), columns: UInt16(clamping: columns))
    }

    func nextOutput() async -> ExecOutput? {
        while let output = await session.nextOutput() {
            switch output {
            case .stdout(let bytes) where request.stdout: return .stdout(bytes)
            case .stderr(let bytes) where request.stderr: return .stderr(bytes)
            case .stdout, .stderr: break
            }
        }
        return nil
    }

    func result() async -> NodeAPI::ExecResult {
        guard session.hasFallenBehind else { return .exited(0) }
        return .failed(
            "the client took the output of container \(request.container) too slowly and was detached; "
                + "attach again, or read its log"
        )
    }

    func hangUp() {
        session.detach()
    }
}
