import Basics
import Testing

@testable import Proxying

@Suite struct TokenBucketTests {
    private static func at(milliseconds: Int) -> Instant { .zero + .milliseconds(milliseconds) }

    @Test func `a bucket gives what it holds, then what comes`() {
        var bucket = TokenBucket(.init(maximum: 3, tokensPerFill: 2, fillInterval: .seconds(1)))
        #expect(bucket.remaining(at: .zero) == 3)
        for left in [2, 1, 0] {
            #expect(bucket.take(at: .zero) == .allowed)
            #expect(bucket.remaining(at: .zero) == left)
        }
        #expect(bucket.take(at: .zero) == .refused(retryAfter: .milliseconds(500)))
        #expect(bucket.untilFull(at: .zero) == .milliseconds(1500))
        #expect(
            bucket.take(at: Self.at(milliseconds: 400)) == .refused(retryAfter: .milliseconds(100))
        )
        #expect(bucket.take(at: Self.at(milliseconds: 500)) == .allowed)
        #expect(bucket.take(at: Self.at(milliseconds: 501)) != .allowed)
        #expect(bucket.remaining(at: Self.at(milliseconds: 60_000)) == 3)
    }

    /// nginx: `rate=10r/s burst=5 nodelay` lets 6 through at once; without `nodelay` the five wait.
    @Test func `a burst waits in a queue, as in nginx`() {
        var hasty = TokenBucket(.init(maximum: 6, fillInterval: .milliseconds(100)))
        #expect((0..<8).count { _ in hasty.take(at: .zero) == .allowed } == 6)
        var patient = TokenBucket(
            .init(maximum: 1, fillInterval: .milliseconds(100)),
            queueMaximum: 5
        )
        let verdicts = (0..<7).map { _ in patient.take(at: .zero) }
        let waits = (1...5).map { TokenRate.Verdict.wait(.milliseconds(100 * $0)) }
        #expect(verdicts.dropLast() == [.allowed] + waits)
        #expect(verdicts.last == .refused(retryAfter: .milliseconds(600)))
    }

    @Test(arguments: [
        (TokenBucketSettings(maximum: 0, fillInterval: .seconds(1)), 0),
        (TokenBucketSettings(maximum: 5, tokensPerFill: 0, fillInterval: .zero), 5),
        (TokenBucketSettings(maximum: .max, tokensPerFill: .max, fillInterval: .seconds(1)), 9),
        (TokenBucketSettings(maximum: 2, fillInterval: .seconds(1 << 40)), 2),
    ])
    func `strange settings do no harm`(settings: TokenBucketSettings, expected: Int) {
        var bucket = TokenBucket(settings)
        let now = Instant(nanoseconds: 1 << 50)
        #expect((0..<9).count { _ in bucket.take(at: now) == .allowed } == expected)
        _ = bucket.remaining(at: now)
        _ = RateDecision(.allowed, bucket.rate, 0, now)
    }

    @Test func `whatever comes when, no more passes than may`() {
        let seed: UInt64 = 77
        var random = RandomSource(seed: seed)
        for round in 0..<200 {
            let maximum = 1 + random.below(10)
            let settings = TokenBucketSettings(
                maximum: maximum,
                tokensPerFill: 1 + random.below(5),
                fillInterval: .milliseconds(50 + random.below(1000))
            )
            var bucket = TokenBucket(settings)
            var now = Instant.zero
            var passed = 0
            for _ in 0..<500 {
                now = now + .milliseconds(random.below(200))
                if bucket.take(at: now) == .allowed { passed += 1 }
            }
            let fills = (now - .zero).inSeconds / settings.fillInterval.inSeconds
            let most = Double(maximum) + fills * Double(settings.tokensPerFill)
            #expect(Double(passed) <= most + 0.001, "seed \(seed) round \(round)")
            #expect(passed >= min(500, Int(most) - maximum) / 2, "seed \(seed) round \(round)")
        }
    }

    @Test func `threads share a bucket exactly`() async {
        let bucket = SharedTokenBucket()
        let rate = TokenRate(.init(maximum: 1000, fillInterval: .seconds(3600)))
        let passed = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    (0..<2000).count { _ in bucket.take(rate, at: .zero).verdict == .allowed }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(passed == 1000)
    }

    @Test func `a client is told what is left and when to come back`() {
        let bucket = SharedTokenBucket()
        let rate = TokenRate(.init(maximum: 2, fillInterval: .seconds(30)))
        let first = bucket.take(rate, at: .zero)
        #expect((first.limit, first.remaining, first.resetSeconds) == (2, 1, 30))
        #expect(first.retryAfterSeconds == 0)
        _ = bucket.take(rate, at: .zero)
        let third = bucket.take(rate, at: Self.at(milliseconds: 500))
        #expect((third.remaining, third.resetSeconds, third.retryAfterSeconds) == (0, 60, 30))
    }

    @Test func `each key has a bucket, and the oldest is forgotten`() {
        let buckets = KeyedBuckets(maximum: 3)
        let rate = TokenRate(.init(maximum: 1, fillInterval: .seconds(60)))
        func take(_ key: UInt64) -> Bool {
            buckets.take(rate, key: key, at: .zero).verdict == .allowed
        }
        #expect([take(1), take(2), take(3)] == [true, true, true])
        #expect([take(1), take(2), take(3)] == [false, false, false])
        #expect(!take(1))
        #expect(take(4))
        #expect(buckets.count == 3)
        // The second was used longest ago.
        #expect([take(1), take(3), take(4)] == [false, false, false])
        #expect(take(2))
    }

    @Test func `a table of keys behaves as a plain one that forgets`() {
        let seed: UInt64 = 5
        var random = RandomSource(seed: seed)
        let maximum = 100
        let buckets = KeyedBuckets(maximum: maximum)
        let rate = TokenRate(.init(maximum: 3, fillInterval: .seconds(1)))
        var model: [UInt64: Int64] = [:]
        var order: [UInt64] = []
        var now = Instant.zero
        for step in 0..<20_000 {
            now = now + .milliseconds(random.below(3))
            // Few of these differ in their low bits, so chains are long.
            let key = UInt64(random.below(150)) << 40
            order.removeAll { $0 == key }
            if model[key] == nil, model.count == maximum { model[order.removeFirst()] = nil }
            order.append(key)
            var full = model[key] ?? .min / 2
            let verdict = rate.take(&full, at: now)
            model[key] = full
            let decision = buckets.take(rate, key: key, at: now)
            #expect(decision.verdict == verdict, "seed \(seed) step \(step)")
        }
        #expect(buckets.count == maximum)
    }
}
