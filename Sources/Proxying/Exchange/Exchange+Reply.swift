import Basics
import HTTP
import Reactor

extension Exchange {
    /// Notes what went wrong.
    func note(_ flag: ResponseFlags) {
        flags.insert(flag)
    }

    /// Answers without asking a host.
    func reply(_ status: Int, _ body: StaticString, _ details: StaticString) {
        reply(status, details: details) { $0.append(body) }
    }

    func reply(_ status: Int, _ body: String, _ details: StaticString) {
        reply(status, details: details) { $0.append(text: body) }
    }

    func reply(
        _ status: Int,
        details: StaticString,
        contentType: StaticString = "text/plain",
        isDirect: Bool = false,
        change: (inout ResponseHead) -> Void = { _ in },
        _ write: (inout ByteBuffer) -> Void
    ) {
        guard !isFinished, let service, let downstream = unsafe downstream else { return }
        if status >= 300, !isDirect, showPage(inPlaceOf: status) { return }
        self.details = details
        releaseUpstream()
        dropKept()
        kept.borrow(from: proxy.worker.blocks)
        write(&kept)
        response.removeAll()
        response.status =
            page?.status(of: status, inPlaceOf: pageStatus, isSpecial: !isDirect) ?? status
        response.framing = .length(kept.count)
        if !kept.isEmpty { response.fields.append(.contentType, value: contentType) }
        change(&response)
        service.changeReply(self)
        if GRPCReply.isFor(request) {
            GRPCReply.change(&response, &kept, isHTTP2: request.version == .http2)
        }
        if response.status == 204 || response.status == 304 {
            // Neither has content, and a client would take it for the next answer.
            dropKept()
            response.framing = .none
            response.fields.removeAll(.contentType)
        }
        answerHasBegun = true
        answerIsWhole = true
        service.prepareReply(self)
        let sendsBody = !kept.isEmpty && request.method != .head
        downstream.sendHead(self, isEnd: !sendsBody)
        if sendsBody {
            sentBytes += Int64(kept.count)
            downstream.sendBody(self, kept.readable)
        }
        downstream.sendEnd(self)
        dropKept()
        finish()
    }

    /// The client gets no whole answer.
    func abortAnswer() {
        releaseUpstream()
        unsafe downstream?.abort(self)
        finish()
    }
}
