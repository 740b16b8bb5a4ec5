import Basics
import HTTP

/// Bodies whose length must be known before they are sent: HTTP/1.0 has no chunks.
extension Exchange {
    /// The most bytes that are gathered, as nginx lets in unless told otherwise.
    static let gatherMaximum = 1 << 20

    /// Begins to gather the body, unless it is there.
    ///
    /// - Returns: Whether it is; else the request is sent when it is whole.
    func beginGathering(_ route: ForwardPlan, _ cluster: WorkerCluster) -> Bool {
        guard !requestIsWhole else {
            request.framing = .length(kept.count)
            return true
        }
        isGathering = true
        self.cluster = cluster
        resumeRequest()
        return false
    }

    func gather(_ bytes: Span<UInt8>) {
        if kept.count + bytes.count > Self.gatherMaximum { return refuseBody() }
        keep(bytes)
    }

    /// The body is there.
    func endGathering() {
        isGathering = false
        guard let service, let cluster, case .forward(let forward)? = plan?.action else { return }
        request.framing = kept.isEmpty ? .none : .length(kept.count)
        service.send(self, forward, cluster)
    }
}
