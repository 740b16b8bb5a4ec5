import Basics
import Records

/// Writes records in the form that a configuration asks for, without anything between them.
///
/// It keeps what successive records have in common: texts of times, and the fields that the lines of a block
/// share.
struct RecordEncoder: Sendable {
    /// What was asked for.
    let encoding: Encoding
    let json: JSONText
    var time: TimeWriter
    let only: [RecordPath]?
    let except: [RecordPath]
    /// `"time":` and `"tag":`, with braces and commas as they come first.
    private let timeLead: [UInt8]
    private let tagLead: [UInt8]
    /// A raw object that may hold one of these has to be taken apart.
    private let needles: [Needle]
    /// Whether objects go out as they were written.
    private let isRaw: Bool
    var template: [LineTemplate.Piece] = []
    private var pieces = LinePieces([])
    /// Whether a record's own field of the time's name stays, instead of the time.
    var keepsOwnTime = false
    private var scan = JSONScan()
    private var frame: LineFrame?
    private var frameLead: [UInt8] = []
    private var frameTail: [UInt8] = []

    /// Prepares to write.
    ///
    /// - Parameters:
    ///   - encoding: The form.
    ///   - time: How times are written, if not as the encoding says.
    init(_ encoding: Encoding, time: TimeWriter? = nil) {
        self.encoding = encoding
        let json = JSONText(
            sortsKeys: encoding.sortsKeys,
            escapesNonASCII: encoding.escapesUnicode
        )
        self.json = json
        self.time = time ?? TimeWriter(encoding.timeFormat)
        only = encoding.only.map { $0.compactMap { RecordPath(path: $0) } }
        except = encoding.except.compactMap { RecordPath(path: $0) }
        timeLead = encoding.timeKey.map { Self.lead($0, json) } ?? []
        tagLead = encoding.tagKey.map { Self.lead($0, json) } ?? []
        needles = [encoding.timeKey, encoding.tagKey].compactMap { $0 }.map { Needle(quoted: $0) }
        scan = JSONScan(keys: [encoding.timeKey, encoding.tagKey].compactMap { $0 })
        isRaw =
            !encoding.sortsKeys && !encoding.escapesUnicode && only == nil && except.isEmpty
        if case .template(let text) = encoding.form { template = LineTemplate.pieces(text) }
        if case .pieces(let parts) = encoding.form { pieces = LinePieces(parts) }
    }

    /// `{"name":`.
    private static func lead(_ name: String, _ json: JSONText) -> [UInt8] {
        var lead: [UInt8] = [0x7B]
        json.append(text: name, to: &lead)
        lead.append(0x3A)
        return lead
    }

    /// Appends a record.
    mutating func append(_ event: inout Event, to output: inout [UInt8]) {
        switch encoding.form {
        case .json: append(json: &event, to: &output)
        case .text(let key): append(text: &event, key: key, to: &output)
        case .logfmt: append(logfmt: chosen(&event), event, to: &output)
        case .ltsv: append(ltsv: chosen(&event), event, to: &output)
        case .csv(let names, let delimiter):
            append(csv: chosen(&event), event, names, Array(delimiter.utf8), to: &output)
        case .messagePack: append(messagePack: &event, to: &output)
        case .plain: append(plain: &event, to: &output)
        case .tagged: append(tagged: &event, to: &output)
        case .shown: append(shown: &event, to: &output)
        case .template: append(template: &event, to: &output)
        case .pieces: pieces.append(&event, json, to: &output)
        }
    }

    /// The fields that are to be written, without the time's and the tag's.
    func chosen(_ event: inout Event) -> Fields {
        var fields = event.fields
        if let only {
            var kept = Fields(capacity: only.count)
            for path in only {
                if let value = path.value(in: fields) { path.set(value, in: &kept) }
            }
            fields = kept
        }
        for path in except { path.remove(from: &fields) }
        return fields
    }

    // MARK: JSON

    /// Appends a record as a JSON object: the time's field, the tag's, then its own.
    mutating func append(json event: inout Event, to output: inout [UInt8]) {
        if isRaw {
            switch event.body {
            case .json(let object):
                if append(raw: object, event, to: &output) { return }
            case .line(let line):
                if append(line: line, event, to: &output) { return }
            case .fields: break
            }
        }
        var fields = chosen(&event)
        guard !encoding.sortsKeys else {
            if let key = encoding.timeKey, !keepsOwnTime || fields.index(of: key) == nil {
                fields.update(key, time.value(event.time))
            }
            if let key = encoding.tagKey { fields.update(key, .text(event.tag.text)) }
            json.append(fields, to: &output)
            return
        }
        let isOwn = keepsOwnTime && encoding.timeKey.map { fields.index(of: $0) != nil } ?? false
        if !isOwn, let key = encoding.timeKey { fields.removeValue(forKey: key) }
        if let key = encoding.tagKey { fields.removeValue(forKey: key) }
        let hasLead = appendLead(event, hasTime: !isOwn, to: &output)
        let brace = output.count
        json.append(fields, to: &output)
        guard hasLead else { return }
        if fields.isEmpty {
            output.remove(at: brace)
        } else {
            output[brace] = 0x2C
        }
    }

