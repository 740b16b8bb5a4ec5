/// The patterns that grok expressions name, after Logstash's usual set.
enum GrokPatterns {
    /// The expressions by name; they name each other as `%{NAME}`.
    static let table: [String: String] = [
        "USERNAME": #"[a-zA-Z0-9._-]+"#,
        "USER": "%{USERNAME}",
        "EMAILLOCALPART": #"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+)*"#,
        "EMAILADDRESS": "%{EMAILLOCALPART}@%{HOSTNAME}",
        "INT": #"(?:[+-]?(?:[0-9]+))"#,
        "BASE10NUM": #"(?<![0-9.+-])(?>[+-]?(?:(?:[0-9]+(?:\.[0-9]+)?)|(?:\.[0-9]+)))"#,
        "NUMBER": "(?:%{BASE10NUM})",
        "BASE16NUM": #"(?<![0-9A-Fa-f])(?:[+-]?(?:0x)?(?:[0-9A-Fa-f]+))"#,
        "BASE16FLOAT":
            #"\b(?<![0-9A-Fa-f.])(?:[+-]?(?:0x)?(?:(?:[0-9A-Fa-f]+(?:\.[0-9A-Fa-f]*)?)|(?:\.[0-9A-Fa-f]+)))\b"#,
        "POSINT": #"\b(?:[1-9][0-9]*)\b"#,
        "NONNEGINT": #"\b(?:[0-9]+)\b"#,
        "WORD": #"\b\w+\b"#,
        "NOTSPACE": #"\S+"#,
        "SPACE": #"\s*"#,
        "DATA": ".*?",
        "GREEDYDATA": ".*",
        "QUOTEDSTRING":
            #"(?>(?<!\\)(?>"(?>\\.|[^\\"]+)+"|""|(?>'(?>\\.|[^\\']+)+')|''|(?>`(?>\\.|[^\\`]+)+`)|``))"#,
        "QS": "%{QUOTEDSTRING}",
        "UUID": "[A-Fa-f0-9]{8}-(?:[A-Fa-f0-9]{4}-){3}[A-Fa-f0-9]{12}",
        "URN":
            #"urn:[0-9A-Za-z][0-9A-Za-z-]{0,31}:(?:%[0-9a-fA-F]{2}|[0-9A-Za-z()+,.:=@;$_!*'/?#-])+"#,
        // Networks
        "MAC": "(?:%{CISCOMAC}|%{WINDOWSMAC}|%{COMMONMAC})",
        "CISCOMAC": #"(?:(?:[A-Fa-f0-9]{4}\.){2}[A-Fa-f0-9]{4})"#,
        "WINDOWSMAC": "(?:(?:[A-Fa-f0-9]{2}-){5}[A-Fa-f0-9]{2})",
        "COMMONMAC": "(?:(?:[A-Fa-f0-9]{2}:){5}[A-Fa-f0-9]{2})",
        "IPV6": #"(?:(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}|(?:[0-9A-Fa-f]{1,4}:){1,7}:|"#
            + #"(?:[0-9A-Fa-f]{1,4}:){1,6}:[0-9A-Fa-f]{1,4}|(?:[0-9A-Fa-f]{1,4}:){1,5}(?::[0-9A-Fa-f]{1,4}){1,2}|"#
            + #"(?:[0-9A-Fa-f]{1,4}:){1,4}(?::[0-9A-Fa-f]{1,4}){1,3}|(?:[0-9A-Fa-f]{1,4}:){1,3}(?::[0-9A-Fa-f]{1,4}){1,4}|"#
            + #"(?:[0-9A-Fa-f]{1,4}:){1,2}(?::[0-9A-Fa-f]{1,4}){1,5}|[0-9A-Fa-f]{1,4}:(?:(?::[0-9A-Fa-f]{1,4}){1,6})|"#
            + #"::(?:[fF]{4}:)?%{IPV4}|:(?:(?::[0-9A-Fa-f]{1,4}){1,7}|:))(?:%[0-9A-Za-z]+)?"#,
        "IPV4": #"(?<![0-9])(?:(?:25[0-5]|2[0-4][0-9]|[0-1]?[0-9]{1,2})\.){3}"#
            + #"(?:25[0-5]|2[0-4][0-9]|[0-1]?[0-9]{1,2})(?![0-9])"#,
        "IP": "(?:%{IPV6}|%{IPV4})",
        "HOSTNAME":
            #"\b(?:[0-9A-Za-z][0-9A-Za-z-]{0,62})(?:\.(?:[0-9A-Za-z][0-9A-Za-z-]{0,62}))*(?:\.?|\b)"#,
        "HOST": "%{HOSTNAME}",
        "IPORHOST": "(?:%{IP}|%{HOSTNAME})",
        "HOSTPORT": "%{IPORHOST}:%{POSINT}",
        // Paths and addresses of the web
        "PATH": "(?:%{UNIXPATH}|%{WINPATH})",
        "UNIXPATH": #"(?:/(?:[\w_%!$@:.,+~-]+|\\.)*)+"#,
        "TTY": "(?:/dev/(?:pts|tty(?:[pq])?)(?:\\w+)?/?(?:[0-9]+))",
        "WINPATH": #"(?>[A-Za-z]+:|\\)(?:\\[^\\?*]*)+"#,
        "URIPROTO": #"[A-Za-z]+(?:\+[A-Za-z+]+)?"#,
        "URIHOST": "%{IPORHOST}(?::%{POSINT})?",
        "URIPATH": #"(?:/[A-Za-z0-9$.+!*'(){},~:;=@#%&_\-]*)+"#,
        "URIPARAM": #"\?[A-Za-z0-9$.+!*'|(){},~@#%&/=:;_?\-\[\]<>]*"#,
        "URIPATHPARAM": "%{URIPATH}(?:%{URIPARAM})?",
        "URI": "%{URIPROTO}://(?:%{USER}(?::[^@]*)?@)?(?:%{URIHOST})?(?:%{URIPATHPARAM})?",
        // Times
        "MONTH":
            #"\b(?:[Jj]an(?:uary|uar)?|[Ff]eb(?:ruary|ruar)?|[Mm](?:a|ä)?r(?:ch|z)?|[Aa]pr(?:il)?|"#
            + #"[Mm]a(?:y|i)?|[Jj]un(?:e|i)?|[Jj]ul(?:y|i)?|[Aa]ug(?:ust)?|[Ss]ep(?:tember)?|"#
            + #"[Oo](?:c|k)?t(?:ober)?|[Nn]ov(?:ember)?|[Dd]e(?:c|z)(?:ember)?)\b"#,
        "MONTHNUM": "(?:0?[1-9]|1[0-2])",
        "MONTHNUM2": "(?:0[1-9]|1[0-2])",
        "MONTHDAY": "(?:(?:0[1-9])|(?:[12][0-9])|(?:3[01])|[1-9])",
        "DAY":
            "(?:Mon(?:day)?|Tue(?:sday)?|Wed(?:nesday)?|Thu(?:rsday)?|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?)",
        "YEAR": #"(?>\d\d){1,2}"#,
        "HOUR": "(?:2[0123]|[01]?[0-9])",
        "MINUTE": "(?:[0-5][0-9])",
        "SECOND": "(?:(?:[0-5]?[0-9]|60)(?:[:.,][0-9]+)?)",
        "TIME": "(?!<[0-9])%{HOUR}:%{MINUTE}(?::%{SECOND})(?![0-9])",
        "DATE_US": "%{MONTHNUM}[/-]%{MONTHDAY}[/-]%{YEAR}",
        "DATE_EU": "%{MONTHDAY}[./-]%{MONTHNUM}[./-]%{YEAR}",
        "DATE_X": "%{YEAR}/%{MONTHNUM2}/%{MONTHDAY}",
        "ISO8601_TIMEZONE": "(?:Z|[+-]%{HOUR}(?::?%{MINUTE}))",
        "ISO8601_SECOND": "(?:%{SECOND}|60)",
        "TIMESTAMP_ISO8601":
            "%{YEAR}-%{MONTHNUM}-%{MONTHDAY}[T ]%{HOUR}:?%{MINUTE}(?::?%{SECOND})?%{ISO8601_TIMEZONE}?",
        "DATE": "%{DATE_US}|%{DATE_EU}|%{DATE_X}",
        "DATESTAMP": "%{DATE}[- ]%{TIME}",
        "TZ": "(?:[PMCE][SD]T|UTC|[A-Z]{3})",
        "NUMTZ": "[+-]\\d{4}",
        "DATESTAMP_RFC822": "%{DAY} %{MONTH} %{MONTHDAY} %{YEAR} %{TIME} %{TZ}",
        "DATESTAMP_RFC2822": "%{DAY}, %{MONTHDAY} %{MONTH} %{YEAR} %{TIME} %{ISO8601_TIMEZONE}",
        "DATESTAMP_OTHER": "%{DAY} %{MONTH} %{MONTHDAY} %{TIME} %{TZ} %{YEAR}",
        "DATESTAMP_EVENTLOG": "%{YEAR}%{MONTHNUM2}%{MONTHDAY}%{HOUR}%{MINUTE}%{SECOND}",
        "HTTPDATE": "%{MONTHDAY}/%{MONTH}/%{YEAR}:%{TIME} %{INT}",
        "HTTPDERROR_DATE": "%{DAY} %{MONTH} %{MONTHDAY} %{TIME} %{YEAR}",
        // Syslog
        "SYSLOGTIMESTAMP": "%{MONTH} +%{MONTHDAY} %{TIME}",
        "PROG": #"[\x21-\x5a\x5c\x5e-\x7e]+"#,
        "SYSLOGPROG": #"%{PROG:program}(?:\[%{POSINT:pid}\])?"#,
        "SYSLOGHOST": "%{IPORHOST}",
        "SYSLOGFACILITY": "<%{NONNEGINT:facility}.%{NONNEGINT:priority}>",
        "SYSLOGBASE":
            "%{SYSLOGTIMESTAMP:timestamp} (?:%{SYSLOGFACILITY} )?%{SYSLOGHOST:logsource} %{SYSLOGPROG}:",
        "SYSLOGLINE": "%{SYSLOGBASE} %{GREEDYDATA:message}",
        "LOGLEVEL":
            "(?:[Aa]lert|ALERT|[Tt]race|TRACE|[Dd]ebug|DEBUG|[Nn]otice|NOTICE|[Ii]nfo(?:rmation)?|"
            + "INFO(?:RMATION)?|[Ww]arn?(?:ing)?|WARN?(?:ING)?|[Ee]rr?(?:or)?|ERR?(?:OR)?|[Cc]rit?(?:ical)?|"
            + "CRIT?(?:ICAL)?|[Ff]atal|FATAL|[Ss]evere|SEVERE|EMERG(?:ENCY)?|[Ee]merg(?:ency)?)",
        // Servers of the web
        "HTTPDUSER": "%{EMAILADDRESS}|%{USER}",
        "COMMONAPACHELOG":
            #"%{IPORHOST:clientip} %{HTTPDUSER:ident} %{USER:auth} \[%{HTTPDATE:timestamp}\] "#
            + #""(?:%{WORD:verb} %{NOTSPACE:request}(?: HTTP/%{NUMBER:httpversion})?|%{DATA:rawrequest})" "#
            + #"%{NUMBER:response} (?:%{NUMBER:bytes}|-)"#,
        "COMBINEDAPACHELOG": "%{COMMONAPACHELOG} %{QS:referrer} %{QS:agent}",
        // Java
        "JAVACLASS": #"(?:[a-zA-Z$_][a-zA-Z$_0-9]*\.)*[a-zA-Z$_][a-zA-Z$_0-9]*"#,
        "JAVAFILE": "(?:[A-Za-z0-9_. -]+)",
        "JAVAMETHOD": "(?:(?:<(?:cl)?init>)|[a-zA-Z$_][a-zA-Z$_0-9]*)",
        "JAVASTACKTRACEPART":
            #"%{SPACE}at %{JAVACLASS:class}\.%{JAVAMETHOD:method}\(%{JAVAFILE:file}(?::%{INT:line})?\)"#,
        "JAVATHREAD": #"(?:[A-Z]{2}-Processor[\d]+)"#,
        "JAVALOGMESSAGE": "(?:.*)",
        "CATALINA_DATESTAMP":
            "%{MONTH} %{MONTHDAY}, 20%{YEAR} %{HOUR}:?%{MINUTE}(?::?%{SECOND}) (?:AM|PM)",
        "TOMCAT_DATESTAMP":
            "20%{YEAR}-%{MONTHNUM}-%{MONTHDAY} %{HOUR}:?%{MINUTE}(?::?%{SECOND}) %{ISO8601_TIMEZONE}",
        // Others
        "RUBY_LOGLEVEL": "(?:DEBUG|FATAL|ERROR|WARN|INFO)",
        "RUBY_LOGGER":
            #"[DFEWI], \[%{TIMESTAMP_ISO8601:timestamp} #%{POSINT:pid}\] *%{RUBY_LOGLEVEL:loglevel} "#
            + "-- +%{DATA:progname}: %{GREEDYDATA:message}",
        "REDISTIMESTAMP": "%{MONTHDAY} %{MONTH} %{TIME}",
        "REDISLOG": #"\[%{POSINT:pid}\] %{REDISTIMESTAMP:timestamp} \* "#,
        "MONGO_LOG": "%{SYSLOGTIMESTAMP:timestamp} \\[%{WORD:component}\\] %{GREEDYDATA:message}",
        "POSTGRESQL":
            "%{DATESTAMP:timestamp} %{TZ} %{DATA:user_id} %{GREEDYDATA:connection_id} %{POSINT:pid}",
        "CRON_ACTION": "[A-Z ]+",
        "CRONLOG": #"%{SYSLOGBASE} \(%{USER:user}\) %{CRON_ACTION:action} \(%{DATA:message}\)"#,
    ]

