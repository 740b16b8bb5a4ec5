import Basics
import Records

/// Formats of times and texts: the input is a format, a line feed and a text.
///
/// What is written with a format that says a whole time reads back as that time.
public func fuzzRecordTime(_ bytes: [UInt8]) {
    let parts = bytes.split(separator: 10, maxSplits: 1, omittingEmptySubsequences: false)
    let format = String(decoding: parts[0], as: UTF8.self)
    let text = parts.count > 1 ? Array(parts[1]) : []
    let now = Timestamp(nanoseconds: 1_795_000_000_123_456_789)
    var zones = [Zone.utc, Zone(offset: -12_600)]
    if let zone = Zone(file: text.span) { zones.append(zone) }
    if let zone = Zone(file: fuzzZone("CET-1CEST,M3.5.0,M10.5.0/3").span) { zones.append(zone) }
    if let zone = Zone(file: fuzzZone(format).span) { zones.append(zone) }
    for zone in zones {
        if let chrono = try? ChronoFormat(format) {
            let time = try? chrono.parse(text.span, zone: zone)
            var output: [UInt8] = []
            try? chrono.append(time ?? now, zone: zone, to: &output)
            if let whole = try? ChronoFormat("%F %T%.f %:z \(format)") {
                output = []
                let wanted = Timestamp(seconds: 1_795_000_000)
                try? whole.append(wanted, zone: zone, to: &output)
                if let again = try? whole.parse(output.span) {
                    precondition(again == wanted, "\(format): another time")
                }
            }
        }
        if let strptime = try? StrptimeFormat(format) {
            _ = strptime.parse(text.span, now: now, zone: zone)
            var output: [UInt8] = []
            strptime.append(now, zone: zone, to: &output)
        }
        var output: [UInt8] = []
        StrptimeFormat(writing: format).append(now, zone: zone, to: &output)
        let civil = zone.civil(now)
        switch zone.meaning(of: civil) {
        case .once(let offset): precondition(civil.offset == offset, "another offset")
        case .twice(let earlier, let later):
            precondition(civil.offset == earlier || civil.offset == later, "another offset")
        case .never: break
        }
    }
    if let time = try? Timestamp(rfc3339: text.span) {
        let again = try? Timestamp(rfc3339: time.rfc3339Short.span)
        precondition(again == time, "another time")
    }
    _ = try? Timestamp(rfc2822: text.span)
}

/// A file of the zone database with no change and a rule for all time.
public func fuzzZone(_ rule: String) -> [UInt8] {
    let counts: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 4]
    let part = Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15) + counts
    let kind: [UInt8] = [0, 0, 0, 0, 0, 0] + Array("LMT".utf8) + [0]
    return part + kind + part + kind + [10] + Array(rule.utf8) + [10]
}
