import Basics
import HTTP
import Reactor

extension Exchange {
    /// Keeps the request as it came, for a page that is asked for in its place.
    func keepOriginal() {
        original.copy(request)
    }

    /// Notes the host and path before they are changed for a host.
    func noteTarget() {
        guard !hasTarget else { return }
        hasTarget = true
        original.takeTarget(of: request)
        let path = rawPath
        if !path.isEmpty { original.setPath(path.span) }
    }

    /// Names the host and path that the client asked for, when no host needs the others any more.
    func restoreTarget() {
        guard hasTarget else { return }
        request.takeTarget(of: original)
    }

    /// Lets a page of the route answer in the place of a status; there is one page for a request.
    ///
    /// - Returns: Whether it does.
    func showPage(inPlaceOf status: Int) -> Bool {
        guard page == nil, !answerHasBegun, !isMirror, let service,
            let found = plan?.pages?.page(for: status)
        else { return false }
        let isRepeatable = requestIsWhole && kept.count == receivedBytes
        request.copy(original)
        if let path = found.path {
            if request.method != .head { request.setMethod(.get) }
            request.setPath(path.span)
            rawPath = []
            request.framing = .none
            request.fields.removeAll(.contentLength)
            request.fields.removeAll(.transferEncoding)
            request.fields.removeAll(.contentType)
        }
        guard let index = service.choose(found, self) else { return false }
        let plan = found.plans[index]
        if case .forward = plan.action, !isRepeatable { return false }
        if found.path != nil { dropKept() }
        page = found
        pageStatus = status
        leaveCluster()
        self.plan = plan
        service.perform(plan, self)
        return true
    }

    /// Forgets the cluster that was asked, so that another can be.
    private func leaveCluster() {
        releaseUpstream()
        giveBackPlaces()
        proxy.worker.timers.drop(&timer)
        route = nil
        cluster = nil
        upstreamPool = nil
        choice = ForwardPlan.Choice(cluster: -1, share: -1)
        hash = nil
        madeCookie = nil
        isPrepared = false
        tried = TriedHosts()
        wantsRetries = false
        requestWasSent = false
        isRetryPending = false
        isReusedConnection = false
        response.removeAll()
        trailers.removeAll()
    }
}

extension RequestHead {
    /// Takes the host and path of another head.
    fileprivate mutating func takeTarget(of other: borrowing RequestHead) {
        setPath(other.path)
        setAuthority(other.authority)
    }
}
