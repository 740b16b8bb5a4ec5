import Records
import Testing
import VRL

@Suite struct LogFunctionTests {
    static let lines: [Call] = [
        Call(
            "parse_key_value",
            ["lvl=info msg=\"a b\" flag"],
            ["lvl": "info", "msg": "a b", "flag": true]
        ),
        Call(
            "parse_key_value",
            ["a:1, b:2"],
            ["key_value_delimiter": ":", "field_delimiter": ","],
            ["a": "1", "b": "2"]
        ),
        Call("parse_key_value", ["a=1 b=2 a=3"], ["a": ["1", "3"], "b": "2"]),
        Call(
            "parse_logfmt",
            ["level=info msg=\"Stopping\" ok"],
            ["level": "info", "msg": "Stopping", "ok": true]
        ),
        Call("parse_csv", ["foo,bar,\"foo \"\", bar\""], ["foo", "bar", "foo \", bar"]),
        Call("parse_csv", ["foo bar", " "], ["foo", "bar"]), Call("parse_csv", [""], []),
        .fails("parse_csv", ["a", "!!"], "delimiter must be a single character"),
        Call(
            "parse_syslog",
            [
                #"<13>1 2020-03-13T20:45:38.119Z dynamicwireless.name non 2426 ID931 [exampleSDID@32473 iut="3"] Try"#
            ],
            [
                "severity": "notice", "facility": "user",
                "timestamp": .time("2020-03-13T20:45:38.119Z"),
                "hostname": "dynamicwireless.name", "appname": "non", "procid": 2426,
                "msgid": "ID931",
                "message": "Try", "version": 1, "exampleSDID@32473": ["iut": "3"],
            ]
        ),
        .fails(
            "parse_syslog",
            ["not much of a syslog message"],
            "unable to parse input as valid syslog message"
        ),
        Call(
            "parse_linux_authorization",
            ["Mar 23 01:49:58 localhost sshd[1111]: Accepted publickey for eng"],
            [
                "appname": "sshd", "hostname": "localhost", "message": "Accepted publickey for eng",
                "procid": 1111, "timestamp": .time("2021-03-23T01:49:58Z"),
            ]
        ),
    ]

    @Test(arguments: lines)
    func `lines become fields`(call: Call) throws {
        try call.check()
        try call.checkPrepared()
    }

