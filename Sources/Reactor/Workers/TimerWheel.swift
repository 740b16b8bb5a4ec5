public import Basics

/// What a timer of a worker calls.
public protocol TimerTarget: AnyObject {
    /// The time that was set has come; `tag` is the one that was given.
    func timerFired(_ tag: Int)
}

/// Many timers of one worker: setting and dropping one costs the same however many there are.
///
/// A hierarchy of wheels with a resolution of one millisecond: 256 slots of 1 ms, then 64 slots each of
/// 256 ms, 16.4 s and 17.5 min; what lies further away (over 18 hours) waits in the last slot and is
/// placed again. A timer never fires early, and fires late only if the worker is. Timers live in arrays
/// and are named by index and generation, so that none is allocated and a stale name does nothing.
public struct TimerWheel {
    /// The name of a timer.
    public struct ID: Sendable, Hashable {
        fileprivate var index: Int32
        fileprivate var generation: UInt32
        /// The name of no timer.
        public static let none = ID(index: -1, generation: 0)
        /// Whether this is the name of no timer.
        public var isNone: Bool { index < 0 }
    }

    private struct Entry {
        var target: (any TimerTarget)?
        var tag = 0
        var tick: Int64 = 0
        var previous: Int32 = -1
        var next: Int32 = -1
        var slot: Int32 = -1
        var generation: UInt32 = 0
    }

    private static let levels = 4
    private static let firstSlots = 256
    private static let slots = 64
    /// Bits of the time below a slot of each level.
    private static let shifts: [4 of Int64] = [0, 8, 14, 20]

    private var entries: [Entry] = []
    private var unused: Int32 = -1
    /// The first timer of each slot: 256 of level 0, then 64 of each other level.
    private var heads = [Int32](repeating: -1, count: firstSlots + (levels - 1) * slots)
    /// One bit for each slot that has timers.
    private var occupied = [UInt64](repeating: 0, count: firstSlots / 64 + levels - 1)
    /// The tick up to which all timers have fired.
    private var current: Int64
    /// How many timers are set.
    public private(set) var count = 0

    /// Makes a wheel without timers that begins at a time.
    public init(at now: Instant) {
        current = now.nanoseconds / 1_000_000
    }

