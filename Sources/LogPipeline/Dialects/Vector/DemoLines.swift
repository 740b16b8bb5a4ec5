/// Lines of the kinds that Vector's `demo_logs` makes up; these are always the same.
enum DemoLines {
    static func of(_ format: String) -> [String] {
        switch format {
        case "apache_common": common
        case "apache_error": errors
        case "bsd_syslog": oldSyslog
        case "syslog": syslog
        default: json
        }
    }

    private static let common = [
        "10.0.0.1 - ana [02/Jan/2024:03:04:05 +0000] \"GET /a HTTP/1.1\" 200 5120",
        "10.0.0.2 - - [02/Jan/2024:03:04:06 +0000] \"POST /b/c HTTP/2.0\" 201 18",
        "10.0.0.3 - bo [02/Jan/2024:03:04:07 +0000] \"GET /d?e=1 HTTP/1.0\" 404 -",
        "10.0.0.4 - - [02/Jan/2024:03:04:08 +0000] \"DELETE /f HTTP/1.1\" 503 221",
    ]

    private static let errors = [
        "[Tue Jan 02 03:04:05 2024] [core:error] [pid 7:tid 8] [client 10.0.0.1:5000] no such file",
        "[Tue Jan 02 03:04:06 2024] [ssl:warn] [pid 7:tid 9] [client 10.0.0.2:5001] old protocol",
        "[Tue Jan 02 03:04:07 2024] [mpm:notice] [pid 7:tid 7] [client 10.0.0.3:5002] resuming",
    ]

    private static let oldSyslog = [
        "<13>Jan  2 03:04:05 web1 app[100]: started",
        "<28>Jan  2 03:04:06 web2 cron[101]: job took long",
        "<131>Jan  2 03:04:07 db1 backup[102]: disk is full",
    ]

    private static let syslog = [
        "<13>1 2024-01-02T03:04:05.000Z web1 app 100 ID1 - started",
        "<28>1 2024-01-02T03:04:06.250Z web2 cron 101 ID2 [a@1 b=\"c\"] job took long",
        "<131>2 2024-01-02T03:04:07.500Z db1 backup 102 ID3 - disk is full",
    ]

    private static let json = [
        "{\"host\":\"10.0.0.1\",\"user\":\"ana\",\"method\":\"GET\",\"request\":\"/a\",\"status\":200}",
        "{\"host\":\"10.0.0.2\",\"user\":\"bo\",\"method\":\"POST\",\"request\":\"/b/c\",\"status\":201}",
        "{\"host\":\"10.0.0.3\",\"user\":\"cy\",\"method\":\"GET\",\"request\":\"/d\",\"status\":404}",
        "{\"host\":\"10.0.0.4\",\"user\":\"di\",\"method\":\"PUT\",\"request\":\"/e\",\"status\":503}",
    ]
}