    static let servers: [Call] = [
        Call(
            "parse_common_log",
            [
                #"127.0.0.1 bob frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326"#
            ],
            [
                "host": "127.0.0.1", "identity": "bob", "user": "frank",
                "timestamp": .time("2000-10-10T20:55:36Z"),
                "message": "GET /apache_pb.gif HTTP/1.0",
                "method": "GET", "path": "/apache_pb.gif", "protocol": "HTTP/1.0", "status": 200,
                "size": 2326,
            ]
        ),
        Call("parse_common_log", [#"- - - - "-" - -"#], [:]),
        Call(
            "parse_common_log",
            [#"- - - [2000-10-10T20:55:36Z] "-" - -"#],
            ["timestamp_format": "%+"],
            ["timestamp": .time("2000-10-10T20:55:36Z")]
        ),
        .fails("parse_common_log", ["not a common log line"], "failed parsing common log line"),
        .fails(
            "parse_common_log",
            [#"- - - [1234] - - -"#],
            "failed parsing timestamp 1234 using format %d/%b/%Y:%T %z: input contains invalid characters"
        ),
        Call(
            "parse_apache_log",
            [
                #"127.0.0.1 bob frank [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200 2326 "http://x.y" "Mozilla 4""#,
                "combined",
            ],
            [
                "host": "127.0.0.1", "identity": "bob", "user": "frank",
                "timestamp": .time("2000-10-10T20:55:36Z"), "message": "GET /a HTTP/1.0",
                "method": "GET",
                "path": "/a", "protocol": "HTTP/1.0", "status": 200, "size": 2326,
                "referrer": "http://x.y", "agent": "Mozilla 4",
            ]
        ),
        Call(
            "parse_apache_log",
            [
                "[01/Mar/2021:12:00:19 +0000] [ab:alert] [pid 4803:tid 3814] [client 147.159.108.175:24259] I'll bypass it",
                "error",
            ],
            [
                "timestamp": .time("2021-03-01T12:00:19Z"), "module": "ab", "severity": "alert",
                "pid": 4803, "thread": "3814", "client": "147.159.108.175", "port": 24259,
                "message": "I'll bypass it",
            ]
        ),
        Call(
            "parse_apache_log",
            [
                "[Thu Jun 27 11:55:44.569531 2024] [core:error] [pid 1:tid 2] (36)File name too long: AH00036: x",
                "error",
            ],
            [
                "timestamp": .time("2024-06-27T11:55:44.569531Z"), "module": "core",
                "severity": "error",
                "pid": 1, "thread": "2", "message": "(36)File name too long: AH00036: x",
            ]
        ),
        .fails("parse_apache_log", ["x", "unknown"], "unknown format: unknown"),
        Call(
            "parse_nginx_log",
            [
                #"172.17.0.1 - alice [01/Apr/2021:12:02:31 +0000] "POST /not-found HTTP/1.1" 404 153 "http://localhost/x" "Moz" "2.75""#,
                "combined",
            ],
            [
                "client": "172.17.0.1", "user": "alice", "timestamp": .time("2021-04-01T12:02:31Z"),
                "request": "POST /not-found HTTP/1.1", "status": 404, "size": 153,
                "referer": "http://localhost/x", "agent": "Moz", "compression": "2.75",
            ]
        ),
        Call(
            "parse_nginx_log",
            [
                #"2021/06/03 09:30:50 [error] 32#32: *6 open() "/no" failed (2: No), client: 10.244.0.0, server: localhost, request: "GET /no HTTP/1.1", host: "65.21.190.83:31256""#,
                "error",
            ],
            [
                "timestamp": .time("2021-06-03T09:30:50Z"), "severity": "error", "pid": 32,
                "tid": 32,
                "cid": 6, "message": "open() \"/no\" failed (2: No)", "client": "10.244.0.0",
                "server": "localhost", "request": "GET /no HTTP/1.1", "host": "65.21.190.83:31256",
            ]
        ),
        Call(
            "parse_nginx_log",
            [
                #"0.0.0.0 - bob [18/Mar/2023:15:00:00 +0000] "GET /p HTTP/2.0" 200 12312 "-" "Moz" 462 0.050 [some-proxy] [] 10.0.50.80:9000 19437 0.049 200 7525"#,
                "ingress_upstreaminfo",
            ],
            [
                "remote_addr": "0.0.0.0", "remote_user": "bob",
                "timestamp": .time("2023-03-18T15:00:00Z"),
                "request": "GET /p HTTP/2.0", "status": 200, "body_bytes_size": 12312,
                "http_user_agent": "Moz", "request_length": 462, "request_time": 0.05,
                "proxy_upstream_name": "some-proxy", "upstream_addr": "10.0.50.80:9000",
                "upstream_response_length": 19437, "upstream_response_time": 0.049,
                "upstream_status": 200, "req_id": "7525",
            ]
        ),
        .fails("parse_nginx_log", ["- - - - -", "main"], "failed parsing main log line"),
        Call(
            "parse_klog",
            ["I0505 17:59:40.692994   28133 klog.go:70] hello from klog"],
            [
                "level": "info", "timestamp": .time("2021-05-05T17:59:40.692994Z"), "id": 28133,
                "file": "klog.go", "line": 70, "message": "hello from klog",
            ]
        ),
        .fails(
            "parse_klog",
            ["X0505 17:59:40.692994   28133 klog.go:70] hello"],
            "unrecognized log level \"X\""
        ),
        .fails("parse_klog", ["not a klog line"], "failed parsing klog message"),
        Call(
            "parse_glog",
            ["I20210131 14:48:54.411655 15520 main.c++:9] Hello world!"],
            [
                "level": "info", "timestamp": .time("2021-01-31T14:48:54.411655Z"), "id": 15520,
                "file": "main.c++", "line": 9, "message": "Hello world!",
            ]
        ),
    ]

    @Test(arguments: servers)
    func `servers' lines become fields`(call: Call) throws {
        try call.check()
    }

    private static let balanced =
        #"http 2018-11-30T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 - 0.000 0.001 0.000 200 200 34 366 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.46.0" - - arn:aws:tg/73e2 "Root=1-58337364" "-" "-" 0 2018-11-30T22:22:48.364000Z "forward" "-" "-" "-" "-" "-" "-" TID_dc57"#
    static let clouds: [Call] = [
        Call(
            "parse_aws_alb_log",
            [.text(balanced)],
            [
                "actions_executed": "forward", "chosen_cert_arn": nil, "classification": nil,
                "classification_reason": nil, "client_host": "192.168.131.39:2817",
                "domain_name": nil,
                "elb": "app/my-loadbalancer/50dc6c495c0c9188", "elb_status_code": "200",
                "error_reason": nil, "matched_rule_priority": "0", "received_bytes": 34,
                "redirect_url": nil, "request_creation_time": "2018-11-30T22:22:48.364000Z",
                "request_method": "GET", "request_processing_time": 0.0,
                "request_protocol": "HTTP/1.1",
                "request_url": "http://www.example.com:80/", "response_processing_time": 0.0,
                "sent_bytes": 366, "ssl_cipher": nil, "ssl_protocol": nil,
                "target_group_arn": "arn:aws:tg/73e2", "target_host": nil, "target_port_list": [],
                "target_processing_time": 0.001, "target_status_code": "200",
                "target_status_code_list": [], "timestamp": "2018-11-30T22:23:00.186641Z",
                "trace_id": "Root=1-58337364", "type": "http", "user_agent": "curl/7.46.0",
                "traceability_id": "TID_dc57",
            ]
        ),
        .fails("parse_aws_alb_log", [""], "failed to get field `type`: Parsing Error: \"\""),
        .fails(
            "parse_aws_alb_log",
            [.text(balanced + " more")],
            "Log should be fully consumed: \" more\""
        ),
        Call(
            "parse_aws_vpc_flow_log",
            ["2 123456789010 eni-1 - - - - - - - 1431280876 1431280934 - NODATA"],
            [
                "version": 2, "account_id": "123456789010", "interface_id": "eni-1", "srcaddr": nil,
                "dstaddr": nil, "srcport": nil, "dstport": nil, "protocol": nil, "packets": nil,
                "bytes": nil, "start": 1_431_280_876, "end": 1_431_280_934, "action": nil,
                "log_status": "NODATA",
            ]
        ),
        Call(
            "parse_aws_vpc_flow_log",
            ["- eni-1 10.0.1.5", "instance_id interface_id srcaddr"],
            ["instance_id": nil, "interface_id": "eni-1", "srcaddr": "10.0.1.5"]
        ),
        .fails("parse_aws_vpc_flow_log", ["a b", "action"], "no key for value: `b`"),
        .fails("parse_aws_vpc_flow_log", ["a", "action start"], "no item for key: `start`"),
        .fails("parse_aws_vpc_flow_log", ["a", "nope"], "unknown key: `nope`"),
        .fails(
            "parse_aws_vpc_flow_log",
            ["a", "start"],
            "failed to parse value as i64 (key: `start`): `a`"
        ),
        .fails(
            "parse_aws_vpc_flow_log",
            ["1 2", "start start"],
            "value already exists for key: `start`"
        ),
        Call(
            "parse_cef",
            [
                "Sep 29 08:26:10 host CEF:1|Security|threatmanager|1.0|100|worm stopped|10|src=10.0.0.1 dst=2.1.2.2 spt=1232"
            ],
            [
                "cefVersion": "1", "deviceVendor": "Security", "deviceProduct": "threatmanager",
                "deviceVersion": "1.0", "deviceEventClassId": "100", "name": "worm stopped",
                "severity": "10", "src": "10.0.0.1", "dst": "2.1.2.2", "spt": "1232",
            ]
        ),
        Call(
            "parse_cef",
            [
                #"CEF:0|s|t|1.0|100|Detected a \| in message.|10|src=10.0.0.1 msg=A threat.\n No action act=blocked a \= dst= x="q" "#
            ],
            [
                "cefVersion": "0", "deviceVendor": "s", "deviceProduct": "t",
                "deviceVersion": "1.0",
                "deviceEventClassId": "100", "name": "Detected a | in message.", "severity": "10",
                "src": "10.0.0.1", "msg": "A threat.\n No action", "act": "blocked a =", "dst": "",
                "x": "q",
            ]
        ),
        Call(
            "parse_cef",
            ["CEF:0|D|f|2.2|1|n|5|c6a1=2345:0425::1 c6a1Label=Device IPv6 Address", true],
            [
                "cefVersion": "0", "deviceVendor": "D", "deviceProduct": "f",
                "deviceVersion": "2.2",
                "deviceEventClassId": "1", "name": "n", "severity": "5",
                "Device IPv6 Address": "2345:0425::1",
            ]
        ),
        .fails("parse_cef", ["CEF:0|a|b"], "Could not parse whole line successfully"),
        .fails(
            "parse_cef",
            ["CEF:0|D|f|2.2|1|n|5|url=a?b=c"],
            "Could not parse whole line successfully"
        ),
        Call(
            "parse_cef",
            ["CEF:0|D|f|2.2|1|n|5|url=a?b=c d=e"],
            ["strict": false],
            [
                "cefVersion": "0", "deviceVendor": "D", "deviceProduct": "f",
                "deviceVersion": "2.2",
                "deviceEventClassId": "1", "name": "n", "severity": "5", "url": "a?b=c", "d": "e",
            ]
        ),
        Call(
            "parse_aws_vpc_flow_log",
            ["BPA 1 - c-1", "reject_reason encryption_status interface_type ecs_cluster_name"],
            [
                "reject_reason": "BPA", "encryption_status": 1, "interface_type": nil,
                "ecs_cluster_name": "c-1",
            ]
        ),
        .fails(
            "parse_cef",
            ["CEF:0|D|f|2.2|1|n|5|cs1=a", true],
            "Custom field with missing label or value"
        ),
        Call(
            "parse_aws_cloudwatch_log_subscription_message",
            [
                #"{"messageType":"DATA_MESSAGE","owner":"111","logGroup":"test","logStream":"s","subscriptionFilters":["f"],"logEvents":[{"id":"3","timestamp":1600110569039,"message":"m"}]}"#
            ],
            [
                "owner": "111", "message_type": "DATA_MESSAGE", "log_group": "test",
                "log_stream": "s",
                "subscription_filters": ["f"],
                "log_events": [
                    ["id": "3", "timestamp": .time("2020-09-14T19:09:29.039Z"), "message": "m"]
                ],
            ]
        ),
    ]

    @Test(arguments: clouds)
    func `clouds' lines become fields`(call: Call) throws {
        try call.check()
    }
}
