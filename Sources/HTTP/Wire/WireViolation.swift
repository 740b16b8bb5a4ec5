/// A message that breaks the protocol or a limit: what to answer, and why.
public struct WireViolation: Error, Equatable, Sendable {
    /// The status to answer a request with; a broken response is a 502 to the client.
    public let status: Int
    /// What is wrong.
    public let reason: Reason

    /// Makes the violation of a kind.
    public init(_ reason: Reason) {
        self.reason = reason
        status = reason.status
    }

    /// What is wrong with a message.
    public enum Reason: UInt8, CaseIterable, Sendable {
        /// The start line is not one.
        case startLine
        /// A request target that is of no form, or of the wrong one for its method.
        case target
        /// An absolute target of a scheme other than `http` and `https`.
        case scheme
        /// A version other than HTTP/1.0 and HTTP/1.1.
        case version
        /// A line that does not end in CR LF, or a CR elsewhere.
        case lineEnd
        /// A field line without a colon or name, or with a name of other characters than a token's.
        case fieldName
        /// A control character in a field value.
        case fieldValue
        /// A field that goes on in the next line.
        case foldedField
        /// No `Host` field, or more than one.
        case host
        /// An authority with characters that it cannot have.
        case authority
        /// A `Content-Length` that is no number, too large or contradicted.
        case contentLength
        /// A transfer coding that is unknown here.
        case transferCoding
        /// `Transfer-Encoding` where it may not stand, or without `chunked` as its last coding.
        case transferEncoding
        /// Both `Content-Length` and `Transfer-Encoding`.
        case bothLengths
        /// A body where there can be none.
        case body
        /// A chunk with a malformed size.
        case chunkSize
        /// A chunk without its line end, or a malformed extension.
        case chunk
        /// Chunks that are mostly extensions.
        case chunkOverhead
        /// A request line that is too long.
        case targetTooLong
        /// A head or trailer section that is too long.
        case fieldsTooLong
        /// Too many fields.
        case tooManyFields
        /// The connection ended inside the message.
        case cut
        /// A field that HTTP/2 does not allow.
        case field
        /// A head that is none in HTTP/2.
        case messaging

        var status: Int {
            switch self {
            case .transferCoding: 501
            case .version: 505
            case .targetTooLong: 414
            case .fieldsTooLong, .tooManyFields: 431
            default: 400
            }
        }

        /// The code for access logs, in Envoy's manner.
        public var code: StaticString {
            switch self {
            case .startLine: "http1.invalid_start_line"
            case .target: "http1.invalid_url"
            case .scheme: "http1.invalid_scheme"
            case .version: "http1.invalid_version"
            case .lineEnd: "http1.invalid_line_end"
            case .fieldName: "http1.invalid_header_name"
            case .fieldValue: "http1.invalid_characters"
            case .foldedField: "http1.folded_header"
            case .host: "missing_host_header"
            case .authority: "http.invalid_authority"
            case .contentLength: "http1.invalid_content_length"
            case .transferCoding: "http1.invalid_transfer_encoding"
            case .transferEncoding: "http1.transfer_encoding_not_allowed"
            case .bothLengths: "http1.content_length_and_chunked_not_allowed"
            case .body: "http1.body_disallowed"
            case .chunkSize: "http1.invalid_chunk_size"
            case .chunk: "http1.invalid_chunk"
            case .chunkOverhead: "http1.chunk_overhead_too_large"
            case .targetTooLong: "http1.url_too_long"
            case .fieldsTooLong: "http1.headers_too_large"
            case .tooManyFields: "http1.too_many_headers"
            case .cut: "http1.cut_message"
            case .field: "http2.invalid.header.field"
            case .messaging: "http2.violation.of.messaging.rule"
            }
        }
    }
}