    /// Sets a timer.
    public mutating func set(_ target: any TimerTarget, at due: Instant, tag: Int = 0) -> ID {
        let index: Int32
        if unused >= 0 {
            index = unused
            unused = entries[Int(index)].next
        } else {
            index = Int32(entries.count)
            entries.append(Entry())
        }
        // Rounded up: never early.
        let (whole, rest) = due.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000)
        let tick = max(rest > 0 ? whole + 1 : whole, current + 1)
        entries[Int(index)].target = target
        entries[Int(index)].tag = tag
        entries[Int(index)].tick = tick
        place(index)
        count += 1
        return ID(index: index, generation: entries[Int(index)].generation)
    }

    /// Drops a timer; its name becomes that of no timer.
    ///
    /// One that has fired or was dropped is no error.
    public mutating func drop(_ id: inout ID) {
        let index = id.index
        let generation = id.generation
        id = .none
        guard index >= 0, Int(index) < entries.count else { return }
        guard entries[Int(index)].generation == generation, entries[Int(index)].slot >= 0 else {
            return
        }
        unlink(index)
        release(index)
    }

    /// When the wheel must be turned next; `nil` without timers.
    ///
    /// It may be before the next timer is due.
    public var nextTurn: Instant? {
        if count == 0 { return nil }
        var best = Int64.max
        // Level 0 holds the next 256 ticks at most, ahead of `current`.
        if let slot = nextSlot(level: 0, after: current & 255, of: 256) {
            let distance = (slot - (current & 255) + 256) & 255
            best = current + (distance == 0 ? 256 : distance)
        }
        for level in 1..<Self.levels {
            let shift = Self.shifts[level]
            let position = (current >> shift) & 63
            if let slot = nextSlot(level: level, after: position, of: 64) {
                let distance = (slot - position + 64) & 63
                let turn = ((current >> shift) + (distance == 0 ? 64 : distance)) << shift
                best = min(best, turn)
            }
        }
        return Instant(nanoseconds: best * 1_000_000)
    }

    /// Takes the next timer that is due, or `nil` if none is.
    ///
    /// Call it again until it gives `nil`; timers may be set and dropped between the calls.
    public mutating func takeDue(at now: Instant) -> (target: any TimerTarget, tag: Int)? {
        let end = now.nanoseconds / 1_000_000
        while true {
            let head = heads[Int(current & 255)]
            if head >= 0, entries[Int(head)].tick <= current {
                unlink(head)
                let target = entries[Int(head)].target
                let tag = entries[Int(head)].tag
                release(head)
                if let target { return (target, tag) }
                continue
            }
            guard current < end else { return nil }
            advance(to: end)
        }
    }

    /// Moves on to the next tick that may have something, but not past `end`.
    private mutating func advance(to end: Int64) {
        guard let turn = nextTurn else {
            current = end
            return
        }
        let next = min(end, turn.nanoseconds / 1_000_000)
        let before = current
        current = next
        // The slots that begin now hand their timers down.
        for level in (1..<Self.levels).reversed()
        where before >> Self.shifts[level] != next >> Self.shifts[level] {
            let slot = Self.firstSlots + (level - 1) * 64 + Int((next >> Self.shifts[level]) & 63)
            var index = heads[slot]
            while index >= 0 {
                let following = entries[Int(index)].next
                unlink(index)
                place(index)
                index = following
            }
        }
    }

    private mutating func place(_ index: Int32) {
        let tick = entries[Int(index)].tick
        let slot: Int
        if tick - current <= 255 {
            slot = Int(tick & 255)
        } else {
            var level = 1
            while level < Self.levels - 1,
                (tick >> Self.shifts[level]) - (current >> Self.shifts[level]) > 63
            {
                level += 1
            }
            let shift = Self.shifts[level]
            // What lies beyond the last wheel waits in its last slot.
            let position = min(tick >> shift, (current >> shift) + 63)
            slot = Self.firstSlots + (level - 1) * Self.slots + Int(position & 63)
        }
        let head = heads[slot]
        entries[Int(index)].slot = Int32(slot)
        entries[Int(index)].previous = -1
        entries[Int(index)].next = head
        if head >= 0 { entries[Int(head)].previous = index }
        heads[slot] = index
        occupied[slot >> 6] |= 1 << UInt64(slot & 63)
    }

    private mutating func unlink(_ index: Int32) {
        let (previous, next) = (entries[Int(index)].previous, entries[Int(index)].next)
        let slot = Int(entries[Int(index)].slot)
        if previous >= 0 {
            entries[Int(previous)].next = next
        } else {
            heads[slot] = next
            if next < 0 { occupied[slot >> 6] &= ~(1 << UInt64(slot & 63)) }
        }
        if next >= 0 { entries[Int(next)].previous = previous }
        entries[Int(index)].slot = -1
    }

    private mutating func release(_ index: Int32) {
        entries[Int(index)].target = nil
        entries[Int(index)].generation &+= 1
        entries[Int(index)].next = unused
        unused = index
        count -= 1
    }

    /// The first slot with timers after a position, going round; the position itself comes last.
    private func nextSlot(level: Int, after position: Int64, of size: Int64) -> Int64? {
        let base = level == 0 ? 0 : Self.firstSlots / 64 + level - 1
        let words = Int(size / 64)
        var step = 0
        let first = Int(position >> 6)
        while step <= words {
            let word = (first + step) % words
            var bits = occupied[base + word]
            if step == 0 {
                let offset = UInt64(position & 63)
                bits &= offset == 63 ? 0 : ~0 << (offset + 1)
            } else if step == words {
                let offset = UInt64(position & 63)
                bits &= offset == 63 ? ~0 : (1 << (offset + 1)) - 1
            }
            if bits != 0 { return Int64(word * 64 + bits.trailingZeroBitCount) }
            step += 1
        }
        return nil
    }
}
