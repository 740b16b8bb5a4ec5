import Formats
import NodeAPI

extension EngineFuzzSubject {
    /// Bodies in Kubernetes' protobuf form: as they come, and with the envelope before them.
    ///
    /// An object that was read names its kind and can be written as JSON; the beginning of a body is read
    /// or refused as well.
    public static let protobufBody = EngineFuzzSubject(name: "ProtobufBody") { input in
        for body in [input] + envelopes.map({ $0 + length(input.count) + input }) {
            if let broken = broken(body) { return broken }
            guard body.count > 8, body.count <= 1024 else { continue }
            for count in stride(from: 4, to: body.count, by: max(1, body.count / 16)) {
                if let broken = broken(Array(body[..<count])) { return broken }
            }
        }
        return nil
    }

    private static func broken(_ body: [UInt8]) -> String? {
        guard let object = try? ProtobufBody.object(in: body) else { return nil }
        if object["kind"]?.string?.isEmpty != false { return "an object of no kind" }
        if (try? ProtobufBody.object(in: body)) != object { return "the second time is another" }
        let limits = FormatLimits(bytes: 1 << 30, depth: 4096)
        guard let again = try? JSON.parse(object.bytes(), limits: limits), isSame(again, object)
        else { return "it cannot be written as JSON: \(object)" }
        return nil
    }

    /// `k8s\0`, the type, and the key of the object; its length and bytes follow.
    private static let envelopes: [[UInt8]] = ["Pod", "ConfigMap", "Deployment", "DeleteOptions"]
        .map { kind in
            let name = Array(kind.utf8)
            let type = [0x0A, 2] + Array("v1".utf8) + [0x12, UInt8(name.count)] + name
            return [0x6B, 0x38, 0x73, 0x00, 0x0A, UInt8(type.count)] + type + [0x12]
        }

    private static func length(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = count
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
