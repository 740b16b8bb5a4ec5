internal import Basics
internal import Reactor
internal import Records
internal import System

/// Writes records to standard output and lets them through, as Fluent Bit's and Fluentd's `stdout` filters do.
///
/// It is for looking at records: what standard output does not take at once is left out.
@MainLoop final class StandardOutputStage: Stage {
    private var encoder: RecordEncoder
    private let write: ([UInt8]) -> Void

    init(_ encoding: Encoding, write: @escaping ([UInt8]) -> Void) {
        encoder = RecordEncoder(encoding)
        self.write = write
    }

    func process(_ events: [Event], at moment: Moment, into outlet: Outlet) {
        var bytes: [UInt8] = []
        for event in events {
            var event = event
            encoder.append(&event, to: &bytes)
            if bytes.last != 10 { bytes.append(10) }
            outlet.pass(event)
        }
        write(bytes)
    }
}
