internal import Basics
internal import Security
internal import System

extension Link {
    /// Sends what waits; called by the worker.
    func flushNow() {
        isQueued = false
        if asksBeforeSending, state == .open { unsafe owner.linkSends(self) }
        guard canWrite, state != .connecting, state != .closed else { return }
        if security == nil {
            sentCount += UInt64(send(&output))
        } else {
            sealAndSend()
        }
        if sendError != 0 { failSending() }
        guard state != .closed else { return }
        if waitingCount == 0 {
            workerReference.lend { worker in
                output.giveBack(to: worker.blocks)
                sealed.giveBack(to: worker.blocks)
            }
            if willFinish && !hasFinished { finishNow() }
        }
        if tellsDrained, !isFull {
            tellsDrained = false
            if state == .open { unsafe owner.linkDrained(self) }
        }
    }

    func sealAndSend() {
        if isHeldBack, output.isEmpty, !willFinish { return }
        if !isHeldBack, !sealed.isEmpty { _ = send(&sealed) }
        guard let security, security.isEstablished else { return }
        while canWrite, !output.isEmpty, sealed.isEmpty || isHeldBack, state != .closed {
            isHeldBack = false
            workerReference.lend { sealed.borrow(from: $0.blocks) }
            let count = security.seal(&output, out: &sealed)
            guard count > 0 else {
                fail(.insecure("the TLS session cannot send"))
                return
            }
            sentCount += UInt64(count)
            if willFinish, output.isEmpty { sayEnd(security) }
            _ = send(&sealed)
        }
    }

    private func sayEnd(_ security: TLSEngine) {
        guard !hasSaidEnd else { return }
        hasSaidEnd = true
        security.close(out: &sealed)
    }

    /// Sends as much of a buffer as the socket takes, and returns how much that was.
    func send(_ buffer: inout ByteBuffer) -> Int {
        var total = 0
        while !buffer.isEmpty {
            let count = sendOnce(buffer)
            if count > 0 {
                let isShort = count < buffer.count
                buffer.consume(count)
                total += count
                if isShort {
                    canWrite = false
                    break
                }
            } else if count == SocketIO.wouldWait {
                canWrite = false
                break
            } else if count != SocketIO.interrupted {
                sendError = Int32(truncatingIfNeeded: -count)
                canWrite = false
                break
            }
        }
        return total
    }

    func sendOnce(_ buffer: borrowing ByteBuffer) -> Int {
        if case .memory(let peer) = transport {
            guard let other = peer.value else { return -Self.brokenPipe }
            return other.arrives(buffer)
        }
        return SocketIO.send(descriptor, buffer.readable)
    }

    func finishNow() {
        hasFinished = true
        if let security, security.isEstablished {
            isHeldBack = false
            sayEnd(security)
            _ = send(&sealed)
        }
        if case .memory(let peer) = transport {
            peer.value?.arrives(end: true)
        } else if descriptor >= 0 {
            Sockets.finishSending(descriptor)
        }
        if state == .lingering, sawEnd { close() }
    }

    /// After a failed write, what the peer sent before it went is still read.
    func failSending() {
        let number = sendError
        sendError = 0
        output.removeAll()
        sealed.removeAll()
        isEnding = true
        if state == .lingering || sawEnd || isPaused {
            fail(.cut(number))
        } else {
            canRead = true
            readLater()
        }
    }
}
