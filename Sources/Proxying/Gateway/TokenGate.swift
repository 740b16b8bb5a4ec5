internal import Basics
internal import Formats
internal import HTTP
internal import Security

/// Lets requests pass whose tokens are as the rules require, compiled for one worker.
final class TokenGate {
    private struct Provider {
        var verifier: TokenVerifier
        var places: [Place]
        var payloadHeader: [UInt8]?
        var claimHeaders: [(name: [UInt8], claim: [String])]
    }

    private enum Place {
        case field(FieldName, prefix: [UInt8])
        case query([UInt8])
        case cookie([UInt8])
    }

    private indirect enum Requirement {
        case none
        case provider(Int)
        case any([Requirement])
        case all([Requirement])
        case allowMissing
        case allowMissingOrFailed
    }

    private var providers: [Provider] = []
    private var names: [String] = []
    private var rules: [(test: RequestTest, requirement: Requirement)] = []
    /// Whom the last token that was good is about; empty without one.
    private(set) var subject: [UInt8] = []
    /// What routes require of their own.
    private var prepared: [Requirement] = []

    /// Compiles settings; `keys` are those of the providers, in order, `nil` where none came yet.
    init(_ settings: TokenSettings, keys: [KeySet?], seed: UInt64) throws(Failure) {
        for (index, provider) in settings.providers.enumerated() {
            names.append(provider.name)
            providers.append(
                Provider(
                    verifier: TokenVerifier(
                        provider,
                        keys: index < keys.count ? keys[index] : nil,
                        seed: seed &+ UInt64(index)
                    ),
                    places: provider.places.map { place in
                        switch place {
                        case .header(let name, let prefix):
                            .field(FieldName(name), prefix: Array(prefix.utf8))
                        case .query(let name): .query(Array(name.utf8))
                        case .cookie(let name): .cookie(Array(name.utf8))
                        }
                    },
                    payloadHeader: provider.payloadHeader.map { Array($0.utf8) },
                    claimHeaders: provider.claimHeaders.map {
                        (
                            Array($0.name.utf8),
                            $0.value.split(separator: ".").map { String($0) }
                        )
                    }
                        + provider.claimPaths.sorted { $0.key < $1.key }.map {
                            (Array($0.key.utf8), $0.value)
                        }
                )
            )
        }
        for rule in settings.rules {
            rules.append((try RequestTest(rule.match), try compile(rule.requirement)))
        }
    }

    /// Takes other keys of a provider.
    func setKeys(_ keys: KeySet?, of provider: Int) {
        providers[provider].verifier.setKeys(keys)
    }

    /// Checks a request; a token that is not to be passed on is taken off, claims become fields.
    ///
    /// - Returns: Why it is refused; `nil` lets it pass.
    func check(
        _ head: inout RequestHead,
        client: PeerAddress,
        at now: Timestamp,
        random: inout RandomSource
    ) -> TokenFailure? {
        strip(&head)
        let length = head.path.queryStart
        for index in rules.indices {
            let passes = rules[index].test.passes(
                head,
                pathLength: length,
                peer: client,
                random: &random
            )
            if passes { return judge(rules[index].requirement, &head, now) }
        }
        return nil
    }

    /// Compiles a route's own requirement.
    ///
    /// - Throws: `invalid` if it names an unknown provider.
    /// - Returns: What `check` takes.
    func prepare(_ requirement: TokenRequirement) throws(Failure) -> Int {
        prepared.append(try compile(requirement))
        return prepared.count - 1
    }

    /// Checks a request by a route's own requirement, which was prepared.
    func check(
        _ head: inout RequestHead,
        prepared index: Int,
        at now: Timestamp
    ) -> TokenFailure? {
        strip(&head)
        return judge(prepared[index], &head, now)
    }

    /// What only a checked token may say is not believed of anybody.
    private func strip(_ head: inout RequestHead) {
        subject = []
        for provider in providers {
            if let name = provider.payloadHeader { head.fields.removeAll(named: name.span) }
            for (name, _) in provider.claimHeaders { head.fields.removeAll(named: name.span) }
        }
    }

    private func compile(_ requirement: TokenRequirement) throws(Failure) -> Requirement {
        switch requirement {
        case .none: return .none
        case .provider(let name):
            guard let index = names.firstIndex(of: name) else {
                throw Failure(
                    .invalid,
                    "a rule requires tokens of \"\(name)\", which is no provider",
                    remedy: NearestMatch.of(name, among: names).map { "did you mean \"\($0)\"" }
                        ?? ""
                )
            }
            return .provider(index)
        case .any(let list):
            var compiled: [Requirement] = []
            for one in list { compiled.append(try compile(one)) }
            return .any(compiled)
        case .all(let list):
            var compiled: [Requirement] = []
            for one in list { compiled.append(try compile(one)) }
            return .all(compiled)
        case .allowMissing: return .allowMissing
        case .allowMissingOrFailed: return .allowMissingOrFailed
        }
    }

