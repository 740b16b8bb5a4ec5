/// Writes the heads and chunks of HTTP/1.1.
enum MessageEncoder {
    /// The head of a request, with the empty line.
    static func request(method: String, target: String, headers: HTTPHeaders) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        append(method, to: &bytes)
        bytes.append(HTTPSyntax.space)
        for byte in target.utf8 where HTTPSyntax.isTarget(byte) { bytes.append(byte) }
        bytes.append(contentsOf: " HTTP/1.1\r\n".utf8)
        append(headers, to: &bytes)
        return bytes
    }

    /// The head of a response, with the empty line.
    static func response(status: Int, headers: HTTPHeaders, bodyCount: Int = 0) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256 + bodyCount)
        bytes.append(contentsOf: "HTTP/1.1 ".utf8)
        appendDecimal(status, to: &bytes)
        bytes.append(HTTPSyntax.space)
        bytes.append(contentsOf: HTTPStatus.reason(status).utf8)
        bytes.append(contentsOf: "\r\n".utf8)
        append(headers, to: &bytes)
        return bytes
    }

    /// One chunk of a chunked body; not for an empty one, which would end the body.
    static func chunk(_ data: [UInt8]) -> [UInt8] {
        precondition(!data.isEmpty)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(data.count + 20)
        bytes.append(contentsOf: String(data.count, radix: 16).utf8)
        bytes.append(contentsOf: "\r\n".utf8)
        bytes.append(contentsOf: data)
        bytes.append(contentsOf: "\r\n".utf8)
        return bytes
    }

    /// The end of a chunked body.
    static func lastChunk(trailers: HTTPHeaders = [:]) -> [UInt8] {
        var bytes = Array("0\r\n".utf8)
        append(trailers, to: &bytes)
        return bytes
    }

    private static func append(_ headers: HTTPHeaders, to bytes: inout [UInt8]) {
        for field in headers.fields {
            append(field.name, to: &bytes)
            bytes.append(contentsOf: ": ".utf8)
            for byte in field.value.utf8 {
                bytes.append(HTTPSyntax.isFieldValue(byte) ? byte : HTTPSyntax.space)
            }
            bytes.append(contentsOf: "\r\n".utf8)
        }
        bytes.append(contentsOf: "\r\n".utf8)
    }

    /// Appends a token; bytes that would break out of it are left out.
    private static func append(_ token: String, to bytes: inout [UInt8]) {
        for byte in token.utf8 where HTTPSyntax.isToken(byte) { bytes.append(byte) }
    }

    private static func appendDecimal(_ number: Int, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: String(number).utf8)
    }
}
