extension LineFraming {
    /// What finds texts in a stream.
    func framer(limit: Int, skipsEmpty: Bool = false) -> any MessageFramer {
        switch self {
        case .delimited(let bytes):
            LineFramer(limit: limit, skipsEmpty: skipsEmpty, delimiter: bytes)
        case .counted: SyslogFramer(limit: limit, isSyslog: false)
        case .whole: PieceFramer(limit: limit)
        }
    }

    /// Where texts lie in a datagram, whose end is the last one's.
    func messages(in datagram: [UInt8], limit: Int) -> FoundMessages {
        var framer = framer(limit: limit, skipsEmpty: true)
        guard case .delimited(let end) = self else {
            var found = framer.take(datagram)
            let rest = framer.finish()
            // Nothing follows a datagram: what is left of a counted text is all there will be of it.
            if found.ranges.isEmpty { return rest }
            if !rest.ranges.isEmpty {
                let start = found.block.count
                found.block += rest.block
                found.ranges += rest.ranges.map { start + $0.lowerBound..<start + $0.upperBound }
            }
            found.skipped += rest.skipped
            return found
        }
        let isEnded = datagram.suffix(end.count).elementsEqual(end)
        return framer.take(isEnded ? datagram : datagram + end)
    }
}
