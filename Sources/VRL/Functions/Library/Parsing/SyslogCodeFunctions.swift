import Records

/// Syslog's numbers and names (RFC 5424).
enum SyslogCodeFunctions {
    static let all: [Function] = [facility, facilityCode, level, severity]

    private static let levels = [
        "emerg", "alert", "crit", "err", "warning", "notice", "info", "debug",
    ]
    private static let synonyms = ["panic": 0, "error": 3, "warn": 4]
    private static let facilities = [
        "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron",
        "authpriv",
        "ftp", "ntp", "security", "console", "solaris-cron", "local0", "local1", "local2", "local3",
        "local4", "local5", "local6", "local7",
    ]

    private static let level = Function(
        "to_syslog_level",
        [Parameter("value", .integer)],
        .bytes,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        let code = try arguments.integer(0)
        guard levels.indices.contains(Int(code)) else {
            throw FunctionError("severity level \(code) not valid")
        }
        return .text(levels[Int(code)])
    }

    private static let severity = Function(
        "to_syslog_severity",
        [Parameter("value", .bytes)],
        .integer,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        let name = try arguments.text(0)
        guard let code = levels.firstIndex(of: name) ?? synonyms[name] else {
            throw FunctionError("syslog level \(name) not valid")
        }
        return .whole(code)
    }

    private static let facility = Function(
        "to_syslog_facility",
        [Parameter("value", .integer)],
        .bytes,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        let code = try arguments.integer(0)
        guard facilities.indices.contains(Int(code)) else {
            throw FunctionError("facility code \(code) not valid")
        }
        return .text(facilities[Int(code)])
    }

    private static let facilityCode = Function(
        "to_syslog_facility_code",
        [Parameter("value", .bytes)],
        .integer,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        let name = try arguments.text(0)
        guard let code = facilities.firstIndex(of: name) else {
            throw FunctionError("syslog facility '\(name)' not valid")
        }
        return .whole(code)
    }
}
