internal import COpenSSL

/// Sessions of a TLS client that may be resumed, one for each server; owned by one worker.
@safe public final class TLSSessionCache {
    /// A server: a session is offered only under the context that it was made under.
    private struct Key: Hashable {
        var context: ObjectIdentifier
        var server: String
    }

    private struct Entry {
        var session: Session
        /// Kept alive, so that its identity is not given to another.
        var context: TLSClientContext
        var use: UInt64
    }

    /// The owner of a session.
    @safe private final class Session {
        let pointer: OpaquePointer
        init(_ pointer: OpaquePointer) { unsafe self.pointer = pointer }
        deinit { unsafe SSL_SESSION_free(pointer) }
    }

    /// Where the sessions of one engine go.
    final class Place {
        let cache: TLSSessionCache
        let context: TLSClientContext
        let server: String

        init(_ cache: TLSSessionCache, _ context: TLSClientContext, _ server: String) {
            self.cache = cache
            self.context = context
            self.server = server
        }
    }

    /// The most sessions that are kept; the one unused for longest is dropped for a new one.
    public let maximum: Int
    /// How many sessions there are.
    public var count: Int { entries.count }
    private var entries: [Key: Entry] = [:]
    private var uses: UInt64 = 0

    /// Makes an empty cache.
    public init(maximum: Int = 256) {
        precondition(maximum > 0)
        self.maximum = maximum
    }

    /// Forgets all sessions.
    public func removeAll() {
        entries.removeAll()
    }

    /// Has a new connection resume the session of its server, if there is one.
    func offer(to session: OpaquePointer, _ place: Place) {
        let key = Key(context: ObjectIdentifier(place.context), server: place.server)
        uses += 1
        entries[key]?.use = uses
        guard let known = entries[key]?.session else { return }
        if unsafe SSL_SESSION_is_resumable(known.pointer) == 1 {
            _ = unsafe SSL_set_session(session, known.pointer)
        } else {
            entries[key] = nil
        }
    }

    private func keep(_ session: OpaquePointer, _ place: Place) {
        let key = Key(context: ObjectIdentifier(place.context), server: place.server)
        uses += 1
        if entries[key] == nil, count >= maximum,
            let oldest = entries.min(by: { $0.value.use < $1.value.use })
        {
            entries[oldest.key] = nil
        }
        let session = unsafe Session(session)
        entries[key] = Entry(session: session, context: place.context, use: uses)
    }

    /// OpenSSL's offer of a session; 1 takes it over.
    static let received: @convention(c) (OpaquePointer?, OpaquePointer?) -> Int32 = {
        session,
        fresh in
        guard let session = unsafe session, let fresh = unsafe fresh,
            let data = unsafe SSL_get_ex_data(session, 0)
        else { return 0 }
        let place = unsafe Unmanaged<Place>.fromOpaque(data).takeUnretainedValue()
        unsafe place.cache.keep(fresh, place)
        return 1
    }
}
