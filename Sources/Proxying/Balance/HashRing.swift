/// A ring of hashes with hosts on it (Envoy's ring hash, after ketama).
struct HashRing {
    private struct Point {
        var hash: UInt64
        var member: Int32
    }

    private var points: [Point] = []

    /// How many points the ring has.
    var count: Int { points.count }

    init() {}

    /// Places each member as often as its weight says: the lightest has a whole number of points, and all
    /// together have at least `minimum` unless that is more than `maximum`.
    init(keys: [[UInt8]], weights: [Int32], minimum: Int, maximum: Int) {
        let total = Double(weights.reduce(0) { $0 + Int($1) })
        guard let lightest = weights.min(), total > 0 else { return }
        let least = Double(lightest) / total
        let scale = min((least * Double(minimum)).rounded(.up) / least, Double(maximum))
        points.reserveCapacity(Int(scale.rounded(.up)))
        var placed = 0.0
        var target = 0.0
        for member in keys.indices {
            target += scale * (Double(weights[member]) / total)
            var number = 0
            let prefix = keys[member] + [UInt8(ascii: "_")]
            while placed < target {
                let hash = XXHash64.hash(prefix + Array(String(number).utf8))
                points.append(Point(hash: hash, member: Int32(member)))
                number += 1
                placed += 1
            }
        }
        points.sort { $0.hash != $1.hash ? $0.hash < $1.hash : $0.member < $1.member }
    }

    /// The place on the ring of the first point at or after a hash.
    func place(of hash: UInt64) -> Int {
        var low = 0
        var high = points.count
        while low < high {
            let middle = (low + high) / 2
            if points[middle].hash < hash { low = middle + 1 } else { high = middle }
        }
        return low == points.count ? 0 : low
    }

    /// The member at a place; places beyond the end begin anew.
    func member(at place: Int) -> Int {
        Int(points[place % points.count].member)
    }
}
