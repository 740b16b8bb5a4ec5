internal import PodEngine

/// A pod's timeline with the pod's name.
public struct PodTimeline: Sendable {
    /// The timeline.
    var timeline: Timeline
    /// The pod.
    public var pod: PodKey

    init(_ timeline: Timeline, _ pod: PodKey) {
        self.timeline = timeline
        self.pod = pod
    }
}

/// The timelines of pods that have gone, the newest few hundred.
struct TimelineHistory {
    private var kept: [String: PodTimeline] = [:]
    private var order: [String] = []
    private static let limit = 256

    /// Keeps a timeline; the oldest goes when there are too many.
    mutating func keep(_ timeline: PodTimeline, uid: String) {
        if kept.updateValue(timeline, forKey: uid) == nil { order.append(uid) }
        if order.count > Self.limit { kept[order.removeFirst()] = nil }
    }

    /// The timeline of the last pod of that name.
    func newest(of pod: PodKey) -> PodTimeline? {
        order.last { kept[$0]?.pod == pod }.flatMap { kept[$0] }
    }
}
