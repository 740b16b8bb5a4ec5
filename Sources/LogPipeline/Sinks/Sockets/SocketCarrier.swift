import Basics
import Reactor

/// Sends records over a socket, a line each.
@MainLoop final class SocketCarrier: Carrier {
    private var encoder: RecordEncoder
    private let outlet: SocketOutlet

    init(_ settings: SocketSinkSettings) {
        encoder = RecordEncoder(settings.encoding)
        outlet = SocketOutlet(settings.target)
    }

    func append(_ event: inout Event, at moment: Moment, to bytes: inout [UInt8]) -> String? {
        encoder.append(&event, to: &bytes)
        bytes.append(10)
        return nil
    }

    func document(_ record: Range<Int>, in load: RecordLoad) -> [UInt8] {
        Array(load.bytes[record].dropLast())
    }

    func carry(_ load: RecordLoad, partition: [UInt8], attempt: Int) async -> DeliveryAnswer {
        await outlet.send(load)
    }

    func close() async {
        await outlet.close()
    }
}
