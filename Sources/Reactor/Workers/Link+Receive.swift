internal import Basics
internal import Security
internal import System

extension Link {
    /// Reads what has come, as much as is fair to the others.
    func readOn() {
        isWaitingAgain = false
        if state == .connecting, case .memory = transport { secure() }
        guard state != .closed, state != .connecting else { return }
        if !isPaused, !input.isEmpty, state == .open {
            unsafe owner.linkReceived(self)
        }
        var rounds = 0
        while canRead, !isPaused, state != .closed {
            if rounds == 4 || input.count >= inputMaximum {
                if rounds == 4 { readLater() }
                break
            }
            rounds += 1
            readOnce()
        }
        if state != .closed { giveMemoryBack() }
    }

    func readLater() {
        guard !isWaitingAgain, state != .closed else { return }
        isWaitingAgain = true
        worker.willGoOn(self)
    }

    func readOnce() {
        let isSealed = security != nil
        let (count, isShort) =
            isSealed ? receive(into: &unopened) : receive(into: &input)
        if count > 0 {
            // A short read has emptied the socket, unless the end waits behind it.
            if isShort && !isEnding { canRead = false }
            if state == .lingering {
                input.removeAll()
                unopened.removeAll()
            } else if state == .securing {
                hasHeard = true
                advanceHandshake()
            } else if isSealed {
                openSealed()
            } else {
                receivedCount += UInt64(count)
                unsafe owner.linkReceived(self)
            }
            return
        }
        if count == SocketIO.wouldWait {
            canRead = false
        } else if count == 0 {
            canRead = false
            ended()
        } else if count != SocketIO.interrupted {
            fail(.cut(Int32(truncatingIfNeeded: -count)))
        }
    }

    func ended() {
        guard !sawEnd else { return }
        sawEnd = true
        switch state {
        case .lingering: close()
        case .securing: fail(.insecure("the peer closed the connection during the handshake"))
        default: unsafe owner.linkEnded(self)
        }
    }

    func openSealed() {
        guard let security else { return }
        let before = input.count
        let sealedBefore = sealed.count
        workerReference.lend { input.borrow(from: $0.blocks) }
        let result = security.open(&unopened, plain: &input, out: &sealed)
        let count = input.count - before
        receivedCount += UInt64(count)
        if sealed.count > sealedBefore {
            isHeldBack = false
            touch()
        }
        if count > 0 { unsafe owner.linkReceived(self) }
        guard state == .open else { return }
        switch result {
        case .open: break
        case .closed: ended()
        case .failed(let why): fail(.insecure(why))
        }
    }

    func receive(into buffer: inout ByteBuffer) -> (count: Int, isShort: Bool) {
        workerReference.lend { buffer.borrow(from: $0.blocks) }
        if case .memory = transport {
            if arriving.isEmpty { return (hasArrivedAll ? 0 : SocketIO.wouldWait, true) }
            let count = arriving.count
            buffer.append(moving: &arriving)
            peerMayWrite()
            return (count, !hasArrivedAll)
        }
        let number = descriptor
        var room = 0
        let count = unsafe buffer.write(atLeast: 2048) { memory in
            room = memory.count
            return unsafe SocketIO.receive(number, into: memory)
        }
        return (count, count < room)
    }
}
