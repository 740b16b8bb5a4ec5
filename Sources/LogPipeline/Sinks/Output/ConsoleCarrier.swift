import Basics
import Reactor
import System

/// Writes records to standard output or standard error, a line each.
///
/// A reader that takes nothing makes the sink wait, not the program.
@MainLoop final class ConsoleCarrier: Carrier {
    private let number: Int32
    private let name: String
    private var encoder: RecordEncoder
    private var writer: RecordWriter?

    init(_ settings: ConsoleSettings, descriptor: Int32? = nil) {
        number = descriptor ?? (settings.isError ? 2 : 1)
        name = settings.isError ? "standard error" : "standard output"
        encoder = RecordEncoder(settings.encoding)
    }

    func append(_ event: inout Event, at moment: Moment, to bytes: inout [UInt8]) -> String? {
        encoder.append(&event, to: &bytes)
        bytes.append(10)
        return nil
    }

    func carry(_ load: RecordLoad, partition: [UInt8], attempt: Int) async -> DeliveryAnswer {
        do throws(Failure) {
            if writer == nil { writer = try openWriter() }
        } catch {
            return .failed(Setback(.retry, "\(error)"))
        }
        guard let writer else { return .failed(Setback(.retry, "\(name) is closed")) }
        return await writer.write(load).answer(of: load.count)
    }

    func document(_ record: Range<Int>, in load: RecordLoad) -> [UInt8] {
        Array(load.bytes[record].dropLast())
    }

    func close() async {
        writer?.close()
        writer = nil
    }

    private func openWriter() throws(Failure) -> RecordWriter {
        do throws(SystemError) {
            return RecordWriter(
                adopting: try Descriptors.reopen(number, forWriting: true),
                subject: name
            )
        } catch {
            throw Failure("cannot write to \(name)", error)
        }
    }
}
