internal import Basics
internal import HTTP
internal import Security

/// Lets requests pass that carry a known API key, compiled for one worker.
///
/// Keys are kept and looked up as SHA-256 digests: what is compared byte by byte is no key, so the time it
/// takes says nothing of one.
final class APIKeyGate {
    /// What became of a request.
    enum Verdict: Equatable {
        /// It carries the key of this name; the index into `names`.
        case known(Int)
        /// It carries no key.
        case missing
        /// It carries a key that is not known.
        case unknown
        /// It carries a known key that may not pass here.
        case forbidden
    }

    private enum Place {
        case field(FieldName)
        case query([UInt8])
        case cookie([UInt8])
    }

    /// The names of the keys, by index; a key without a name has an empty one.
    private(set) var names: [[UInt8]] = []
    private let places: [Place]
    private let nameHeader: [UInt8]?
    private let hidesKey: Bool
    private let allowedNames: [[UInt8]]
    private var digests: [InlineArray<32, UInt8>] = []
    private var table: [Int32]

    /// Compiles settings with the texts of their sources.
    ///
    /// - Throws: `invalid` if there is no key in them.
    init(_ settings: APIKeySettings, texts: [String]) throws(Failure) {
        nameHeader = settings.nameHeader.map { Array($0.utf8) }
        hidesKey = settings.hidesKey
        allowedNames = settings.allowedNames.map { Array($0.utf8) }
        places = settings.places.map { place in
            switch place {
            case .header(let name): .field(FieldName(name))
            case .query(let name): .query(Array(name.utf8))
            case .cookie(let name): .cookie(Array(name.utf8))
            }
        }
        table = []
        for text in texts {
            for line in text.split(whereSeparator: \.isNewline) {
                let entry = line.trimmingSpace()
                if entry.isEmpty || entry.hasPrefix("#") { continue }
                let parts = entry.split(separator: ":", maxSplits: 1)
                let key = Array((parts.last ?? "").utf8)
                guard !key.isEmpty else { continue }
                digests.append(Digest.sha256(key.span))
                names.append(parts.count == 2 ? Array(parts[0].utf8) : [])
            }
        }
        if digests.isEmpty {
            throw Failure(
                .invalid,
                "there is no API key",
                remedy: "write KEY or NAME:KEY, one in a line"
            )
        }
        var size = 16
        while size < 2 * digests.count { size *= 2 }
        table = Array(repeating: -1, count: size)
        for index in digests.indices {
            var place = Self.place(digests[index]) & (size - 1)
            while table[place] >= 0 { place = (place + 1) & (size - 1) }
            table[place] = Int32(index)
        }
    }

    /// Checks a request; the key is taken off and its name told, as the settings say.
    func check(_ head: inout RequestHead) -> Verdict {
        // Nobody but this gate says who somebody is.
        if let nameHeader { head.fields.removeAll(named: nameHeader.span) }
        for place in places {
            guard let found = look(place, head) else { continue }
            if found < 0 { return .unknown }
            if !allowedNames.isEmpty, !allowedNames.contains(names[found]) { return .forbidden }
            if hidesKey { remove(place, &head) }
            if let nameHeader, !names[found].isEmpty {
                let name = names[found]
                head.fields.set(name: nameHeader.span, value: name.span)
            }
            return .known(found)
        }
        return .missing
    }

    /// The index of a key; -1 if it is not known.
    func index(of key: Span<UInt8>) -> Int {
        let digest = Digest.sha256(key)
        var place = Self.place(digest) & (table.count - 1)
        while table[place] >= 0 {
            let index = Int(table[place])
            var difference: UInt8 = 0
            for byte in 0..<32 { difference |= digests[index][byte] ^ digest[byte] }
            if difference == 0 { return index }
            place = (place + 1) & (table.count - 1)
        }
        return -1
    }

    private static func place(_ digest: InlineArray<32, UInt8>) -> Int {
        var place = 0
        for index in 0..<7 { place = place << 8 | Int(digest[index]) }
        return place
    }

    private func look(_ place: Place, _ head: borrowing RequestHead) -> Int? {
        switch place {
        case .field(let name):
            guard let index = name.first(in: head.fields) else { return nil }
            var value = head.fields.value(index)
            let scheme = 7
            if value.count > scheme, value.extracting(0..<scheme).equalsFolded("bearer ") {
                value = value.extracting(scheme..<value.count).trimmed
            }
            return value.isEmpty ? nil : self.index(of: value)
        case .query(let name):
            guard let range = head.path.parameter(name.span), !range.isEmpty else { return nil }
            return index(of: head.path.extracting(range))
        case .cookie(let name):
            guard let index = head.fields.first(.cookie) else { return nil }
            let value = head.fields.value(index)
            guard let range = value.cookie(name.span), !range.isEmpty else { return nil }
            return self.index(of: value.extracting(range))
        }
    }

    private func remove(_ place: Place, _ head: inout RequestHead) {
        switch place {
        case .field(let name): name.removeAll(from: &head.fields)
        case .query(let name): head.removeParameter(name)
        case .cookie: break
        }
    }
}
