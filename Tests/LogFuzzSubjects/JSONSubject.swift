import Basics
import Records

/// JSON: the scanner and the reader agree, and what is written reads back as the same value.
public func fuzzRecordJSON(_ bytes: [UInt8]) {
    var scan = JSONScan(keys: ["a", "time", "log"])
    let outcome = scan.scan(bytes.span)
    var read: Value?
    var isTooLarge = false
    do {
        read = try JSONReader.value(bytes.span)
    } catch {
        // The grammar has numbers that no float holds.
        isTooLarge = error.what == "number out of range"
        precondition(error.offset >= 0 && error.offset <= bytes.count, "a mistake out of bounds")
    }
    let fields: Fields? = if case .object(let fields)? = read { fields } else { nil }
    precondition(
        (outcome != .invalid) == (fields != nil) || isTooLarge,
        "scanner \(outcome), reader \(String(describing: read))"
    )
    if let fields, outcome == .valid { checkPlaces(scan, bytes, fields) }
    guard let read else {
        _ = try? JSONReader.value(bytes.span, repair: .replace)
        _ = try? JSONReader.value(bytes.span, repair: .keep)
        return
    }
    for form in [
        JSONText(), JSONText(sortsKeys: true, escapesNonASCII: true), JSONText(isPretty: true),
    ] {
        let text = form.bytes(of: read)
        let again = try? JSONReader.value(text.span)
        precondition(again == read, "\(String(decoding: text, as: UTF8.self)) is another value")
        precondition(
            !form.escapesNonASCII || text.allSatisfy { $0 < 0x80 },
            "an escaped text is ASCII"
        )
    }
}

private func checkPlaces(_ scan: JSONScan, _ bytes: [UInt8], _ fields: Fields) {
    for (index, key) in scan.keys.enumerated() {
        let place = scan[index]
        precondition((place != nil) == (fields[key] != nil), "\(key) is found or not")
        guard let place else { continue }
        let value = try? JSONReader.value(Array(bytes[place.value]).span)
        precondition(value == fields[key], "\(key) stands elsewhere")
    }
    for mask in 0..<1 << scan.keys.count {
        let left = scan.keys.indices.filter { mask >> $0 & 1 == 1 }
        var output: [UInt8] = [0x2C]
        scan.append(without: left, of: bytes.span, to: &output)
        var rest = fields
        for index in left { rest[scan.keys[index]] = nil }
        let read = try? JSONReader.fields(Array(output.dropFirst()).span)
        precondition(read == rest, "cutting \(left) leaves another map")
    }
    for index in scan.keys.indices {
        guard let place = scan[index] else { continue }
        let output = Array(bytes[..<place.cut.lowerBound] + bytes[place.cut.upperBound...])
        var rest = fields
        rest[scan.keys[index]] = nil
        let read = try? JSONReader.fields(output.span)
        precondition(read == rest, "cutting one leaves another map")
    }
}
