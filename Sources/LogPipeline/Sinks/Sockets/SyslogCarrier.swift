import Basics
import Reactor

/// Sends records as syslog messages.
@MainLoop final class SyslogCarrier: Carrier {
    private var encoder: SyslogEncoder
    private let outlet: SocketOutlet
    private let countsOctets: Bool
    private var message: [UInt8] = []

    init(_ settings: SyslogSinkSettings) {
        encoder = SyslogEncoder(settings)
        outlet = SocketOutlet(settings.target)
        countsOctets = settings.countsOctets && !outlet.isDatagram
    }

    func append(_ event: inout Event, at moment: Moment, to bytes: inout [UInt8]) -> String? {
        if countsOctets {
            message.removeAll(keepingCapacity: true)
            encoder.append(&event, to: &message)
            bytes.append(decimal: Int64(message.count))
            bytes.append(0x20)
            bytes.append(contentsOf: message)
        } else {
            encoder.append(&event, to: &bytes)
            if !outlet.isDatagram { bytes.append(10) }
        }
        return nil
    }

    func carry(_ load: RecordLoad, partition: [UInt8], attempt: Int) async -> DeliveryAnswer {
        await outlet.send(load)
    }

    func close() async {
        await outlet.close()
    }
}
