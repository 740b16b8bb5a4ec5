import Basics
import HTTP
import Reactor

extension Exchange {
    /// Sends the request to a cluster, as its route says.
    func forward(_ route: ForwardPlan, to cluster: WorkerCluster) {
        self.route = route
        self.cluster = cluster
        isHighPriority = route.settings.isHighPriority
        let wishes = client.isInternal ? RetryWishes(request.fields) : nil
        decision = RetryDecision(route.retry, wishes)
        limits =
            wishes?.limits(timeout: route.timeout, perTry: route.perTryTimeout)
            ?? (route.timeout, route.perTryTimeout)
        wantsRetries = decision.isEnabled && !isMirror
        // A request that was held may have its body already.
        let mayRepeat = wantsRetries || plan?.pages != nil && !isMirror
        keepsBody = mayRepeat && (!requestIsWhole || !kept.isEmpty)
        guard cluster.breaker(self).take(.requests) else {
            overflow()
            return
        }
        holdsRequest = true
        proxy.slab.add(cluster.statistics.active)
        if requestIsWhole { armTimeout() }
        attempt()
    }

    func attempt() {
        guard let cluster = $cluster else { return }
        attemptCount += 1
        guard let slot = chooseHost(cluster.object.hosts),
            let pool = cluster.object.pool(slot), cluster.object.hosts.begin(slot)
        else {
            if waitForRoom(cluster.object) { return }
            flags.insert(.noHealthyUpstream)
            proxy.slab.add(cluster.object.statistics.noHealthy)
            let status = service?.settings.failures.noHost ?? 503
            reply(status, "no healthy upstream", "no_healthy_upstream")
            return
        }
        self.slot = slot
        upstreamPool = pool
        waitsForUpstream = true
        if let limit = limits.perTry {
            tryTimer = proxy.worker.timers.set(
                self,
                at: proxy.worker.now + limit,
                tag: Tag.attempt
            )
        }
        proxy.slab.add(cluster.object.statistics.requests)
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
        service?.prepareUpstream(self, pool)
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
