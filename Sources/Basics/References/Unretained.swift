/// A reference that does not keep its object, and costs nothing to follow.
///
/// For objects that live at least as long as whoever holds this: a connection's worker, a pool's
/// cluster. Following it after the object's end is undefined; the holder's documentation says why that
/// cannot be.
@safe @frozen public struct Unretained<Object: AnyObject> {
    @usableFromInline let reference: Unmanaged<Object>

    /// Refers to an object.
    @inlinable
    public init(_ object: Object) {
        unsafe reference = .passUnretained(object)
    }

    /// The object.
    ///
    /// It is lent for as long as the expression lasts. What lends needs an address; handing the object
    /// out instead would count a reference each time.
    @inlinable public var object: Object {
        @inline(__always) _read {
            var copy = unsafe reference
            let place = unsafe withUnsafeMutablePointer(to: &copy) { UnsafeRawPointer($0) }
            yield unsafe place.assumingMemoryBound(to: Object.self).pointee
            unsafe withExtendedLifetime(copy) {}
        }
    }

    /// Lends the object for the time of a call, without counting a reference.
    ///
    /// For calling its methods: called on `object` they count one.
    @inlinable @inline(__always)
    public func lend<Result>(_ body: (Object) throws -> Result) rethrows -> Result {
        try unsafe reference._withUnsafeGuaranteedRef(body)
    }
}
