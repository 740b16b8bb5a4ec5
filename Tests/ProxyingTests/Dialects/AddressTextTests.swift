import Testing

@testable import Proxying

@Suite("Addresses as texts") struct AddressTextTests {
    @Test(
        arguments: [
            ("10.0.0.1", [10, 0, 0, 1]),
            ("::1f", [UInt8](repeating: 0, count: 15) + [0x1F]),
            ("1:2:3:4:5:6:7:8", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]),
            ("::ffff:1.2.3.4", [UInt8](repeating: 0, count: 10) + [255, 255, 1, 2, 3, 4]),
        ] as [(String, [UInt8])]
    )
    func `addresses are read`(_ text: String, _ bytes: [UInt8]) {
        #expect(AddressText.address(text) == bytes)
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.256", "1.2.3.+4", "::+1", "::-0", "::12345", "1::2::3", ":1", "1:",
        "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::g",
    ])
    func `other texts are none`(_ text: String) {
        #expect(AddressText.address(text) == nil)
    }
}
