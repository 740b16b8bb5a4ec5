extension FuzzSubject {
    /// Breaks for a few bytes in a row: a fuzzer that does not find them finds nothing else either.
    public static let canary = FuzzSubject(name: "Canary") { input in
        guard input.count > 3, input[0] == 0x72, input[1] == 0x65, input[2] == 0x6D else {
            return nil
        }
        return input[3] == 0x6F ? "found" : nil
    }
}
