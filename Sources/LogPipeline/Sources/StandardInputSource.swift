import Basics
import Reactor
import System

/// The lines of standard input; it ends with its end.
@MainLoop final class StandardInputSource: Source {
    let id: String
    private let tagText: String
    private var shape: LineShape
    private let descriptor: Int32
    private var stream: ByteStream?
    private var reading: Task<[UInt8]?, Never>?
    private var isFinishing = false
    /// Bytes that came since records were handed in last.
    private var uncounted = 0

    /// The most reads of what is left at the end.
    private static let lastReads = 256
    private static let idle = Duration.seconds(365 * 24 * 3600)

    init(
        id: String,
        tag: String,
        settings: LineSettings,
        hostName: String = "localhost",
        descriptor: Int32 = 0
    ) {
        self.id = id
        tagText = tag
        shape = LineShape(settings, hostName: hostName)
        self.descriptor = descriptor
    }

    func run(into intake: any Intake) async throws(Failure) {
        let stream = try open()
        self.stream = stream
        var framer = shape.framer()
        while !isFinishing {
            try await intake.room()
            guard let bytes = await next(stream) else { break }
            if bytes.isEmpty {
                hand(framer.finish(), 0, intake)
                return
            }
            hand(framer.take(bytes), bytes.count, intake)
        }
        var reads = 0
        while isFinishing, reads < Self.lastReads,
            let bytes = try? await stream.read(deadline: Loop.main.now), !bytes.isEmpty
        {
            reads += 1
            hand(framer.take(bytes), bytes.count, intake)
        }
        hand(framer.finish(), 0, intake)
    }

    func finish(by deadline: Instant) {
        isFinishing = true
        reading?.cancel()
    }

    func close() async {
        stream?.close()
        stream = nil
    }

    /// What comes next; nil when the read is cancelled or broken.
    private func next(_ stream: ByteStream) async -> [UInt8]? {
        // A task of its own: it can be cancelled without losing what was read.
        let task = Task { @MainLoop in
            try? await stream.read(deadline: Loop.main.now + Self.idle)
        }
        reading = task
        return await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    private func hand(_ found: FoundMessages, _ bytes: Int, _ intake: any Intake) {
        let events = shape.events(
            of: found,
            tag: intake.tag(tagText),
            at: intake.clock.moment
        )
        uncounted += bytes
        guard !events.isEmpty else { return }
        intake.take(events, bytes: uncounted)
        uncounted = 0
    }

    private func open() throws(Failure) -> ByteStream {
        do throws(SystemError) {
            let copy = try Descriptors.reopen(descriptor, forWriting: false)
            return ByteStream(adopting: copy, subject: "standard input")
        } catch {
            throw Failure("cannot read standard input", error)
        }
    }
}
