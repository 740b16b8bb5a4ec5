import Basics
import Reactor
import Records

@testable import LogPipeline

/// Records for a carrier's tests.
@MainLoop enum SinkKit {
    static let time = Timestamp(nanoseconds: 1_700_000_000_123_456_789)

    static func event(_ fields: Fields, tag: String = "app") -> Event {
        let lots = TestLots()
        return Event(
            .fields(fields),
            time: time,
            tag: lots.tags.tag(tag),
            receipt: Receipt(lots.lot(1))
        )
    }

    /// Records as a carrier writes them; what it refuses is left out.
    static func load(_ carrier: some Carrier, _ events: [Event]) -> RecordLoad {
        var load = RecordLoad()
        for var event in events {
            _ = carrier.partition(of: &event)
            let moment = Moment(instant: .zero, wall: time)
            let start = load.bytes.count
            if carrier.append(&event, at: moment, to: &load.bytes) == nil {
                load.seal(event.receipt, time: event.time)
            } else {
                load.bytes.removeLast(load.bytes.count - start)
            }
        }
        return load
    }

    /// Sends records of which all go to the first one's partition.
    static func carry(_ carrier: some Carrier, _ events: [Event]) async -> DeliveryAnswer {
        guard var first = events.first else { return .delivered }
        let partition = carrier.partition(of: &first)
        return await carrier.carry(load(carrier, events), partition: partition, attempt: 1)
    }
}
