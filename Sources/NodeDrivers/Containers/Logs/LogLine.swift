import Basics
import Formats

/// One line of a CRI log: `<RFC 3339 time> <stdout|stderr> <tags> <text>`.
///
/// The time may be in UTC (`Z`) or with an offset, as conmon writes it.
struct LogLine {
    /// The time as written.
    var time: ArraySlice<UInt8>
    /// Whether it came from the standard error output.
    var isError: Bool
    /// Whether the text goes on in the next line (`P`).
    var isPartial: Bool
    /// The text, without the newline that ends the line in the log.
    var text: ArraySlice<UInt8>

    /// Reads a line without its newline; `nil` if it has not the form.
    init?(_ line: ArraySlice<UInt8>) {
        guard let first = line.firstIndex(of: 0x20),
            let second = line[(first + 1)...].firstIndex(of: 0x20)
        else { return nil }
        let stream = line[(first + 1)..<second]
        let rest = line[(second + 1)...]
        // An empty text may come without the blank before it.
        let third = rest.firstIndex(of: 0x20) ?? rest.endIndex
        let tags = rest[..<third]
        guard let tag = tags.first, tag == 0x46 || tag == 0x50,
            tags.count == 1 || tags[tags.startIndex + 1] == 0x3A
        else { return nil }
        if stream.elementsEqual("stdout".utf8) {
            isError = false
        } else if stream.elementsEqual("stderr".utf8) {
            isError = true
        } else {
            return nil
        }
        time = line[..<first]
        isPartial = tag == 0x50
        text = third < rest.endIndex ? rest[(third + 1)...] : rest[rest.endIndex...]
    }

    /// The time; `nil` if it is none.
    var timestamp: Timestamp? { Timestamp(rfc3339: String(decoding: time, as: UTF8.self)) }

    /// The time as `kubectl logs --timestamps` shows it: UTC as `Z`, no trailing zeros.
    var shownTime: [UInt8] {
        var time = Array(time)
        if time.suffix(6).elementsEqual("+00:00".utf8) {
            time.removeLast(6)
            time.append(0x5A)
        }
        guard time.last == 0x5A, let point = time.firstIndex(of: 0x2E) else { return time }
        time.removeLast()
        while time.count > point + 1, time.last == 0x30 { time.removeLast() }
        if time.last == 0x2E { time.removeLast() }
        return time + [0x5A]
    }
}
