internal import Basics
internal import HTTP

/// How the requests of a route are sent to a cluster, compiled.
final class ForwardPlan {
    /// A cluster that a request may go to.
    struct Share {
        /// The cluster's place in the configuration; -1 if there is none of that name.
        let cluster: Int
        /// The weights of the shares up to and including this one.
        fileprivate let sum: Int
        /// Changes for this share only, before those of the route.
        let requestEdits: HeaderEdits
        let responseEdits: HeaderEdits
    }

    /// What a request was matched with.
    struct Choice: Equatable {
        /// The cluster's place; -1 if there is none of that name.
        var cluster: Int
        /// The share, for its header changes; -1 if the cluster was named by a header.
        var share: Int
    }

    let settings: ForwardAction
    /// How it is retried; the route's, or the host's.
    let retry: RetrySettings?
    /// The same, as a request's decisions need it; `nil` if nothing is retried.
    let retryRules: RetryRules?
    /// Tests of the answer's fields, for the condition `.headers`.
    let retryFields: [FieldTest]
    let shares: [Share]
    let hashPolicies: HashPolicies
    let path: PathRewriter
    /// Mirrors: the clusters' places and the parts of a million.
    let mirrors: [(cluster: Int, fraction: Int)]
    /// The host that is sent, if it is fixed or taken from a field.
    private let hostLiteral: [UInt8]?
    private let hostField: FieldName?
    private let clusterField: FieldName?
    private let clusterNames: [[UInt8]]

    init(
        _ action: ForwardAction,
        of host: VirtualHost,
        route: Route,
        clusters: [String],
        hostname: String
    ) throws(Failure) {
        settings = action
        retry = action.retry ?? host.retry
        retryRules = retry.map { RetryRules($0) }
        var tests: [FieldTest] = []
        for header in retry?.headers ?? [] { tests.append(try FieldTest(header)) }
        retryFields = tests
        hashPolicies = HashPolicies(action.hashPolicies)
        path = try PathRewriter(action.pathRewrite)
        mirrors = action.mirrors.map { mirror in
            (clusters.firstIndex(of: mirror.cluster) ?? -1, mirror.fraction)
        }
        switch action.hostRewrite {
        case .keep, .withoutPort, .upstream: (hostLiteral, hostField) = (nil, nil)
        case .literal(let text): (hostLiteral, hostField) = (Array(text.utf8), nil)
        case .header(let name): (hostLiteral, hostField) = (nil, FieldName(name))
        }
        var shares: [Share] = []
        switch action.target {
        case .header(let name):
            clusterField = FieldName(name)
            clusterNames = clusters.map { Array($0.utf8) }
        case .clusters(let weighted):
            clusterField = nil
            clusterNames = []
            var sum = 0
            for cluster in weighted {
                sum += max(0, cluster.weight)
                shares.append(
                    Share(
                        cluster: clusters.firstIndex(of: cluster.name) ?? -1,
                        sum: sum,
                        requestEdits: try HeaderEdits(
                            removals: cluster.headers.requestRemovals,
                            additions: cluster.headers.requestAdditions,
                            hostname: hostname
                        ),
                        responseEdits: try HeaderEdits(
                            removals: cluster.headers.responseRemovals,
                            additions: cluster.headers.responseAdditions,
                            hostname: hostname
                        )
                    )
                )
            }
            if sum == 0 {
                throw Failure(
                    .invalid,
                    "the weights of the clusters of route \"\(route.name)\" add up to nothing",
                    remedy: "give at least one cluster a weight"
                )
            }
        }
        self.shares = shares
    }

    /// Chooses the cluster, by weight or by the field that names it.
    func choose(_ head: borrowing RequestHead, random: inout RandomSource) -> Choice {
        if let clusterField {
            guard let index = clusterField.first(in: head.fields) else {
                return Choice(cluster: -1, share: -1)
            }
            let value = head.fields.value(index)
            for place in clusterNames.indices {
                let name = clusterNames[place]
                if value.equals(name.span) { return Choice(cluster: place, share: -1) }
            }
            return Choice(cluster: -1, share: -1)
        }
        if shares.count == 1 { return Choice(cluster: shares[0].cluster, share: 0) }
        let number = random.below(shares[shares.count - 1].sum)
        var share = 0
        while shares[share].sum <= number { share += 1 }
        return Choice(cluster: shares[share].cluster, share: share)
    }

    /// Rewrites path and host.
    ///
    /// `upstreamHost` is the name of the chosen host. `scratch` is empty before and after.
    func rewrite(
        _ head: inout RequestHead,
        matchedLength: Int?,
        upstreamHost: Span<UInt8>,
        keepsOriginal: Bool,
        scratch: inout ByteBuffer
    ) {
        if !path.isIdle,
            path.write(head.path, matchedLength: matchedLength, into: &scratch)
        {
            if keepsOriginal {
                scratchPath(&head)
            }
            head.setPath(scratch.readable)
            scratch.removeAll()
        }
        switch settings.hostRewrite {
        case .keep: break
        case .withoutPort:
            guard let end = HostTable.hostEnd(head.authority, before: nil) else { break }
            scratch.append(head.authority.extracting(first: end))
            head.setAuthority(scratch.readable)
            scratch.removeAll()
        case .literal: if let hostLiteral { head.setAuthority(hostLiteral.span) }
        case .upstream: if !upstreamHost.isEmpty { head.setAuthority(upstreamHost) }
        case .header:
            guard let hostField, let index = hostField.first(in: head.fields) else { break }
            scratch.append(head.fields.value(index))
            head.setAuthority(scratch.readable)
            scratch.removeAll()
        }
    }

    /// `x-envoy-original-path`, unless a proxy before has set it.
    private func scratchPath(_ head: inout RequestHead) {
        if head.fields.contains(.xEnvoyOriginalPath) { return }
        let old = Array(copying: head.path)
        head.fields.append(.xEnvoyOriginalPath, value: old.span)
    }
}
