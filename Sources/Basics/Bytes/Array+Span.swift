extension Array where Element == UInt8 {
    /// Makes an array of the bytes of a span.
    public init(copying span: Span<UInt8>) {
        self = unsafe span.withUnsafeBufferPointer { unsafe Array($0) }
    }
}

extension String {
    /// Makes a text of bytes in UTF-8; what is not is replaced by U+FFFD.
    public init(copying span: Span<UInt8>) {
        self = unsafe span.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
