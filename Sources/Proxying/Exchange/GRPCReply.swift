import Basics
import HTTP

/// The proxy's own answers to gRPC requests: the status and the text are fields of the head, as Envoy does.
enum GRPCReply {
    /// Whether a request is gRPC's, by its content type.
    static func isFor(_ request: borrowing RequestHead) -> Bool {
        guard let index = request.fields.first(.contentType) else { return false }
        let value = request.fields.value(index)
        let name: StaticString = "application/grpc"
        let length = name.utf8CodeUnitCount
        guard value.count >= length, value.extracting(first: length).equalsFolded(name) else {
            return false
        }
        // Another type may begin in the same way: gRPC-Web's is told by its own answers.
        return value.count == length || value[length] == UInt8(ascii: "+")
            || value[length] == UInt8(ascii: ";")
    }

    /// Makes an answer gRPC's; the text moves from the body to a field.
    static func change(
        _ response: inout ResponseHead,
        _ body: inout ByteBuffer,
        isHTTP2: Bool
    ) {
        var number = ByteBuffer()
        number.append(decimal: GRPCStatus.number(forHTTP: response.status))
        response.status = 200
        response.framing = isHTTP2 ? .none : .length(0)
        response.fields.set(.contentType, value: "application/grpc")
        response.fields.set(.grpcStatus, value: number.readable)
        if !body.isEmpty {
            var message = ByteBuffer()
            write(body, into: &message)
            response.fields.set(.grpcMessage, value: message.readable)
            body.removeAll()
        }
    }

    /// Writes a text as gRPC's messages are written: percent-encoded where it is not plain.
    private static func write(_ text: borrowing ByteBuffer, into message: inout ByteBuffer) {
        let bytes = text.readable
        let digits = Array("0123456789ABCDEF".utf8)
        for index in bytes.indices {
            let byte = bytes[index]
            if byte >= 0x20, byte <= 0x7E, byte != UInt8(ascii: "%") {
                message.append(byte: byte)
            } else {
                message.append(byte: UInt8(ascii: "%"))
                message.append(byte: digits[Int(byte >> 4)])
                message.append(byte: digits[Int(byte & 15)])
            }
        }
    }
}