    private func judge(
        _ requirement: Requirement,
        _ head: inout RequestHead,
        _ now: Timestamp
    ) -> TokenFailure? {
        switch requirement {
        case .none: return nil
        case .provider(let index): return require(index, &head, now)
        case .all(let list):
            for one in list {
                if let failure = judge(one, &head, now) { return failure }
            }
            return nil
        case .any(let list): return requireAny(list, &head, now)
        case .allowMissing: return requireAny([.allowMissing], &head, now)
        case .allowMissingOrFailed:
            for index in providers.indices where require(index, &head, now) == nil { break }
            return nil
        }
    }

    /// One of a list; a missing token is the least telling of the reasons.
    private func requireAny(
        _ list: [Requirement],
        _ head: inout RequestHead,
        _ now: Timestamp
    ) -> TokenFailure? {
        var reason = TokenFailure.missing
        var allowsMissing = false
        for one in list {
            if case .allowMissing = one {
                allowsMissing = true
                continue
            }
            guard let failure = judge(one, &head, now) else { return nil }
            if failure != .missing { reason = failure }
        }
        if !allowsMissing { return reason }
        // Without others in the list it is about the tokens of all providers.
        if list.count == 1 {
            for index in providers.indices {
                guard let failure = require(index, &head, now) else { return nil }
                if failure != .missing { reason = failure }
            }
        }
        return reason == .missing ? nil : reason
    }

    private func require(
        _ index: Int,
        _ head: inout RequestHead,
        _ now: Timestamp
    ) -> TokenFailure? {
        let provider = providers[index]
        guard let (token, place) = find(provider.places, head) else { return .missing }
        let verified: TokenVerifier.Verified
        do throws(TokenFailure) {
            verified = try provider.verifier.verify(token.span, at: now)
        } catch {
            return error
        }
        subject = verified.subject
        if !provider.verifier.provider.forwards { remove(place, &head) }
        if let name = provider.payloadHeader {
            let payload = verified.payload
            head.fields.set(name: name.span, value: payload.span)
        }
        for (name, path) in provider.claimHeaders {
            guard let value = Self.text(verified.claims, path) else { continue }
            head.fields.set(name: name.span, value: value.span)
        }
        return nil
    }

    private func find(
        _ places: [Place],
        _ head: borrowing RequestHead
    ) -> (token: [UInt8], place: Place)? {
        for place in places {
            switch place {
            case .field(let name, let prefix):
                guard let index = name.first(in: head.fields) else { continue }
                let value = head.fields.value(index)
                guard value.hasPrefix(prefix.span, ignoringCase: true) else { continue }
                let token = value.extracting(prefix.count..<value.count).trimmed
                if !token.isEmpty { return (Array(copying: token), place) }
            case .query(let name):
                guard let range = head.path.parameter(name.span), !range.isEmpty else { continue }
                return (Array(copying: head.path.extracting(range)), place)
            case .cookie(let name):
                guard let index = head.fields.first(.cookie) else { continue }
                let value = head.fields.value(index)
                guard let range = value.cookie(name.span), !range.isEmpty else { continue }
                return (Array(copying: value.extracting(range)), place)
            }
        }
        return nil
    }

    private func remove(_ place: Place, _ head: inout RequestHead) {
        switch place {
        case .field(let name, _): name.removeAll(from: &head.fields)
        case .query(let name): head.removeParameter(name)
        case .cookie: break
        }
    }

    /// A claim as the value of a field: texts, numbers and truths; nothing that would end the line.
    private static func text(_ claims: JSON, _ path: [String]) -> [UInt8]? {
        var value: JSON? = claims
        for key in path { value = value?[key] }
        let text: String
        switch value {
        case .string(let string): text = string
        case .int(let number): text = "\(number)"
        case .double(let number): text = "\(number)"
        case .bool(let truth): text = truth ? "true" : "false"
        default: return nil
        }
        let bytes = Array(text.utf8)
        return bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F } ? bytes : nil
    }
}

extension RequestHead {
    /// Takes a parameter out of the query.
    mutating func removeParameter(_ name: [UInt8]) {
        guard let range = path.parameter(name.span) else { return }
        var bytes = Array(copying: path)
        // The name and its sign, and the `&` after it or else the `?` or `&` before it.
        var start = range.lowerBound
        while bytes[start - 1] != UInt8(ascii: "&") && bytes[start - 1] != UInt8(ascii: "?") {
            start -= 1
        }
        var end = range.upperBound
        if end < bytes.count { end += 1 } else { start -= 1 }
        bytes.removeSubrange(start..<end)
        setPath(bytes.span)
    }
}
