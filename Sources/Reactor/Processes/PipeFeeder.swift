import Glibc
import System

/// Feeds bytes into the standard input of a child, then ends it.
@MainLoop final class PipeFeeder {
    private var rest: ArraySlice<UInt8>
    private var descriptor: Int32

    init(adopting descriptor: Int32, _ bytes: [UInt8]) throws(SystemError) {
        self.descriptor = descriptor
        rest = bytes[...]
        try Descriptors.setNonBlocking(descriptor)
    }

    func start() {
        do throws(SystemError) {
            while !rest.isEmpty { rest = rest.dropFirst(try Descriptors.write(descriptor, rest)) }
            close()
        } catch {
            // A child that closed its input wants no more.
            guard error.number == EAGAIN else { return close() }
            waitForRoom()
        }
    }

    func close() {
        guard descriptor >= 0 else { return }
        Loop.main.waits.abandon(descriptor)
        Descriptors.close(descriptor)
        descriptor = -1
    }

    private func waitForRoom() {
        do throws(SystemError) {
            _ = try Loop.main.call(when: descriptor, .writing) { [self] outcome in
                if case .ready = outcome { start() }
            }
        } catch {
            close()
        }
    }
}