    /// The matchers that Datadog's rules name, by their expressions.
    static let matchers: [String: String] = [
        "notSpace": #"\S+"#, "data": ".*?", "word": #"\b\w+\b"#,
        "integer": #"[+-]?\d+(?:[eE]\+?\d+)?"#,
        "integerStr": #"[+-]?\d+(?:[eE]\+?\d+)?"#, "integerExt": #"[+-]?\d+(?:[eE]\+?\d+)?"#,
        "integerExtStr": #"[+-]?\d+(?:[eE]\+?\d+)?"#, "number": #"[+-]?\d+(?:\.\d+)?"#,
        "numberStr": #"[+-]?\d+(?:\.\d+)?"#, "numberExt": #"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"#,
        "numberExtStr": #"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"#, "boolean": "(?i:true|false)",
        "doubleQuotedString": #""(?:\\.|[^\\"])*""#, "singleQuotedString": #"'(?:\\.|[^\\'])*'"#,
        "quotedString": #"(?:"(?:\\.|[^\\"])*"|'(?:\\.|[^\\'])*')"#,
        "uuid": "%{UUID}", "mac": "%{MAC}", "ipv4": "%{IPV4}", "ipv6": "%{IPV6}", "ip": "%{IP}",
        "hostname": "%{HOSTNAME}", "ipOrHost": "%{IPORHOST}", "port": #"\d{1,5}"#,
    ]
}
