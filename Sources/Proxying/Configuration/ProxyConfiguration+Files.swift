extension ProxyConfiguration {
    /// The files that it names: certificates, keys, authorities, lists of users.
    ///
    /// Listed by hand: a look at everything by reflection took a quarter of the program's start.
    /// Tests hold it against that look.
    var files: Set<String> {
        var sources = SourceList()
        for cluster in clusters {
            sources.add(cluster.tls)
            for check in cluster.healthChecks { sources.add(check.tls) }
        }
        for listener in listeners {
            for chain in listener.chains {
                sources.add(chain.tls)
                guard case .http(let http) = chain.handler else { continue }
                for filter in http.filters { sources.add(filter) }
                for host in http.routes.hosts {
                    sources.add(host.filters)
                    for route in host.routes { sources.add(route.filters) }
                }
            }
        }
        return sources.files
    }
}

/// Collects the files among sources of texts.
private struct SourceList {
    var files: Set<String> = []

    mutating func add(_ source: TextSource?) {
        if case .file(let path)? = source { files.insert(path) }
    }

    mutating func add(_ certificate: CertificateSettings?) {
        for source in certificate?.sources ?? [] { add(source) }
    }

    mutating func add(_ tls: ServerTLSSettings?) {
        for certificate in tls?.certificates ?? [] { add(certificate) }
        add(tls?.clients?.authorities)
    }

    mutating func add(_ tls: ClientTLSSettings?) {
        add(tls?.certificate)
        add(tls?.trust?.authorities)
    }

    mutating func add(_ filter: HTTPFilter) {
        switch filter {
        case .apiKey(let settings): for source in settings.keys { add(source) }
        case .basic(let settings): for source in settings.users { add(source) }
        case .token(let settings):
            for provider in settings.providers {
                if case .text(let source) = provider.keys { add(source) }
            }
        case .rateLimit, .cors, .addresses, .policies, .bodyLimit, .authorization, .health, .fault:
            break
        }
    }

    mutating func add(_ overrides: FilterOverrides) {
        for source in overrides.apiKey?.keys ?? [] { add(source) }
        for source in overrides.basic?.users ?? [] { add(source) }
    }
}
