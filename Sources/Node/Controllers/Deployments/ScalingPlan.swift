internal import PodModel

/// How the sets of a deployment grow and shrink when its number of replicas changes, also in the
/// middle of a rollout: each by its share.
///
/// Source: `scale` in `pkg/controller/deployment/sync.go`, `util/deployment_util.go`.
struct ScalingPlan: Sendable, Hashable {
    /// The new size of each set that is looked at, by name; sizes may be those that it has.
    var sizes: [String: Int] = [:]

    /// Plans the sizes.
    ///
    /// - Parameters:
    ///   - replicas: How many pods are wanted now.
    ///   - strategy: How a rollout goes.
    ///   - current: The set of the present template, if there is one.
    ///   - old: All others, oldest first.
    ///   - total: How many pods there are by the deployment's status.
    init(
        replicas: Int,
        strategy: DeploymentStrategy,
        current: ReplicaSetFacts?,
        old: [ReplicaSetFacts],
        total: Int
    ) {
        let all = old + [current].compactMap(\.self)
        let active = all.filter { $0.wanted > 0 }
        if active.count <= 1 {
            guard let only = active.first ?? current ?? old.last else { return }
            sizes[only.name] = replicas
            return
        }
        if let current, current.wanted == replicas, current.desired == replicas,
            current.available == replicas
        {
            for set in old where set.wanted > 0 { sizes[set.name] = 0 }
            return
        }
        guard strategy.type == .rollingUpdate else { return }
        let surge = RolloutPlan.bounds(strategy.rollingUpdate, replicas: replicas).surge
        let allowed = replicas > 0 ? replicas + surge : 0
        let toAdd = allowed - active.reduce(0) { $0 + $1.wanted }
        // Equal sizes: the newest first when it grows, the oldest first when it shrinks.
        let sorted = active.sorted { left, right in
            if left.wanted != right.wanted { return left.wanted > right.wanted }
            return toAdd > 0 ? left.created > right.created : left.created < right.created
        }
        var added = 0
        for set in sorted {
            let share = Self.share(of: set, replicas, surge, total)
            let rest = toAdd - added
            let change = toAdd == 0 ? 0 : toAdd > 0 ? min(share, rest) : max(share, rest)
            sizes[set.name] = set.wanted + change
            added += change
        }
        if let largest = sorted.first?.name, toAdd != 0 {
            sizes[largest] = max(0, (sizes[largest] ?? 0) + toAdd - added)
        }
    }

    /// By how much a set grows if it keeps its part of the whole.
    private static func share(
        of set: ReplicaSetFacts,
        _ replicas: Int,
        _ surge: Int,
        _ total: Int
    ) -> Int {
        if replicas == 0 { return -set.wanted }
        let before = set.most.flatMap { $0 > 0 ? $0 : nil } ?? total
        guard before > 0 else { return 0 }
        let product = set.wanted * (replicas + surge)
        // Rounded to the nearest whole number.
        return (2 * product + before) / (2 * before) - set.wanted
    }
}
