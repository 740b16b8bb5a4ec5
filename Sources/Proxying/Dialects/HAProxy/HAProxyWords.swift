/// The keywords that are known, and why some have no effect.
enum HAProxyWords {
    /// What is done with a keyword.
    enum Treatment {
        case read
        case ignored(String)
        case unsupported(String)
    }

    private static let process = "it is about HAProxy's own process"
    private static let connections =
        "connections are made, reused and closed by the proxy's own rules"
    private static let lines = "lines have one format for each mode"
    private static let tables = "use rate limits in Envoy's or our own language"

    private static func table(
        _ read: String,
        ignored: [(String, String)],
        unsupported: [(String, String)]
    ) -> [String: Treatment] {
        var all: [String: Treatment] = [:]
        for name in read.split(separator: " ") { all[String(name)] = .read }
        for (reason, names) in ignored {
            for name in names.split(separator: " ") { all[String(name)] = .ignored(reason) }
        }
        for (remedy, names) in unsupported {
            for name in names.split(separator: " ") { all[String(name)] = .unsupported(remedy) }
        }
        return all
    }

    static let global = table(
        """
        maxconn log hard-stop-after crt-base ca-base ssl-default-bind-options \
        ssl-default-bind-ciphers ssl-default-bind-ciphersuites ssl-default-server-options \
        ssl-default-server-ciphers ssl-default-server-ciphersuites setenv presetenv
        """,
        ignored: [
            (
                process,
                """
                daemon user group uid gid chroot nbproc nbthread cpu-map pidfile ulimit-n stats \
                master-worker localpeer node description unix-bind quiet debug zero-warning \
                numa-cpu-mapping no server-state-file server-state-base log-send-hostname log-tag \
                spread-checks max-spread-checks maxpipes maxsslconn maxconnrate maxsslrate \
                maxsessrate maxcompcpuusage maxcomprate mworker-max-reloads noepoll nopoll nosplice \
                nogetaddrinfo noreuseport busy-polling default-path expose-fd resetenv unsetenv \
                ssl-dh-param-file ssl-server-verify ssl-engine ssl-mode-async grace set-dumpable \
                strict-limits wurfl cluster-secret thread-groups thread-group insecure-fork-wanted \
                insecure-setuid-wanted external-check h1-case-adjust h1-case-adjust-file \
                expose-experimental-directives set-var ssl-load-extra-files ssl-skip-self-issued-ca \
                limited-quic close-spread-time httpclient.resolvers.prefer
                """
            )
        ],
        unsupported: [
            ("", "lua-load lua-load-per-thread deviceatlas-json-file 51degrees-data-file")
        ]
    )

    static let proxy = table(
        """
        mode bind server default-server server-template balance timeout option no acl use_backend \
        default_backend http-request http-response tcp-request redirect maxconn retries retry-on \
        log log-format http-check tcp-check stats monitor-uri hash-type http-reuse rate-limit \
        disabled enabled cookie stick-table http-error filter
        """,
        ignored: [
            ("names and numbers of proxies are not shown", "id description bind-process"),
            (
                lines,
                """
                log-format-sd log-tag capture unique-id-format unique-id-header error-log-format \
                log-steps
                """
            ),
            (connections, "fullconn backlog max-keep-alive-queue tune.bufsize guid"),
            (
                "answers of the proxy have bodies of their own",
                "errorfile errorloc errorloc302 errorloc303 errorfiles"
            ),
            ("answers are sent as the application made them", "compression"),
            (
                "hosts begin healthy and are checked",
                "load-server-state-from-file server-state-file-name"
            ),
            ("nobody is sent mail", "email-alert"),
        ],
        unsupported: [
            (tables, "stick"),
            ("use cookie NAME insert", "appsession"),
            ("", "declare dispatch source use-server persist force-persist ignore-persist"),
            (
                "",
                "external-check transparent monitor use-fcgi-app tcp-response http-after-response"
            ),
            (
                "",
                "quic-initial clitcpka-cnt clitcpka-idle clitcpka-intvl srvtcpka-cnt srvtcpka-idle srvtcpka-intvl"
            ),
        ]
    )

    static let options = table(
        """
        httpchk tcp-check pgsql-check redis-check httplog tcplog forwardfor redispatch httpclose \
        http-server-close http-keep-alive clitcpka srvtcpka tcpka dontlog-normal forwarded \
        ssl-hello-chk
        """,
        ignored: [
            (
                lines,
                "dontlognull logasap log-separate-errors log-health-checks socket-stats contstats httpslog"
            ),
            (
                connections,
                """
                nolinger splice-auto splice-request splice-response tcp-smart-accept \
                tcp-smart-connect http-no-delay abortonclose http-buffer-request http-ignore-probes \
                http-tunnel http-use-htx idle-close-on-response prefer-last-server \
                checkcache http-pretend-keepalive h1-case-adjust-bogus-client \
                h1-case-adjust-bogus-server allbackups persist spop-check
                """
            ),
        ],
        unsupported: [
            ("use tcp-check", "smtpchk mysql-check ldap-check external-check"),
            ("", "transparent http_proxy http-use-proxy-header originalto"),
            (
                "",
                "accept-invalid-http-request accept-invalid-http-response accept-unsafe-violations-in-http-request"
            ),
            ("", "independent-streams http-restrict-req-hdr-names disable-h2-upgrade"),
        ]
    )
}
