import Formats
package import Records

/// Reads the records of an HTTP request's body.
package enum RequestBody {
    /// What a body holds.
    package enum Form: Sendable, Hashable {
        /// JSON: maps, lists of maps, one after the other.
        case json
        /// A JSON map on each line.
        case lines
        /// A text on each line.
        case text
        /// One text.
        case whole
        /// `application/x-www-form-urlencoded`.
        case form
    }

    /// Why a body is not taken.
    package struct Mistake: Error, Sendable, Hashable {
        /// In one sentence.
        package var reason: String
    }

    /// The form, by a setting or the body's type.
    package static func form(setting: String?, type: String?) -> Form {
        switch setting {
        case "json": return .json
        case "ndjson", "newline_delimited": return .lines
        case "text", "none", "bytes": return .text
        case "binary": return .whole
        default: break
        }
        let name = type?.prefix { $0 != ";" && $0 != " " }.lowercased() ?? ""
        switch name {
        case "application/x-ndjson", "application/ndjson", "application/jsonl",
            "application/json-lines":
            return .lines
        case "text/plain", "text/csv", "application/octet-stream": return .text
        case "application/x-www-form-urlencoded": return .form
        default: return .json
        }
    }

    /// Unpacks a body.
    package static func unpacked(
        _ body: [UInt8],
        coding: String?,
        limit: Int
    ) throws(Mistake) -> [UInt8] {
        let name = coding?.lowercased() ?? ""
        do throws(FormatError) {
            switch name {
            case "", "identity": return body
            case "gzip", "x-gzip": return try Gzip.decode(body.span, limit: limit)
            case "deflate", "zlib": return try Zlib.decode(body.span, limit: limit)
            case "zstd": return try Zstd.decode(body.span, limit: limit)
            default: break
            }
        } catch {
            throw Mistake(reason: "the body cannot be unpacked: \(error)")
        }
        throw Mistake(
            reason: "the body's coding \"\(name)\" is not known; send gzip, deflate or zstd"
        )
    }

    /// The records of a body.
    ///
    /// All of them, or none: what is half wrong is refused as a whole, so that the sender may mend it.
    package static func records(
        _ body: [UInt8],
        form: Form,
        key: String
    ) throws(Mistake) -> [Fields] {
        switch form {
        case .json: return try values(body.span)
        case .form: return try fields(form: body)
        case .whole: return body.isEmpty ? [] : [[key: .bytes(Bytes(body))]]
        case .lines, .text:
            var records: [Fields] = []
            var framer = LineFramer(limit: max(1, body.count), skipsEmpty: true)
            for found in [framer.take(body), framer.finish()] {
                for range in found.ranges {
                    let line = found.block.span.extracting(range)
                    if form == .text {
                        records.append([key: .bytes(Bytes(copying: line))])
                    } else {
                        records += try values(line, line: records.count + 1)
                    }
                }
            }
            return records
        }
    }

    private static func values(
        _ text: Span<UInt8>,
        line: Int? = nil
    ) throws(Mistake) -> [Fields] {
        var found: [Value] = []
        do throws(JSONMistake) {
            var reader = JSONReader(text, repair: .replace)
            while let value = try reader.next() {
                if case .array(let list) = value { found += list } else { found.append(value) }
            }
        } catch {
            throw Mistake(reason: "the body is no JSON: \(error)" + place(line))
        }
        var records: [Fields] = []
        records.reserveCapacity(found.count)
        for value in found {
            guard case .object(let fields) = value else {
                throw Mistake(reason: "a record is no JSON object" + place(line))
            }
            records.append(fields)
        }
        return records
    }

    private static func place(_ line: Int?) -> String { line.map { " (record \($0))" } ?? "" }

    /// Pairs of a form as one record.
    private static func fields(form body: [UInt8]) throws(Mistake) -> [Fields] {
        var fields = Fields()
        for pair in body.split(separator: UInt8(ascii: "&")) {
            guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = decoded(pair[..<equals])
            guard !name.isEmpty else { continue }
            fields.update(
                String(decoding: name, as: UTF8.self),
                .bytes(Bytes(decoded(pair[(equals + 1)...])))
            )
        }
        if fields.isEmpty { throw Mistake(reason: "the form holds no field") }
        return [fields]
    }

    private static func decoded(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "+") {
                result.append(0x20)
            } else if byte == UInt8(ascii: "%"), rest.count >= 2,
                Character(Unicode.Scalar(rest[rest.startIndex])).isHexDigit,
                let number = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                result.append(number)
                rest = rest.dropFirst(2)
            } else {
                result.append(byte)
            }
        }
        return result
    }
}
