/// Which addresses may come, compiled: the first rule that holds decides.
struct AddressGate: Sendable {
    private let rules: [(range: AddressTest?, isAllowed: Bool)]
    private let allowsOthers: Bool

    init(_ rules: AddressRules) {
        self.rules = rules.rules.map { ($0.range.map { AddressTest($0) }, $0.isAllowed) }
        allowsOthers = rules.allowsOthers
    }

    /// Whether an address may come.
    func allows(_ address: PeerAddress) -> Bool {
        for (range, isAllowed) in rules {
            guard let range else { return isAllowed }
            if address.isIn(range) { return isAllowed }
        }
        return allowsOthers
    }
}
