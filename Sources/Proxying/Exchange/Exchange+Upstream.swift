import Basics
import HTTP
import Reactor

extension Exchange {
    /// An interim answer.
    func receiveInterim() {
        // 100 was answered when the request came; others are passed on.
        if response.status != 100, request.version != .http10 {
            HopByHop.remove(from: &response.fields)
            unsafe downstream?.sendInterim(self, status: response.status)
        }
    }

    /// The head of the answer is there.
    func receiveResponseHead(isEnd: Bool) {
        guard let cluster = $cluster, let service = $service else { return }
        firstAnswerTime = proxy.worker.now
        let status = response.status
        noteOutcome(HostHealth.Outcome(status: status))
        if wantsRetries,
            retry(
                .answer(
                    status: status,
                    grpcStatus: GRPCStatus.number(in: response.fields),
                    isRateLimited: response.fields.contains(.xEnvoyRateLimited),
                    headersMatch: answerMatches
                )
            )
        {
            return
        }
        if attemptCount > 1, status < 500 {
            count(cluster.object.statistics.retrySuccesses)
        }
        if status >= 300, $plan?.object.pages?.intercepts ?? false,
            showPage(inPlaceOf: status)
        {
            return
        }
        if let page {
            response.status = page.status(
                of: status,
                inPlaceOf: pageStatus,
                isSpecial: false
            )
        }
        proxy.worker.timers.drop(&tryTimer)
        answerHasBegun = true
        details = "via_upstream"
        dropKept()
        service.lend { $0.prepareResponse(self) }
        unsafe downstream?.sendHead(self, isEnd: isEnd)
    }

    /// A part of the answer's body.
    func receiveResponseBody(_ bytes: Span<UInt8>) {
        guard !isFinished, let downstream = unsafe downstream else { return }
        sentBytes += Int64(bytes.count)
        downstream.sendBody(self, bytes)
        if downstream.isFull(self), !isResponsePaused {
            isResponsePaused = true
            upstream?.pauseResponse(self)
        }
    }

    /// The answer is whole.
    func receiveResponseEnd(_ fields: borrowing HeaderBlock) {
        guard !isFinished else { return }
        if !fields.isEmpty { trailers.append(contentsOf: fields) }
        answerIsWhole = true
        unsafe downstream?.sendEnd(self)
    }

    /// The host's side is done with the exchange.
    func upstreamFinished() {
        upstream = nil
        observeTime()
        finish()
    }

    /// The host takes bytes again.
    func upstreamDrained() {
        resumeRequest()
    }

    /// The host failed before the answer was whole.
    func upstreamFailed(_ failure: UpstreamFailure) {
        let wasWaiting = waitsForUpstream
        upstream = nil
        waitsForUpstream = false
        guard !isFinished else { return }
        if answerHasBegun {
            if failure == .streamReset {
                flags.insert(.upstreamReset)
                details = "upstream_reset_after_response_started{remote_reset}"
            } else {
                flags.insert(.upstreamTermination)
                details = "upstream_reset_after_response_started{connection_termination}"
            }
            endUse()
            abortAnswer()
            return
        }
        // What a host that goes away did not look at may be sent again, whatever it is.
        if failure == .unprocessed, isRepeatable, attemptCount <= 2 {
            endUse()
            requestWasSent = false
            attempt()
            return
        }
        if failure != .shortage { noteOutcome(.gatewayFailure) }
        // A kept connection that ended just when it was used again says nothing about the host.
        if !wasWaiting, isReusedConnection, case .reset = failure, isRepeatable,
            request.method.isIdempotent
        {
            endUse()
            requestWasSent = false
            attempt()
            return
        }
        let end: RetryDecision.End =
            switch failure {
            case .connect, .connectTimeout, .shortage: .connectFailure
            case .reset(let wasSent): .reset(wasSent: wasSent)
            case .protocolError, .streamReset: .reset(wasSent: true)
            case .refused, .unprocessed: .refused
            }
        if wantsRetries, retry(end) { return }
        endUse()
        replyToFailure(failure)
    }

    /// There will be no connection for it after all.
    func upstreamRefused(_ outcome: Acquisition) {
        switch outcome {
        case .taken: break
        case .overflow:
            waitsForUpstream = false
            endUse()
            overflow()
        case .failed(let failure): upstreamFailed(failure)
        }
    }

    func replyToFailure(_ failure: UpstreamFailure) {
        let statuses = service?.settings.failures ?? .envoy
        let prefix = "upstream connect error or disconnect/reset before headers. reset reason: "
        switch failure {
        case .connect:
            flags.insert(.upstreamConnectFailure)
            reply(
                statuses.unreachable,
                prefix + "remote connection failure",
                "upstream_reset_before_response_started{remote_connection_failure}"
            )
        case .shortage:
            flags.insert(.upstreamConnectFailure)
            reply(
                503,
                prefix + "local connection failure",
                "upstream_reset_before_response_started{local_connection_failure}"
            )
        case .connectTimeout:
            flags.insert(.upstreamConnectFailure)
            reply(
                statuses.connectTimeout,
                prefix + "connection timeout",
                "upstream_reset_before_response_started{connection_timeout}"
            )
        case .reset:
            flags.insert(.upstreamTermination)
            reply(
                statuses.broken,
                prefix + "connection termination",
                "upstream_reset_before_response_started{connection_termination}"
            )
        case .protocolError:
            flags.insert(.upstreamProtocolError)
            reply(
                502,
                prefix + "protocol error",
                "upstream_reset_before_response_started{protocol_error}"
            )
        case .streamReset:
            flags.insert(.upstreamReset)
            reply(
                statuses.broken,
                prefix + "remote reset",
                "upstream_reset_before_response_started{remote_reset}"
            )
        case .refused, .unprocessed:
            flags.insert(.upstreamReset)
            reply(
                statuses.broken,
                prefix + "remote refused stream reset",
                "upstream_reset_before_response_started{remote_refused_stream_reset}"
            )
        }
    }
}
