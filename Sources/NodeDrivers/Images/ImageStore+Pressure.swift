public import Basics
internal import Reactor
internal import System

extension ImageStore {
    /// Removes images nobody uses while the disk is too full, the longest unused first.
    ///
    /// As the kubelet does every five minutes: above `high` of the file system, in hundredths, images
    /// go until it is below `low`. Returns the freed bytes.
    @discardableResult
    public func relievePressure(high: Int = 85, low: Int = 80) async throws(Failure) -> Int64 {
        // What killed pulls and removals by force left goes in any case.
        var freed = try await sweep()
        guard fullness >= high else { return freed }
        freed += try await collectGarbage()
        for candidate in records.sorted(by: { lastUse(of: $0) < lastUse(of: $1) }) {
            if fullness < low { break }
            // One at a time, for others may go on pulling meanwhile.
            guard records.contains(candidate) else { continue }
            do throws(Failure) {
                freed += try await remove([candidate])
            } catch {
                // A container uses it.
                if error.code != .conflict { throw error }
            }
        }
        return freed
    }

    /// Remembers that a pod wants an image now.
    func noteUse(of record: ImageRecord) {
        uses[record.id] = Loop.main.moment.wall
    }

    private func lastUse(of record: ImageRecord) -> Timestamp {
        uses[record.id] ?? record.added
    }

    /// How much of the file system of the images is taken, in hundredths.
    private var fullness: Int { FileSystems.fullness(of: layout.images) }
}
