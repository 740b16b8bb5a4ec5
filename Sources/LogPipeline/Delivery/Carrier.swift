import Basics
import Reactor

/// What one kind of sink knows: how records become bytes, and how bytes reach the other side.
@MainLoop protocol Carrier: AnyObject {
    /// What a record has in common with others that it may be sent with; mostly nothing.
    func partition(of event: inout Event) -> [UInt8]
    /// Appends a record's bytes.
    ///
    /// - Returns: Why it cannot be sent at all; nil if it can.
    func append(_ event: inout Event, at moment: Moment, to bytes: inout [UInt8]) -> String?
    /// Sends records and waits for what comes of them; it must return soon when it is cancelled.
    func carry(_ load: RecordLoad, partition: [UInt8], attempt: Int) async -> DeliveryAnswer
    /// The part of a record's bytes that is the record: for dead letters.
    func document(_ record: Range<Int>, in load: RecordLoad) -> [UInt8]
    /// Prepares; called when the sink begins to run.
    ///
    /// - Throws: What makes it unable to begin; it is tried again after a pause.
    func open() async throws(Failure)
    /// Gives back what it holds.
    func close() async
}

extension Carrier {
    func partition(of event: inout Event) -> [UInt8] { [] }

    func document(_ record: Range<Int>, in load: RecordLoad) -> [UInt8] {
        Array(load.bytes[record])
    }

    func open() async throws(Failure) {}

    func close() async {}
}
