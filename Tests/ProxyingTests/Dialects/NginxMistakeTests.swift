import Proxying
import Testing

/// Servers with mistakes, and every word that is said about them.
///
/// What nginx 1.22 refuses is refused here; the other way round see Documentation/deviations.md.
@Suite("Mistakes in nginx's language") struct NginxMistakeTests {
    @Test(
        arguments: [
            (
                "location / { proxy_pas http://a:1; }",
                [
                    "error file:4:14: the directive \"proxy_pas\" is not known; did you mean \"proxy_pass\"?"
                ]
            ),
            (
                "location / { proxy_pass http://a:1 }",
                [
                    "error file:4:14: proxy_pass: the directive does not end before the \"}\"; put a semicolon at its end"
                ]
            ),
            (
                "location / { proxy_pass http://a:1; proxy_read_timeout 5 minutes; }",
                [
                    "error file:4:37: proxy_read_timeout: one value is expected, not 2; put a semicolon or quotes"
                ]
            ),
            (
                "location / { proxy_pass http://a:1; proxy_read_timeout 5x; }",
                [
                    "error file:4:37: proxy_read_timeout: \"5x\" is no time; write 60s or 5m"
                ]
            ),
            (
                "location / { proxy_pass a:1; }",
                [
                    "error file:4:14: proxy_pass: \"a:1\" is no URL; write http://HOST:PORT"
                ]
            ),
            (
                "location / { proxy_pass ftp://a:1; }",
                [
                    "error file:4:14: proxy_pass: \"ftp\" is no scheme; write http:// or https://"
                ]
            ),
            (
                "proxy_pass http://a:1;",
                [
                    "error file:4:1: proxy_pass: it is not allowed in server"
                ]
            ),
            (
                "listen 80 sls; location / { return 200; }",
                [
                    "error file:4:1: listen: the parameter \"sls\" is not known; did you mean \"ssl\"?"
                ]
            ),
            (
                "listen 99999; location / { return 200; }",
                [
                    "error file: there is no server, so there is nothing to do",
                    "error file:4:1: listen: \"99999\" is no address or port; write 80 or 0.0.0.0:80",
                ]
            ),
            (
                "location ~ ( { return 200; }",
                [
                    "error file:4:1: location: the regular expression \"(\" is not understood: missing closing parenthesis at its character 2"
                ]
            ),
            (
                "location == /a { return 200; }",
                [
                    "error file:4:1: location: \"==\" is no modifier of a location; write =, ^~, ~ or ~*"
                ]
            ),
            (
                "location /a { return 200; } location /a { return 201; }",
                [
                    "error file:4:29: location: there are two locations \"/a\"; remove one"
                ]
            ),
            (
                "location / { proxy_pass http://a:1; proxy_read_timeout 1s; proxy_read_timeout 2s; }",
                [
                    "error file:4:60: proxy_read_timeout: it is there twice; remove one"
                ]
            ),
            (
                "location / { root /var/www; }",
                [
                    "error file:4:1: location: the location \"/\" serves files, which this proxy does not; add proxy_pass or return"
                ]
            ),
            (
                "location / { fastcgi_pass 127.0.0.1:9000; }",
                [
                    "error file:4:14: fastcgi_pass: it is not supported; use a proxy_pass to a program that speaks HTTP"
                ]
            ),
            (
                "location / { proxy_cache one; proxy_pass http://a:1; }",
                [
                    "warning file:4:14: proxy_cache: it has no effect here: answers are not kept, so each request goes to the application"
                ]
            ),
            (
                "location ~ ^/a { proxy_pass http://a:1/b; }",
                [
                    "error file:4:18: proxy_pass: a URI has no place in a location by regular expression; remove \"/b\", or use $1"
                ]
            ),
            (
                "listen 443 ssl; location / { return 200; }",
                [
                    "error file:3:1: server: the server listens with ssl, but has no ssl_certificate; add ssl_certificate and ssl_certificate_key"
                ]
            ),
            (
                "location / { limit_req zone=x; return 200; }",
                [
                    "error file:4:14: limit_req: there is no zone \"x\"; add limit_req_zone to http"
                ]
            ),
            (
                "location / { rewrite ^/a /b forever; proxy_pass http://a:1; }",
                [
                    "error file:4:14: rewrite: \"forever\" is no flag; write last, break, redirect or permanent"
                ]
            ),
            (
                "location / { proxy_pass http://$arg_host; }",
                [
                    "error file:4:14: proxy_pass: hosts by variables are not supported: http://$arg_host; write the host, or set the variable to a fixed value"
                ]
            ),
            (
                "location / { proxy_pass http://a:1; proxy_set_header X $nonsense; }",
                [
                    "error file:4:37: proxy_set_header: the variable $nonsense is not supported"
                ]
            ),
            (
                "location / { allow 10.0.0.0/40; return 200; }",
                [
                    "error file:4:14: allow: \"10.0.0.0/40\" is no address or range; write 10.0.0.0/8"
                ]
            ),
            (
                "location / { return maybe; }",
                [
                    "error file:4:14: return: \"maybe\" is neither a status nor a URL"
                ]
            ),
            (
                "location / { return 200 \"a\"b; }",
                [
                    "error file:4:28: unexpected \"b\" after the quotes; put a blank or a semicolon there"
                ]
            ),
            (
                "location / { proxy_pass http://u; } } upstream u { server a:1 wieght=2;",
                [
                    "error file:4:52: server: the parameter \"wieght=2\" is not known; did you mean \"weight=\"?"
                ]
            ),
            (
                "location / { proxy_pass http://u; } } upstream u {",
                [
                    "error file:4:39: upstream: the upstream has no servers; add server HOST:PORT;"
                ]
            ),
            (
                "location / { return 200; } } }",
                [
                    "error file:5:1: unexpected \"}\"; remove it",
                    "error file:6:1: unexpected \"}\"; remove it",
                ]
            ),
            (
                "gzip on; location / { return 200; }",
                [
                    "warning file:4:1: gzip: it has no effect here: answers are sent as the application made them"
                ]
            ),
            (
                "location / { proxy_pass http://a:1; proxy_http_version 2; }",
                [
                    "error file:4:37: proxy_http_version: \"2\" is not supported; write 1.1"
                ]
            ),
            (
                "access_log /dev/stdout nothing; location / { return 200; }",
                [
                    "error file:4:1: access_log: there is no log_format \"nothing\""
                ]
            ),
            (
                "listen 443 ssl; ssl_certificate /c.pem; ssl_certificate_key /k.pem; ssl_protocols TLSv1.4; location / { return 200; }",
                [
                    "error file:4:69: ssl_protocols: the version \"TLSv1.4\" is not known; did you mean \"TLSv1.1\"?"
                ]
            ),
            (
                "location / { if ($http_x ~ \"a\") { return 403; } proxy_pass http://127.0.0.1:1; }",
                [

                ]
            ),
            (
                "location / { if (-f $request_filename) { return 403; } proxy_pass http://127.0.0.1:1; }",
                [
                    "error file:4:14: if: only conditions about variables are supported: -f $request_filename"
                ]
            ),
            (
                "location / { auth_basic a; return 200; }",
                [
                    "error file:4:14: auth_basic: nothing says who may come; add auth_basic_user_file"
                ]
            ),
            (
                "listen 80 default_server; location / { return 200; } } server { listen 80 default_server; location / { return 200; }",
                [
                    "error file:4:65: listen: two servers are the default of 0.0.0.0:80; remove default_server from one"
                ]
            ),
            (
                "server_name a; location / { return 200; } } server { server_name a; location / { return 200; }",
                [
                    "warning file:4:45: server: the name \"a\" is taken by another server on 0.0.0.0:80; remove it from one"
                ]
            ),
        ] as [(String, [String])]
    )
    func `every mistake is told with its place and a remedy`(server: String, findings: [String]) {
        let text = "events { }\nhttp {\nserver {\n\(server)\n}\n}\n"
        #expect(Reading.findings(text, .nginx) == findings)
    }
}
