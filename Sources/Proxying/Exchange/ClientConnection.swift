/// A client's connection, HTTP/1 or HTTP/2, as its worker knows it.
protocol ClientConnection: AnyObject {
    /// Its place among the worker's connections.
    var rosterIndex: Int { get set }
    /// Where it comes from and arrives.
    var endpoints: Endpoints { get }
    /// The settings that it follows now.
    var service: HTTPService { get }
    /// Tells the client, if it can be told, that the connection ends soon.
    func announceEnd()
    /// Ends the connection when its requests are done, or now if there are none.
    func drain()
}
