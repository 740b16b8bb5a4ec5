import Proxying
import Testing

/// Sections with mistakes, and every word that is said about them.
///
/// What HAProxy 2.6 refuses is refused here; the other way round see Documentation/deviations.md.
@Suite("Mistakes in HAProxy's language") struct HAProxyMistakeTests {
    @Test(
        arguments: [
            (
                """
                frontend f
                    bnid :80
                    default_backend b
                backend b
                    server s 10.0.0.1:80
                """,
                [
                    "error file:6:1: frontend: \"f\" has no bind; add bind *:PORT",
                    "error file:7:5: the keyword \"bnid\" is not known; did you mean \"bind\"?",
                ]
            ),
            (
                """
                frontend f
                    bind :8080
                    option httpchek
                    default_backend b
                backend b
                    server s 10.0.0.1:80
                """,
                [
                    "error file:8:5: the option \"httpchek\" is not known; did you mean \"httpchk\"?"
                ]
            ),
            (
                """
                frontend f
                    bind :8080
                    default_backend bb
                backend b
                    server s 10.0.0.1:80
                """,
                [
                    "error file:8:21: default_backend: there is no backend \"bb\"; did you mean \"b\"?"
                ]
            ),
            (
                """
                frontend f
                    bind :8080
                    acl api path_beg /api
                    use_backend b if apo
                    default_backend b
                backend b
                    server s 10.0.0.1:80
                """,
                [
                    "error file:9:22: use_backend: the acl \"apo\" is not known; did you mean \"api\"?"
                ]
            ),
            (
                """
                frontend f
                    bind :8080
                    acl api path_begg /api
                    default_backend b
                backend b
                    server s 10.0.0.1:80
                """,
                [
                    "error file:8:13: acl: the fetch \"path_begg\" is not known; did you mean \"path_beg\"?"
                ]
            ),
            (
                """
                listen f
                    bind :8080
                    server s 10.0.0.1:80 chekc
                """,
                [
                    "error file:8:26: server: the word \"chekc\" is not known; did you mean \"check\"?"
                ]
            ),
            (
                """
                listen f
                    bind :8080
                    server s 10.0.0.1:80 weight heavy
                """,
                [
                    "error file:8:33: server: \"heavy\" is no number"
                ]
            ),
            (
                """
                listen f
                    bind :8080
                    server s 10.0.0.1
                """,
                [
                    "warning file:6:1: listen: \"f\" has no server, so it answers with 503",
                    "error file:8:14: server: \"10.0.0.1\" has no port; write 10.0.0.1:PORT",
                ]
            ),
            (
                """
                listen f
                    bind :8080
                    timeout client 5x
                    server s 10.0.0.1:80
                """,
                [
                    "error file:8:20: timeout: \"5x\" is no time; write 5s; a number alone is milliseconds"
                ]
            ),
            (
                """
                listen f
                    bind :8080
                    timeout clinet 5s
                    server s 10.0.0.1:80
                """,
                [
                    "error file:8:5: timeout: the timeout \"clinet\" is not known; did you mean \"client\"?"
                ]
            ),
            (
                """
                listen f
                    bind :8080 slsl
                    server s 10.0.0.1:80
                """,
                [
                    "error file:7:16: bind: the word \"slsl\" is not known; did you mean \"ssl\"?"
                ]
            ),
            (
                """
                listen f
                    bind :80800
                    server s 10.0.0.1:80
                """,
                [
                    "error file:7:10: bind: \":80800\" is no address and port; write *:80"
                ]
            ),
            (
                """
                listen f
                    bind :8443 ssl
                    server s 10.0.0.1:80
                """,
                [
                    "error file:7:5: bind: TLS needs a certificate; add crt FILE"
                ]
            ),
            (
                """
                listen f
                    bind :8080
                    server s 10.0.0.1:443 ssl
                """,
                [
                    "error file:8:5: server: the server's certificate is to be verified, but nothing says whom to trust; add ca-file FILE, or verify none"
                ]
            ),
            (
                """
                listen f
                    bind :8080
                    server s 10.0.0.1:80
                    server s 10.0.0.2:80
                """,
                [
                    "error file:9:12: server: the server \"s\" is there twice; rename one"
                ]
            ),
            (
                """
                listen f
                    bind :8080
                    default_backend b
                backend b
                    server s 10.0.0.1:80
                backend b
                    server s 10.0.0.1:80
                """,
                [
                    "error file:11:1: backend: \"b\" is there twice; rename one"
                ]
            ),
            (
                """
                listen f
                    bind :8080
                    balance rondrobin
                    server s 10.0.0.1:80
                """,
                [
                    "error file:8:13: balance: the way of balancing \"rondrobin\" is not known; did you mean \"roundrobin\"?"
                ]
            ),
            (
                """
                listen f
                    bind :8080
                    http-request st-header A b
                    server s 10.0.0.1:80
                """,
                [
                    "error file:8:18: http-request: the rule \"st-header\" is not known; did you mean \"set-header\"?"
                ]
            ),
            (
                """
                listen f
                    bind ":8080
                    server s 10.0.0.1:80
                """,
                [
                    "error file:7:10: the text does not end; close its quotes"
                ]
            ),
            (
                """
                bind :80
                listen f
                    bind :8080
                    server s 10.0.0.1:80
                """,
                [
                    "error file:6:1: bind: it is not allowed in defaults"
                ]
            ),
            (
                """
                listen f
                    bind :8080
                    http-request deny if { src 10.0.0.0/40 }
                    server s 10.0.0.1:80
                """,
                [
                    "error file:8:28: http-request: \"10.0.0.0/40\" is no address or range; write 10.0.0.0/8"
                ]
            ),
            (
                """
                listen f
                    bind :8080
                    http-request deny if { path_reg ( }
                    server s 10.0.0.1:80
                """,
                [
                    "error file:8:28: http-request: \"(\" is no regular expression"
                ]
            ),
            (
                """
                listen f
                    bind :8080
                    http-request deny if { path /a
                    server s 10.0.0.1:80
                """,
                [
                    "error file:8:26: http-request: \"{\" is not closed; put a blank and \"}\""
                ]
            ),
            (
                """
                listen f
                    bind :8080
                    server s a.example:80 resolvers dns
                """,
                [
                    "error file:8:5: server: there are no resolvers \"dns\"; add a section resolvers dns"
                ]
            ),
            (
                """
                listen f
                    bind :8080
                    stick on src
                    server s 10.0.0.1:80
                """,
                [
                    "error file:8:5: stick: it is not supported; use rate limits in Envoy's or our own language"
                ]
            ),
            (
                """
                listen f
                    bind :8080
                    cookie SRV prefix
                    server s 10.0.0.1:80
                """,
                [
                    "error file:8:5: cookie: only cookies that the proxy makes itself are supported; write cookie NAME insert"
                ]
            ),
            (
                """
                global
                    lua-load /x.lua
                listen f
                    bind :8080
                    server s 10.0.0.1:80
                """,
                [
                    "error file:7:5: lua-load: it is not supported"
                ]
            ),
            (
                """
                listen f
                    bind :8080
                    server s "${NOT_SET}:80"
                """,
                [
                    "warning file:6:1: listen: \"f\" has no server, so it answers with 503",
                    "warning file:8:14: the variable NOT_SET is not set, so it is empty here",
                    "error file:8:14: server: the server has no host; set the variable that it comes from, or write HOST:PORT",
                ]
            ),
            (
                """
                frontend f
                    mode tcp
                    bind :8080
                    default_backend b
                backend b
                    server s 10.0.0.1:80
                """,
                [
                    "error file:9:5: default_backend: \"b\" is in mode http, and \"f\" in mode tcp; write the same mode in both"
                ]
            ),
            (
                """
                frontend f
                    mode tcp
                    bind :8080
                    use_backend b if { path /a }
                backend b
                    mode tcp
                    server s 10.0.0.1:80
                """,
                [
                    "error file:6:1: frontend: \"f\" leads nowhere; add default_backend NAME",
                    "error file:9:5: use_backend: the condition needs mode http",
                ]
            ),
            (
                """
                global
                    log /dev/log local0
                listen f
                    bind :8080
                    log global
                    server s 10.0.0.1:80
                """,
                [
                    "warning file:7:5: log: there is no syslog here: lines go to standard output; write log stdout format raw local0"
                ]
            ),
            (
                """
                frontend f
                    default_backend b
                backend b
                    server s 10.0.0.1:80
                """,
                [
                    "error file:6:1: frontend: \"f\" has no bind; add bind *:PORT"
                ]
            ),
            (
                """
                listen f
                    bind :8080
                    http-request auth unless { http_auth(nobody) }
                    server s 10.0.0.1:80
                """,
                [
                    "error file:8:5: http-request: there is no userlist \"nobody\""
                ]
            ),
            (
                """
                listen f
                    bind :8080
                    http-request redirect schem https
                    server s 10.0.0.1:80
                """,
                [
                    "error file:8:5: http-request: the word \"schem\" is not known; did you mean \"scheme\"?"
                ]
            ),
        ] as [(String, [String])]
    )
    func `every mistake is told with its place and a remedy`(text: String, findings: [String]) {
        let defaults =
            "defaults\n    mode http\n    timeout connect 5s\n    timeout client 5s\n"
            + "    timeout server 5s\n"
        #expect(Reading.findings(defaults + text + "\n", .haproxy) == findings)
    }
}
