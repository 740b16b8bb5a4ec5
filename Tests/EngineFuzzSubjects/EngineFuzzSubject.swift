/// A decoder of the engine that is fed with anything, and what must hold whatever it is fed with.
///
/// The fuzzers look for inputs that break it; the unit tests feed it with what they have found so far.
public struct EngineFuzzSubject: Sendable {
    /// The name, which is that of its folder in `Fuzz`.
    public let name: String
    /// Feeds it with an input; a text is what does not hold.
    public let check: @Sendable ([UInt8]) -> String?

    /// All of them.
    public static let all = [
        json, patches, selectors, fieldsV1, protobufBody, webSocket, spdy,
    ]

    /// Ends the program if something does not hold; for fuzzers.
    public func run(_ input: [UInt8]) {
        if let contradiction = check(input) { fatalError("\(name): \(contradiction)") }
    }

    /// A few ways of cutting an input, the same each time for the same input.
    static func cuts(_ input: [UInt8]) -> [[[UInt8]]] {
        guard input.count > 1 else { return [] }
        var cuts: [[[UInt8]]] = []
        if input.count <= 512 { cuts.append(input.map { [$0] }) }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in input { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        for _ in 0..<3 {
            hash = hash &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let place = 1 + Int((hash >> 33) % UInt64(input.count - 1))
            cuts.append([Array(input[..<place]), Array(input[place...])])
        }
        return cuts
    }

    /// The input's first line and the rest.
    static func halves(_ input: [UInt8]) -> ([UInt8], [UInt8])? {
        guard let end = input.firstIndex(of: 10) else { return nil }
        return (Array(input[..<end]), Array(input[(end + 1)...]))
    }
}
