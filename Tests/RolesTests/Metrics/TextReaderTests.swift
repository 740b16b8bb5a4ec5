import Testing

@testable import Roles

@Suite("Texts as metrics") struct TextReaderTests {
    @Test(
        arguments: [
            ("a=1\nb: 2\n", ["a 1", "b 2"]),
            ("# remark\n\nreq_total=3 errors=1\n", ["req_total 3", "errors 1"]),
            ("uptime: 12 ms\n", ["uptime_seconds 0.012"]),
            ("cpu: 12%\nfree: yes\n", ["cpu_percent 12", "free 1"]),
            ("a=\"5\"\r\nname=x\r\n", ["a 5"]),
            ("Slow Queries: 4\n", ["slow_queries 4"]),
            ("x=NaN\ny=+Inf\nz=-1e3\n", ["x NaN", "y +Inf", "z -1000"]),
        ] as [(String, [String])]
    )
    func `pairs are read`(_ text: String, _ expected: [String]) throws {
        #expect(try shown(text, as: .pairs) == expected)
        #expect(try shown(text) == expected)
    }

    @Test(arguments: ["", "<html><body>x=1</body>", "no numbers here", "\u{0}\u{1}\u{2}=1"])
    func `a text of no format is refused`(_ text: String) {
        #expect(throws: ReadProblem.self) { try shown(text) }
    }

    static let stub = """
        Active connections: 291 
        server accepts handled requests
         16630948 16630948 31070465 
        Reading: 6 Writing: 179 Waiting: 106 

        """

