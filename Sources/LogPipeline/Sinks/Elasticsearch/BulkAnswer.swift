/// What Elasticsearch's and OpenSearch's answer to a bulk request says of each record.
///
/// The text is walked through once; nothing of it is kept but the reasons of refusals.
package enum BulkAnswer {
    /// Whether the beginning of an answer says that there were no errors.
    static func hasNoErrors(_ start: Span<UInt8>) -> Bool {
        var walk = JSONWalk(start)
        guard walk.enterMap() else { return false }
        while let name = walk.nextName() {
            if walk.isText(name, "errors") { return walk.isLiteral("false") }
            // The items come after it; all of them would have to be walked through.
            if walk.isText(name, "items") || !walk.skipValue() { return false }
        }
        return false
    }

    /// What an answer says of so many records.
    ///
    /// - Parameters:
    ///   - body: The whole answer.
    ///   - count: How many records were sent.
    ///   - isCreate: Whether a record that is there already counts as delivered.
    /// - Returns: nil if it is no answer to a bulk request.
    package static func judge(_ body: Span<UInt8>, count: Int, isCreate: Bool) -> DeliveryAnswer? {
        if hasNoErrors(body), body.lastWord == 0x7D { return .delivered }
        var walk = JSONWalk(body)
        guard walk.enterMap() else { return nil }
        var verdicts: [ItemVerdict]?
        while let name = walk.nextName() {
            if walk.isText(name, "items"), verdicts == nil {
                guard let found = items(&walk, count: count, isCreate: isCreate) else { return nil }
                verdicts = found
            } else if !walk.skipValue() {
                return nil
            }
        }
        guard walk.isAtEnd, let verdicts else { return nil }
        return verdicts.isEmpty ? .delivered : .partly(verdicts)
    }

    private static func items(
        _ walk: inout JSONWalk,
        count: Int,
        isCreate: Bool
    ) -> [ItemVerdict]? {
        guard walk.enterList() else { return nil }
        var verdicts: [ItemVerdict] = []
        var item = 0
        while walk.nextElement() {
            // One map with one member, named by the action.
            guard walk.enterMap(), walk.nextName() != nil, walk.enterMap() else { return nil }
            var status: Int?
            var reason: String?
            while let name = walk.nextName() {
                if walk.isText(name, "status") {
                    guard let number = walk.integer() else { return nil }
                    status = number
                } else if walk.isText(name, "error") {
                    guard let text = explanation(&walk) else { return nil }
                    reason = text
                } else if !walk.skipValue() {
                    return nil
                }
            }
            guard walk.nextName() == nil, !walk.isBroken else { return nil }
            if item < count,
                let verdict = verdict(item, status, reason, isCreate: isCreate)
            {
                verdicts.append(verdict)
            }
            item += 1
        }
        guard !walk.isBroken else { return nil }
        // Records that it does not speak of are sent again.
        for missing in min(item, count)..<count {
            verdicts.append(
                ItemVerdict(
                    item: missing,
                    isRetriable: true,
                    reason: "the answer does not speak of this record",
                    code: nil
                )
            )
        }
        return verdicts
    }

    private static func verdict(
        _ item: Int,
        _ status: Int?,
        _ reason: String?,
        isCreate: Bool
    ) -> ItemVerdict? {
        let code = status ?? (reason == nil ? 200 : 500)
        switch code {
        case 200...299: return nil
        // It is there already: an earlier request was carried out, but its answer was lost.
        case 409 where isCreate: return nil
        // Another request changed the document at the same time.
        case 409, 408, 429, 500...:
            return ItemVerdict(
                item: item,
                isRetriable: true,
                reason: reason ?? "status \(code)",
                code: code
            )
        default:
            return ItemVerdict(
                item: item,
                isRetriable: false,
                reason: reason ?? "status \(code)",
                code: code
            )
        }
    }

    /// The words of an error: type, reason, and the reason of its cause.
    private static func explanation(_ walk: inout JSONWalk) -> String? {
        if let text = walk.text() { return text }
        guard walk.enterMap() else { return walk.skipValue() ? "" : nil }
        var type = ""
        var reason = ""
        var cause = ""
        while let name = walk.nextName() {
            if walk.isText(name, "type"), let text = walk.text() {
                type = text
            } else if walk.isText(name, "reason"), let text = walk.text() {
                reason = text
            } else if walk.isText(name, "caused_by") {
                guard let text = explanation(&walk) else { return nil }
                cause = text
            } else if !walk.skipValue() {
                return nil
            }
        }
        guard !walk.isBroken else { return nil }
        return [type, reason, cause].filter { !$0.isEmpty }.joined(separator: ": ")
    }
}

extension Span<UInt8> {
    /// The last byte that is not white space; 0 if there is none.
    fileprivate var lastWord: UInt8 {
        var at = count
        while at > 0 {
            at &-= 1
            if self[at] > 0x20 { return self[at] }
        }
        return 0
    }
}
