import Basics
import Reactor
import Records

@testable import LogPipeline

/// What tests of the pipeline make records with.
@MainLoop final class TestLots: LotOwner {
    private(set) var settled: [Int64] = []
    let tags = TagTable()

    func settled(_ lot: Lot) {
        settled.append(lot.mark)
    }

    func lot(_ count: Int, mark: Int64 = 0) -> Lot {
        Lot(owner: self, group: 0, mark: mark, count: count)
    }

    func event(
        _ body: Body,
        time: Timestamp = Timestamp(nanoseconds: 1_700_000_000_123_456_789),
        tag: String = "app.web",
        lot: Lot? = nil
    ) -> Event {
        Event(body, time: time, tag: tags.tag(tag), receipt: Receipt(lot ?? self.lot(1)))
    }

    /// A record of a JSON text that is taken as it was written.
    func raw(_ text: String, cutting cut: String = "") -> Event {
        let block = Array(("noise" + text + "noise").utf8)
        var range = 0..<0
        if !cut.isEmpty, let found = text.utf8.firstRange(of: Array(cut.utf8)) {
            let start = 5 + text.utf8.distance(from: text.utf8.startIndex, to: found.lowerBound)
            range = start..<(start + cut.utf8.count)
        }
        return event(.json(WrittenObject(block, 5..<(block.count - 5), cut: range)))
    }
}