    @Test func `nginx's page is read`() throws {
        var set = SampleSet()
        try StubStatusReader.read(Array(Self.stub.utf8), into: &set)
        #expect(
            lines(set, remarks: true) == [
                "# HELP nginx_connections_active Active client connections",
                "# TYPE nginx_connections_active gauge", "nginx_connections_active 291",
                "# HELP nginx_connections_accepted Accepted client connections",
                "# TYPE nginx_connections_accepted counter",
                "nginx_connections_accepted 16630948",
                "# HELP nginx_connections_handled Handled client connections",
                "# TYPE nginx_connections_handled counter", "nginx_connections_handled 16630948",
                "# HELP nginx_connections_reading "
                    + "Connections where NGINX is reading the request header",
                "# TYPE nginx_connections_reading gauge", "nginx_connections_reading 6",
                "# HELP nginx_connections_writing "
                    + "Connections where NGINX is writing the response back to the client",
                "# TYPE nginx_connections_writing gauge", "nginx_connections_writing 179",
                "# HELP nginx_connections_waiting Idle client connections",
                "# TYPE nginx_connections_waiting gauge", "nginx_connections_waiting 106",
                "# HELP nginx_http_requests_total Total http requests",
                "# TYPE nginx_http_requests_total counter", "nginx_http_requests_total 31070465",
            ]
        )
    }

    @Test func `Tengine's column is read`() throws {
        let text = Self.stub.replacing("handled requests", with: "handled requests request_time")
            .replacing("31070465 ", with: "31070465 5000 ")
        let found = try shown(text)
        #expect(found.contains("nginx_http_requests_total 31070465"))
        #expect(found.contains("nginx_http_request_time_seconds_total 5"))
    }

    @Test func `half a page of nginx is refused`() {
        let bytes = Array(Self.stub.utf8)
        for count in 0..<(bytes.count - 6) {
            var set = SampleSet()
            #expect(throws: ReadProblem.self) {
                try StubStatusReader.read(Array(bytes[..<count]), into: &set)
            }
        }
    }

    @Test func `Apache's page is read`() throws {
        let text = """
            localhost
            ServerVersion: Apache/2.4.57 (Debian)
            Load1: 0.50
            Total Accesses: 10
            Total kBytes: 20
            CPUUser: .25
            BusyWorkers: 1
            IdleWorkers: 49
            Scoreboard: _W_K..
            """
        let found = try shown(text)
        for line in [
            #"apache_info{version="Apache/2.4.57 (Debian)"} 1"#,
            #"apache_load{interval="1min"} 0.5"#,
            "apache_accesses_total 10", "apache_sent_kilobytes_total 20",
            #"apache_cpu_time_ms_total{type="user"} 250"#, #"apache_workers{state="busy"} 1"#,
            #"apache_scoreboard{state="idle"} 2"#, #"apache_scoreboard{state="open_slot"} 2"#,
        ] {
            #expect(found.contains(line), "\(line) of \(found)")
        }
    }

    @Test func `HAProxy's statistics are read`() throws {
        let text = #"""
            # pxname,svname,qcur,scur,stot,bin,status,weight,type,hrsp_2xx,rtime,
            web,FRONTEND,,1,20,300,OPEN,,0,18,,
            app,"a,""1""",0,0,5,60,UP,1,2,4,12,
            app,BACKEND,0,0,5,60,DOWN,1,1,4,12,
            """#
        let found = try shown(text)
        #expect(
            found.sorted() == [
                #"haproxy_backend_bytes_in_total{proxy="app"} 60"#,
                #"haproxy_backend_current_queue{proxy="app"} 0"#,
                #"haproxy_backend_current_sessions{proxy="app"} 0"#,
                #"haproxy_backend_http_responses_total{code="2xx",proxy="app"} 4"#,
                #"haproxy_backend_response_time_average_seconds{proxy="app"} 0.012"#,
                #"haproxy_backend_sessions_total{proxy="app"} 5"#,
                #"haproxy_backend_up{proxy="app"} 0"#, #"haproxy_backend_weight{proxy="app"} 1"#,
                #"haproxy_frontend_bytes_in_total{proxy="web"} 300"#,
                #"haproxy_frontend_current_sessions{proxy="web"} 1"#,
                #"haproxy_frontend_http_responses_total{code="2xx",proxy="web"} 18"#,
                #"haproxy_frontend_sessions_total{proxy="web"} 20"#,
                #"haproxy_frontend_up{proxy="web"} 1"#,
                #"haproxy_server_bytes_in_total{proxy="app",server="a,\"1\""} 60"#,
                #"haproxy_server_current_queue{proxy="app",server="a,\"1\""} 0"#,
                #"haproxy_server_current_sessions{proxy="app",server="a,\"1\""} 0"#,
                #"haproxy_server_http_responses_total{code="2xx",proxy="app",server="a,\"1\""} 4"#,
                #"haproxy_server_response_time_average_seconds{proxy="app",server="a,\"1\""} 0.012"#,
                #"haproxy_server_sessions_total{proxy="app",server="a,\"1\""} 5"#,
                #"haproxy_server_up{proxy="app",server="a,\"1\""} 1"#,
                #"haproxy_server_weight{proxy="app",server="a,\"1\""} 1"#,
            ]
        )
    }

    @Test func `Redis's answer is read`() throws {
        let text = """
            # Server\r
            redis_version:7.0.15\r
            uptime_in_seconds:5\r
            # Stats\r
            total_commands_processed:9\r
            # Replication\r
            role:master\r
            # Commandstats\r
            cmdstat_get:calls=2,usec=3000000,usec_per_call=1.5\r
            # Keyspace\r
            db0:keys=3,expires=1,avg_ttl=0\r

            """
        let found = try shown(text)
        for line in [
            "redis_uptime_in_seconds 5", "redis_commands_processed_total 9",
            "redis_instance_is_master 1", #"redis_commands_total{cmd="get"} 2"#,
            #"redis_commands_duration_seconds_total{cmd="get"} 3"#, #"redis_db_keys{db="db0"} 3"#,
            #"redis_instance_info{role="master",version="7.0.15"} 1"#,
        ] {
            #expect(found.contains(line), "\(line) of \(found)")
        }
    }

    @Test func `memcached's answer is read, and half of it is not`() throws {
        let text = "STAT uptime 7\r\nSTAT get_hits 3\r\nSTAT version 1.6\r\nEND\r\n"
        #expect(
            try shown(text) == [
                "memcached_uptime_seconds 7",
                #"memcached_commands_total{command="get",status="hit"} 3"#,
                #"memcached_version{version="1.6"} 1"#,
            ]
        )
        #expect(throws: ReadProblem.self) { try shown(String(text.dropLast(6))) }
    }
}
