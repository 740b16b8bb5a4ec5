public import Basics

/// A text of a record: bytes that are mostly UTF-8.
public struct Bytes: Sendable, Hashable, Comparable, ExpressibleByStringLiteral,
    CustomStringConvertible
{
    /// The bytes.
    public var array: [UInt8]

    /// Takes bytes.
    @inlinable
    public init(_ array: [UInt8]) {
        self.array = array
    }

    /// Takes the UTF-8 of a text.
    @inlinable
    public init(_ text: String) {
        array = Array(text.utf8)
    }

    /// Copies bytes.
    @inlinable
    public init(copying span: Span<UInt8>) {
        array = Array(copying: span)
    }

    /// Takes a literal's UTF-8.
    @inlinable
    public init(stringLiteral text: String) {
        self.init(text)
    }

    /// How many bytes.
    @inlinable public var count: Int { array.count }
    /// Whether there are none.
    @inlinable public var isEmpty: Bool { array.isEmpty }
    /// The bytes to read.
    @inlinable public var span: Span<UInt8> {
        @_lifetime(borrow self)
        get { array.span }
    }
    /// As a Swift string; what is no UTF-8 becomes U+FFFD.
    @inlinable public var text: String { String(decoding: array, as: UTF8.self) }
    /// As a Swift string.
    @inlinable public var description: String { text }

    /// Orders by bytes.
    @inlinable
    public static func < (left: Self, right: Self) -> Bool {
        left.array.lexicographicallyPrecedes(right.array)
    }
}
