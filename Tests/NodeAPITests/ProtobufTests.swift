import Formats
import Testing

@testable import NodeAPI

@Suite("Protobuf bodies") struct ProtobufTests {
    /// A field with bytes.
    static func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        precondition(bytes.count < 128)
        return [number << 3 | 2, UInt8(bytes.count)] + bytes
    }

    static func text(_ number: UInt8, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }

    static func body(_ version: String, _ kind: String, _ raw: [UInt8]) -> [UInt8] {
        [0x6B, 0x38, 0x73, 0] + field(1, text(1, version) + text(2, kind)) + field(2, raw)
            + text(3, "") + text(4, "")
    }

    @Test func `a config map as kubectl sends it`() throws {
        let metadata =
            Self.text(1, "m") + Self.text(2, "") + Self.text(3, "default") + [0x38, 0]
            + Self.field(8, [])
        let entry = Self.text(1, "k") + Self.text(2, "v")
        let object = try ProtobufBody.object(
            in: Self.body("v1", "ConfigMap", Self.field(1, metadata) + Self.field(2, entry))
        )
        #expect(
            object == [
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": ["name": "m", "namespace": "default"], "data": ["k": "v"],
            ]
        )
    }

    @Test func `bytes, times, numbers and inline messages`() throws {
        let secret = try ProtobufBody.object(
            in: Self.body(
                "v1",
                "Secret",
                Self.field(2, Self.text(1, "k") + Self.field(2, [0xFF, 0])) + Self.text(3, "Opaque")
            )
        )
        #expect(secret["data"]?["k"] == "/wA=" && secret["type"] == "Opaque")
        let source = Self.text(1, "cm")
        let volume =
            Self.text(1, "v")
            + Self.field(2, [19 << 3 & 0x7F | 2 | 0x80, 1] + [6] + Self.field(1, source))
        let probe =
            Self.field(
                1,
                Self.field(2, Self.text(1, "/p") + Self.field(2, [0x08, 0, 0x10, 80, 0x1A, 0]))
            ) + [0x10, 5]
        let container = Self.text(1, "c") + Self.field(10, probe)
        let spec = Self.field(1, volume) + Self.field(2, container) + [0x20, 0]
        let pod = try ProtobufBody.object(in: Self.body("v1", "Pod", Self.field(2, spec)))
        #expect(pod["spec"]?["volumes"] == [["name": "v", "configMap": ["name": "cm"]]])
        #expect(
            pod.value(at: FieldPath("spec.containers")[0] + "livenessProbe") == [
                "httpGet": ["path": "/p", "port": 80], "initialDelaySeconds": 5,
            ]
        )
        #expect(pod["spec"]?["terminationGracePeriodSeconds"] == 0)
    }

    @Test(
        arguments: [
            [], [0x6B, 0x38, 0x73], [0x7B], [0x6B, 0x38, 0x73, 0, 0x0A, 0x7F],
            body("v1", "Bogus", []),
            body("v1", "Pod", [0x0A, 0x05, 0]), body("v1", "Pod", [0x0F]),
            body("v1", "ConfigMap", [0x08, 1]),
            body("v1", "Secret", field(3, [0xFF])),
        ] as [[UInt8]]
    )
    func `what is no such message is refused`(bytes: [UInt8]) {
        #expect(throws: FormatError.self) { try ProtobufBody.object(in: bytes) }
    }
}
