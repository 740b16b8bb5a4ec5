internal import Basics
internal import Formats
internal import ObjectStore
internal import Reactor

extension NodeAPI {
    /// The wall clock.
    var now: Timestamp { Loop.main.moment.wall }

    /// Streams changes as lines of JSON.
    func watch(_ request: APIRequest, _ target: Target) throws(APIError) -> APIAnswer {
        let query = try selection(request, target)
        let version = request.parameter("resourceVersion") ?? ""
        let wantsInitial = request.flag("sendInitialEvents")
        var since: Int64?
        if !version.isEmpty, version != "0", !wantsInitial {
            guard let number = Int64(version) else {
                throw .badRequest("resourceVersion \"\(version)\" was not issued by this server")
            }
            since = number
        }
        let timeout = try request.number("timeoutSeconds") ?? 0
        let watch: ObjectWatch
        do throws(StoreError) { watch = try store.watch(query, since: since) } catch {
            throw APIError(error, target.kind)
        }
        let plan = WatchPlan<JSON, ObjectEvent>(
            opening: since == nil ? store.list(query) : [],
            openingVersion: wantsInitial ? store.version : nil,
            endsWithBookmark: request.flag("allowWatchBookmarks")
        )
        let form = EventForm(request: request, kind: target.kind)
        return .watch(
            WatchFeed(
                watch,
                plan,
                form,
                seconds: timeout,
                metrics: metrics
            ) { [store] in store.version }
        )
    }
}
