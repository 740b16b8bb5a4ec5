internal import Formats

/// Objects in Kubernetes' protobuf form, which kubectl 1.32 and newer sends for typed commands.
enum ProtobufBody {
    static let mediaType = "application/vnd.kubernetes.protobuf"

    static func object(in bytes: [UInt8]) throws(FormatError) -> JSON {
        throw FormatError("protobuf is not spoken here")
    }
}
