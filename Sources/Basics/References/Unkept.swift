/// A property that refers to an object without keeping it.
///
/// For hot code whose objects are kept by somebody else; the property's documentation says by whom.
/// Following it after the object's end is undefined. Reading the property counts a reference as long as
/// the object is used; following its projection (`$name`) does not.
@safe @frozen @propertyWrapper public struct Unkept<Object: AnyObject> {
    @usableFromInline var reference: Unretained<Object>?

    /// Refers to an object, or none.
    @inlinable
    public init(wrappedValue: Object?) {
        reference = wrappedValue.map { Unretained($0) }
    }

    /// The object.
    @inlinable public var wrappedValue: Object? {
        @inline(__always) get { reference?.object }
        @inline(__always) set { reference = newValue.map { Unretained($0) } }
    }

    /// The reference, which costs nothing to follow.
    @inlinable public var projectedValue: Unretained<Object>? {
        @inline(__always) get { reference }
        @inline(__always) set { reference = newValue }
    }
}
