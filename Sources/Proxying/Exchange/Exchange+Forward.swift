import Basics
import HTTP
import Reactor

extension Exchange {
    /// Sends the request to a cluster, as its route says.
    func forward(_ route: ForwardPlan, to cluster: WorkerCluster) {
        self.route = route
        self.cluster = cluster
        isHighPriority = route.settings.isHighPriority
        limits = (route.timeout, route.perTryTimeout)
        if client.isInternal || route.retryRules != nil {
            decideRetries(route)
        } else {
            wantsRetries = false
        }
        // A request that was held may have its body already.
        let mayRepeat = wantsRetries || $plan?.object.pages != nil && !isMirror
        keepsBody = mayRepeat && (!requestIsWhole || !kept.isEmpty)
        guard cluster.take(.requests, self) else {
            overflow()
            return
        }
        holdsRequest = true
        count(cluster.statistics.active)
        if requestIsWhole { armTimeout() }
        attempt()
    }

    private func decideRetries(_ route: ForwardPlan) {
        let wishes = client.isInternal ? RetryWishes(request.fields) : nil
        decision = RetryDecision(route.retryRules, wishes)
        if let wishes {
            limits = wishes.limits(timeout: route.timeout, perTry: route.perTryTimeout)
        }
        wantsRetries = decision.isEnabled && !isMirror
    }

    func attempt() {
        guard let cluster = $cluster else { return }
        attemptCount += 1
        let hosts = cluster.object.hostsReference
        guard let slot = hosts.lend({ chooseHost($0) }),
            let pool = cluster.lend({ $0.pool(slot) }), hosts.lend({ $0.begin(slot) })
        else {
            if waitForRoom(cluster.object) { return }
            flags.insert(.noHealthyUpstream)
            count(cluster.object.statistics.noHealthy)
            let status = service?.settings.failures.noHost ?? 503
            reply(status, "no healthy upstream", "no_healthy_upstream")
            return
        }
        self.slot = slot
        hosts.lend { $0.shared(slot).countRequest() }
        upstreamPool = pool
        waitsForUpstream = true
        if let limit = limits.perTry {
            tryTimer = proxy.worker.timers.set(
                self,
                at: proxy.worker.now + limit,
                tag: Tag.attempt
            )
        }
        count(cluster.object.statistics.requests)
        upstreamRefused(pool.acquire(self))
    }

    private func chooseHost(_ hosts: HostSet) -> Int? {
        if !tried.isEmpty, let attempts = route?.retry?.hostAttempts {
            return hosts.choose(hash: hash, excluding: tried, attempts: attempts)
        }
        return hosts.choose(hash: hash, excluding: tried)
    }

    func overflow() {
        flags.insert(.upstreamOverflow)
        reply(
            service?.settings.failures.noHost ?? 503,
            "upstream connect error or disconnect/reset before headers. reset reason: overflow",
            "upstream_reset_before_response_started{overflow}"
        )
    }

    /// A connection is there.
    func upstreamReady(_ upstream: any Upstream, _ pool: UpstreamPool, isReused: Bool) {
        self.upstream = upstream
        waitsForUpstream = false
        isReusedConnection = isReused
        $service?.lend { $0.prepareUpstream(self, pool) }
        if isMirror { nameShadow() }
        let hasBody = !requestIsWhole || !kept.isEmpty
        upstream.sendHead(self, isEnd: !hasBody)
        requestWasSent = true
        if !kept.isEmpty {
            upstream.sendBody(self, kept.readable)
            if !keepsBody { dropKept() }
        }
        if hasBody && requestIsWhole { upstream.sendEnd(self) }
        if requestIsWhole { armTimeout() } else if !upstream.isFull(self) { resumeRequest() }
    }
}
