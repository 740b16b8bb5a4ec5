internal import Basics
internal import System

extension Link {
    static let brokenPipe = 32

    func arrives(_ bytes: borrowing ByteBuffer) -> Int {
        guard state != .closed, !hasArrivedAll else { return -Self.brokenPipe }
        let room = arrivingMaximum - arriving.count
        guard room > 0 else { return SocketIO.wouldWait }
        let count = min(room, bytes.count)
        arriving.append(bytes.readable.extracting(first: count))
        canRead = true
        readLater()
        return count
    }

    func arrives(end: Bool) {
        hasArrivedAll = true
        isEnding = true
        canRead = true
        readLater()
    }

    func peerMayWrite() {
        guard case .memory(let peer) = transport, let other = peer.value else { return }
        if !other.canWrite {
            other.canWrite = true
            other.touch()
        }
    }
}