    /// Appends `{"time":...,"tag":"..."`, as far as they are wanted.
    private mutating func appendLead(
        _ event: Event,
        hasTime: Bool = true,
        to output: inout [UInt8]
    ) -> Bool {
        let hasTime = hasTime && encoding.timeKey != nil
        if hasTime {
            output.append(contentsOf: timeLead)
            time.append(json: event.time, to: &output)
        }
        if encoding.tagKey != nil {
            let brace = output.count
            output.append(contentsOf: tagLead)
            if hasTime { output[brace] = 0x2C }
            json.append(text: event.tag.text, to: &output)
        }
        return hasTime || encoding.tagKey != nil
    }

    /// Appends an object as it was written; false if it has to be taken apart.
    private mutating func append(
        raw object: WrittenObject,
        _ event: Event,
        to output: inout [UInt8]
    ) -> Bool {
        for needle in needles where needle.isIn(object.block, object.range) {
            // One of the names stands somewhere; only among the object's own fields does it matter.
            guard scan.scan(object.block.span.extracting(object.range)) == .valid,
                scan.keys.indices.allSatisfy({ scan[$0] == nil || isCut(scan[$0], of: object) })
            else { return false }
            break
        }
        let end = object.range.upperBound
        var first = Self.skipBlanks(object.block, object.range.lowerBound &+ 1, end)
        var rest = first..<end
        var second = 0..<0
        if !object.cut.isEmpty {
            if object.cut.lowerBound <= first {
                first = Self.skipBlanks(object.block, object.cut.upperBound, end)
                rest = first..<end
            } else {
                rest = first..<object.cut.lowerBound
                second = object.cut.upperBound..<end
            }
        }
        if appendLead(event, to: &output) {
            // Nothing but the closing brace may be left.
            if rest.count > 1 || !second.isEmpty { output.append(0x2C) }
        } else {
            output.append(0x7B)
        }
        let start = output.count
        output.append(object.block, rest)
        output.append(object.block, second)
        // An object of several lines becomes one line: between its fields there is white space only.
        if Self.feed.isIn(output, start..<output.count) {
            for place in start..<output.count where output[place] < 0x20 { output[place] = 0x20 }
        }
        return true
    }

    private static let feed = Needle([0x0A])

    private func isCut(_ place: JSONScan.Place?, of object: WrittenObject) -> Bool {
        guard let place, !object.cut.isEmpty else { return false }
        let start = object.range.lowerBound + place.member.lowerBound
        return object.cut.contains(start)
    }

    @inline(__always)
    private static func skipBlanks(_ bytes: [UInt8], _ start: Int, _ end: Int) -> Int {
        var at = start
        while at < end, bytes[at] <= 0x20 { at &+= 1 }
        return at
    }

    /// Appends a line that nobody has parsed; false if its fields get in the way of each other.
    private mutating func append(
        line: LineText,
        _ event: Event,
        to output: inout [UInt8]
    ) -> Bool {
        if frame !== line.frame { prepare(line.frame) }
        guard !frameLead.isEmpty else { return false }
        let hasLead = appendLead(event, to: &output)
        let brace = output.count
        output.append(contentsOf: frameLead)
        if hasLead { output[brace] = 0x2C }
        json.append(text: line.span, to: &output)
        output.append(contentsOf: frameTail)
        if line.frame.offsetKey != nil {
            output.append(decimal: line.frame.offset + Int64(line.start))
            output.append(0x7D)
        }
        return true
    }

    /// Works out what the lines of a block share; an empty lead says that names come twice.
    private mutating func prepare(_ frame: LineFrame) {
        self.frame = frame
        frameLead = []
        frameTail = []
        var names = frame.added.keys + [frame.key]
        if let key = frame.offsetKey { names.append(key) }
        if let key = encoding.timeKey { names.append(key) }
        if let key = encoding.tagKey { names.append(key) }
        guard Set(names).count == names.count else { return }
        frameLead = Self.lead(frame.key, json)
        for entry in frame.added {
            frameTail.append(0x2C)
            json.append(text: entry.key, to: &frameTail)
            frameTail.append(0x3A)
            json.append(entry.value, to: &frameTail)
        }
        if let key = frame.offsetKey {
            frameTail.append(0x2C)
            json.append(text: key, to: &frameTail)
            frameTail.append(0x3A)
        } else {
            frameTail.append(0x7D)
        }
    }
}
