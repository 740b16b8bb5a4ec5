import Formats

/// The lines of web servers as expressions; a dash stands for nothing.
enum ServerLogPatterns {
    private static let head =
        #"^\s*(?:-|(?P<host>.*?))\s+(?:-|(?P<identity>.*?))\s+(?:-|(?P<user>.*?))\s+"#
        + #"(?:-|\[(?:-|(?P<timestamp>[^\[]*))\])\s+"#
        + #"(?:-|"(?:-|\s*(?P<message>(?P<method>\w+)\s+(?P<path>(?:\\"|[^"])*?)\s+"#
        + #"(?P<protocol>(?:\\"|[^"])*?)\s*|(?:\\"|[^"])*?)\s*)")\s+"#
        + #"(?:-|(?P<status>\d+))\s+(?:-|(?P<size>\d+))"#

    /// The Common Log Format.
    static let common = head + #"\s*$"#

    /// The same with the page that led here, and the browser.
    static let combined =
        head + #"\s+(?:-|"(?:-|\s*(?P<referrer>(?:\\"|[^"])*?))")"#
        + #"\s+(?:-|"(?:-|\s*(?P<agent>(?:\\"|[^"])*?))")"#

    /// Apache's errors: short, and with processes and threads.
    static let apacheErrors = [
        #"^\s*(?:-|\[(?:-|(?P<timestamp>[^\[]*))\])\s+(?:-|\[(?:-|(?P<module>[^:]*):(?P<severity>[^\[]*))\])\s+"#
            + #"(?:-|\[\s*pid\s*(?:-|(?P<pid>[^:\]]*)(?::\s*tid\s*(?P<thread>[^\[]*))?)\])\s"#
            + #"(?:-|\[\s*client\s*(?:-|(?P<client>.*:?):(?P<port>[^\[]*))\])\s(?:-|(?P<message>.*))\s*$"#,
        #"^\s*\[(?P<timestamp>[^\]]+)\]\s+\[(?:-|(?P<module>[^:]+)):(?P<severity>[^\]]+)\]\s+"#
            + #"\[pid\s+(?P<pid>\d+)(?::tid\s+(?P<thread>\d+))?\]\s+(?P<message1>[^\[]*?:\s+(?:[^\[]*?:\s+)?)?"#
            + #"(?:\[client\s+(?P<client>.+?):(?P<port>\d+)\]\s+)?(?P<message2>.*?)(?:, referer .*)?\s*$"#,
    ]

    private static let proxied =
        #"^\s*(?:-|(?P<remote_addr>\S+))\s+-\s+(?:-|(?P<remote_user>\S+))\s+\[(?P<timestamp>[^\]]+)\]\s+"#
        + #""(?P<request>[^"]*)"\s+(?P<status>\d+)\s+(?P<body_bytes_size>\d+)\s+"#
        + #""(?:-|(?P<http_referer>[^"]*))"\s+"(?:-|(?P<http_user_agent>[^"]+))"\s+"#

    static let nginxCombined =
        #"^\s*(?:-|(?P<client>\S+))\s+-\s+(?:-|(?P<user>\S+))\s+\[(?P<timestamp>.+)\]\s+"#
        + #""(?P<request>[^"]*)"\s+(?P<status>\d+)\s+(?P<size>\d+)\s+"(?P<referer>[^"]*)"\s+"#
        + #""(?P<agent>[^"]*)"(?:\s+"(?:-|(?P<compression>[^"]+))")?\s*$"#

    static let nginxMain = proxied + #""(?:-|(?P<http_x_forwarded_for>[^"]+))"\s*$"#

    static let ingress =
        proxied + #"(?P<request_length>\d+)\s+(?P<request_time>\d+\.\d+)\s+"#
        + #"\[(?P<proxy_upstream_name>[^\]]+)\]\s+\[(?P<proxy_alternative_upstream_name>[^\]]+)?\]\s+"#
        + #"(?P<upstream_addr>\S+)\s+(?:-|(?P<upstream_response_length>\d+))\s+"#
        + #"(?:-|(?P<upstream_response_time>\d+\.\d+))\s+(?:-|(?P<upstream_status>\d+))\s+(?P<req_id>\S+)\s*$"#

    static let nginxError =
        #"^\s*(?P<timestamp>.+)\s+\[(?P<severity>\w+)\]\s+(?P<pid>\d+)#(?P<tid>\d+):(?:\s+\*(?P<cid>\d+))?"#
        + #"\s+(?P<message>.+?)(?:,\s+excess:\s+(?P<excess>[^\s,]+),?\sby\szone\s"(?P<zone>[^,]+)")?"#
        + #"(?:,\s+client:\s+(?P<client>[^,]+))?(?:,\s+server:\s+(?P<server>[^,]*))?"#
        + #"(?:,\s+request:\s+"(?P<request>[^"]*)")?(?:,\s+upstream:\s+"(?P<upstream>[^"]*)")?"#
        + #"(?:,\s+host:\s+"(?P<host>[^"]*)")?(?:,\s+refer?rer:\s+"(?P<referer>[^"]*)")?\s*$"#

    private static let program =
        #"\s+(?P<id>\d+)\s(?P<file>.+):(?P<line>\d+)\]\s(?P<message>.*?)\s*$"#

    static let klog = #"^\s*(?P<level>\w)(?P<timestamp>\d{4}\s\d{2}:\d{2}:\d{2}\.\d{6})"# + program
    static let glog = #"^\s*(?P<level>\w)(?P<timestamp>\d{8}\s\d{2}:\d{2}:\d{2}\.\d{6})"# + program

    /// A group's name without the number of its part.
    static func plain(_ name: String) -> String {
        name == "message1" || name == "message2" ? "message" : name
    }

    /// The names of an expression's groups.
    static func names(of pattern: String) -> [String] {
        Expressions.names(of: pattern).map { plain($0.name) }
    }
}
