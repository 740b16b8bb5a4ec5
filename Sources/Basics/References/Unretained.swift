/// A reference that does not keep its object, and costs nothing to follow.
///
/// For objects that live at least as long as whoever holds this: a connection's worker, a pool's
/// cluster. Following it after the object's end is undefined; the holder's documentation says why that
/// cannot be.
@safe @frozen public struct Unretained<Object: AnyObject> {
    @usableFromInline unowned(unsafe) let reference: Object

    /// Refers to an object.
    @inlinable
    public init(_ object: Object) {
        unsafe reference = object
    }

    /// The object.
    @inlinable public var object: Object {
        @inline(__always) get { unsafe reference }
    }
}
