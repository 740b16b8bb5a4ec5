internal import Basics
internal import HTTP

/// Changes of addresses and cookies in answers of hosts, compiled.
final class AnswerEdits {
    private struct Replacement {
        var from: [UInt8]
        var to: CommandText
    }

    private let locations: [Replacement]
    private let paths: [Replacement]
    private let domains: [Replacement]

    /// Compiles changes; `nil` if there are none.
    init?(_ settings: AnswerRewrites, hostname: String) throws(Failure) {
        if settings.isEmpty { return nil }
        func compiled(
            _ all: [AnswerRewrites.Replacement]
        ) throws(Failure) -> [Replacement] {
            var compiled: [Replacement] = []
            for one in all {
                let to = try CommandText(one.to, missing: "", hostname: hostname)
                compiled.append(Replacement(from: Array(one.from.utf8), to: to))
            }
            return compiled
        }
        locations = try compiled(settings.locations)
        paths = try compiled(settings.cookiePaths)
        domains = try compiled(settings.cookieDomains)
    }

    /// Changes the head of an answer; `scratch` is empty before and after.
    func apply(
        to head: inout ResponseHead,
        request: borrowing RequestHead,
        _ record: borrowing AccessRecord,
        scratch: inout ByteBuffer
    ) {
        if !locations.isEmpty, let index = head.fields.first(.location) {
            let length = head.fields.value(index).count
            let isChanged = replace(
                locations,
                head.fields.value(index),
                0..<length,
                isWhole: false,
                request,
                record,
                into: &scratch
            )
            if isChanged { head.fields.setValue(index, scratch.readable) }
            scratch.removeAll()
        }
        if paths.isEmpty && domains.isEmpty { return }
        var next = head.fields.first(.setCookie)
        while let index = next {
            for (all, name, isWhole) in [(paths, "path", false), (domains, "domain", true)] {
                let range = Self.attribute(name, head.fields.value(index))
                guard let range else { continue }
                let isChanged = replace(
                    all,
                    head.fields.value(index),
                    range,
                    isWhole: isWhole,
                    request,
                    record,
                    into: &scratch
                )
                if isChanged { head.fields.setValue(index, scratch.readable) }
                scratch.removeAll()
            }
            next = head.fields.first(.setCookie, from: index + 1)
        }
    }

    /// Writes the value with a part of it replaced; false if nothing fits.
    private func replace(
        _ all: [Replacement],
        _ value: Span<UInt8>,
        _ range: Range<Int>,
        isWhole: Bool,
        _ request: borrowing RequestHead,
        _ record: borrowing AccessRecord,
        into scratch: inout ByteBuffer
    ) -> Bool {
        let part = value.extracting(range)
        for replacement in all {
            let from = replacement.from.span
            let fits = isWhole ? part.equalsFolded(from) : part.hasPrefix(from)
            guard fits else { continue }
            scratch.append(value.extracting(0..<range.lowerBound))
            replacement.to.write(
                record,
                request: request,
                response: ResponseHead(),
                trailers: HeaderBlock(),
                into: &scratch
            )
            scratch.append(value.extracting((range.lowerBound + from.count)..<value.count))
            return true
        }
        return false
    }

    /// Where the value of an attribute of a cookie stands; that of a domain without a leading dot.
    private static func attribute(_ name: String, _ cookie: Span<UInt8>) -> Range<Int>? {
        let name = Array(name.utf8)
        var start = cookie.firstIndex(of: UInt8(ascii: ";"))
        while let mark = start {
            var from = mark + 1
            while from < cookie.count, cookie[from] == 0x20 { from += 1 }
            let end = cookie.firstIndex(of: UInt8(ascii: ";"), from: from) ?? cookie.count
            let pair = cookie.extracting(from..<end)
            if let sign = pair.firstIndex(of: UInt8(ascii: "=")),
                pair.extracting(0..<sign).equalsFolded(name.span)
            {
                var begin = from + sign + 1
                if name.count == 6, begin < end, cookie[begin] == UInt8(ascii: ".") { begin += 1 }
                return begin..<end
            }
            start = end < cookie.count ? end : nil
        }
        return nil
    }
}
