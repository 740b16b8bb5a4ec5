import Security

extension FuzzSubject {
    /// First bytes of TLS clients.
    ///
    /// What was decided stays decided, whatever comes after it.
    public static let hello = FuzzSubject(name: "Hello") { input in
        let whole = HelloSniffer.look(input.span)
        if whole == .needsMore, input.count >= HelloSniffer.bytesMaximum {
            return "it never decides"
        }
        let step = max(1, input.count / 200)
        for length in stride(from: 0, to: input.count, by: step) {
            let part = HelloSniffer.look(input.span.extracting(first: length))
            if part != .needsMore && part != whole { return "\(length): \(part), \(whole)" }
        }
        guard case .hello(let hello) = whole, let name = hello.serverName else { return nil }
        return name.utf8.allSatisfy { (0x21...0x7E).contains($0) } && name == name.lowercased()
            ? nil : "the server name \(name)"
    }
}
