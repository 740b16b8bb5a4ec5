internal import PodModel

/// How many pods each generation of a deployment shall have next: the rolling-update arithmetic.
///
/// A pure function of what is wanted and what is available, applied again after every change.
/// Source: `pkg/controller/deployment/{rolling,recreate}.go`.
struct RolloutPlan: Sendable, Hashable {
    /// What is known of one replica set of the deployment.
    struct Generation: Sendable, Hashable {
        /// Its name.
        var name: String
        /// How many pods it shall have now (`spec.replicas`).
        var wanted: Int
        /// How many pods exist and are not ended or going.
        var existing: Int
        /// How many are available.
        var available: Int
    }

    /// The new size of each replica set whose size changes, by name.
    var sizes: [String: Int] = [:]

    /// Plans the next step towards `replicas` pods of `current`, and none of `old` (oldest first).
    init(
        replicas: Int,
        strategy: DeploymentStrategy,
        current: Generation,
        old: [Generation]
    ) {
        switch strategy.type {
        case .recreate:
            for generation in old where generation.wanted > 0 { sizes[generation.name] = 0 }
            let allGone = old.allSatisfy { $0.wanted == 0 && $0.existing == 0 }
            if allGone, current.wanted != replicas { sizes[current.name] = replicas }
        case .rollingUpdate:
            roll(replicas: replicas, strategy: strategy, current: current, old: old)
        }
    }

    private mutating func roll(
        replicas: Int,
        strategy: DeploymentStrategy,
        current: Generation,
        old: [Generation]
    ) {
        let (surge, unavailable) = Self.bounds(strategy.rollingUpdate, replicas: replicas)
        let total = current.wanted + old.reduce(0) { $0 + $1.wanted }
        var wanted = current.wanted
        if wanted > replicas {
            wanted = replicas
        } else {
            wanted = min(replicas, wanted + max(0, replicas + surge - total))
        }
        if wanted != current.wanted { sizes[current.name] = wanted }

        let minimum = replicas - unavailable
        let currentUnavailable = max(0, current.wanted - current.available)
        var removable = total - minimum - currentUnavailable
        guard removable > 0 else { return }
        var sizesLeft = Dictionary(uniqueKeysWithValues: old.map { ($0.name, $0.wanted) })
        for generation in old where removable > 0 {
            let unhealthy = min(removable, max(0, generation.wanted - generation.available))
            sizesLeft[generation.name, default: 0] -= unhealthy
            removable -= unhealthy
        }
        var spare = current.available + old.reduce(0) { $0 + $1.available } - minimum
        for generation in old where spare > 0 {
            let fewer = min(spare, sizesLeft[generation.name] ?? 0)
            sizesLeft[generation.name, default: 0] -= fewer
            spare -= fewer
        }
        for generation in old {
            let left = sizesLeft[generation.name] ?? generation.wanted
            if left != generation.wanted { sizes[generation.name] = left }
        }
    }

    /// `maxSurge` rounded up and `maxUnavailable` rounded down; both zero means one unavailable.
    static func bounds(
        _ rolling: RollingUpdateDeployment?,
        replicas: Int
    ) -> (surge: Int, unavailable: Int) {
        let surge = resolve(rolling?.maxSurge ?? .string("25%"), of: replicas, roundingUp: true)
        let unavailable = resolve(
            rolling?.maxUnavailable ?? .string("25%"),
            of: replicas,
            roundingUp: false
        )
        return (surge, surge == 0 && unavailable == 0 ? 1 : unavailable)
    }

    private static func resolve(_ value: IntOrString, of total: Int, roundingUp: Bool) -> Int {
        switch value {
        case .int(let number): return number
        case .string(let text):
            guard text.hasSuffix("%"), let percent = Int(text.dropLast()) else { return 0 }
            return (total * percent + (roundingUp ? 99 : 0)) / 100
        }
    }
}
