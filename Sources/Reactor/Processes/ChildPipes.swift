import Glibc
import System

/// The standard descriptors of a child, and this process's ends of its pipes.
@MainLoop final class ChildPipes {
    /// What the child gets; good until `start`.
    private(set) var descriptors: [(child: Int32, parent: Int32)] = []
    private(set) var output: PipeCollector?
    private(set) var errors: PipeCollector?
    private var input: PipeFeeder?
    /// The child's ends, which are closed here once it runs.
    private var lent: [Int32] = []

    init(_ command: Command) throws(SystemError) {
        do throws(SystemError) {
            try addInput(command.input)
            output = try addOutput(1, command.output)
            errors = try addOutput(2, command.errors)
        } catch {
            close()
            throw error
        }
    }

    isolated deinit {
        // Of a child that could not be started.
        close()
    }

    func start() {
        closeLent()
        input?.start()
        output?.start()
        errors?.start()
    }

    /// Takes what the ended child has left in its pipes.
    func finish() {
        input?.close()
        output?.finish()
        errors?.finish()
    }

    func close() {
        closeLent()
        input?.close()
        output?.close()
        errors?.close()
    }

    private func closeLent() {
        for descriptor in lent { Descriptors.close(descriptor) }
        lent = []
    }

    private func addInput(_ input: Command.Input) throws(SystemError) {
        switch input {
        case .null: try addNull(0)
        case .descriptor(let number): descriptors.append((0, number))
        case .inherit: descriptors.append((0, 0))
        case .bytes(let bytes):
            let pipe = try Descriptors.pipe()
            lent.append(pipe.reading)
            descriptors.append((0, pipe.reading))
            self.input = try PipeFeeder(adopting: pipe.writing, bytes)
        }
    }

    private func addOutput(
        _ number: Int32,
        _ output: Command.Output
    ) throws(SystemError) -> PipeCollector? {
        switch output {
        case .null: try addNull(number)
        case .descriptor(let target): descriptors.append((number, target))
        case .inherit: descriptors.append((number, number))
        case .capture(let limit):
            let pipe = try Descriptors.pipe()
            lent.append(pipe.writing)
            descriptors.append((number, pipe.writing))
            return try PipeCollector(adopting: pipe.reading, limit: limit)
        }
        return nil
    }

    private func addNull(_ number: Int32) throws(SystemError) {
        let null = try Descriptors.open("/dev/null", flags: O_RDWR).release()
        lent.append(null)
        descriptors.append((number, null))
    }
}
