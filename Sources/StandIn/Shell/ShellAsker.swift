import Basics

/// Programs of a script that ask something: `nc -z`, `nslookup`, `mysqladmin ping` and their like.
struct ShellAsker {
    let words: [String]
    let around: ShellPlan.Surroundings

    init(_ words: [String], _ around: ShellPlan.Surroundings) {
        self.words = words
        self.around = around
    }

    static let programs: Set<String> = [
        "dig", "getent", "host", "ls", "mariadb-admin", "mysqladmin", "nc", "ncat", "netcat",
        "nslookup", "pg_isready", "psql", "redis-cli", "stat", "valkey-cli",
    ]

    /// What programs of the field are for that no role does, so that the reason is exact.
    static let others: [String: String] = [
        "kubectl": "it asks the Kubernetes API, which no role does",
        "oc": "it asks the Kubernetes API, which no role does",
        "ping": "no role sends ICMP; write nc -z HOST PORT",
        "mysql": "no role logs in to MySQL; mysqladmin ping is known",
        "mariadb": "no role logs in to MySQL; mysqladmin ping is known",
        "mongo": "no role speaks to MongoDB; nc -z HOST 27017 is known",
        "mongosh": "no role speaks to MongoDB; nc -z HOST 27017 is known",
        "cqlsh": "no role speaks to Cassandra; nc -z HOST 9042 is known",
        "rabbitmq-diagnostics": "no role speaks to RabbitMQ; nc -z HOST 5672 is known",
        "rabbitmqctl": "no role speaks to RabbitMQ; nc -z HOST 5672 is known",
        "telnet": "it goes on after it has connected; nc -z HOST PORT is known",
        "apk": "nothing can be installed here, and nothing has to be",
        "apt-get": "nothing can be installed here, and nothing has to be",
        "yum": "nothing can be installed here, and nothing has to be",
        "chown": "no role changes files", "chmod": "no role changes files",
        "cp": "no role copies files", "mkdir": "no role makes directories",
        "sysctl": "no role changes the kernel's settings",
        "git": "companion fetch brings a git archive, a clone no role does yet",
        "aws": "no role speaks for aws; companion fetch brings objects of S3",
        "mc": "no role makes buckets",
    ]

    func plan(_ name: String) throws(ShellRefusal) -> ShellPlan {
        switch name {
        case "nc", "ncat", "netcat": return try netcat()
        case "pg_isready":
            return .ask(.postgres(Array(words.dropFirst())), says: "accepting connections\n")
        case "psql": return try psql()
        case "nslookup", "host", "dig": return try lookup()
        case "getent": return try getent()
        case "mysqladmin", "mariadb-admin": return try mysqladmin()
        case "redis-cli", "valkey-cli": return try redis()
        case "ls", "stat":
            guard words.count == 2, !words[1].hasPrefix("-"), !words[1].isEmpty else {
                throw ShellRefusal("this \(name) is not known here", "one file is")
            }
            return .ask(.file(words[1], .exists), says: words[1] + "\n")
        default:
            let why = Self.others[name] ?? ""
            throw ShellRefusal("the command \"\(name)\" is not known here", why)
        }
    }

    static func port(_ text: String) throws(ShellRefusal) -> UInt16 {
        guard let port = UInt16(text), port > 0 else {
            throw ShellRefusal(
                "\"\(text)\" is no port",
                text.isEmpty ? "its variable may be empty" : ""
            )
        }
        return port
    }

    /// Refuses if the script reads what only the program itself can write.
    private func silent(_ question: ShellQuestion) throws(ShellRefusal) -> ShellPlan {
        guard !around.isHeard else {
            throw ShellRefusal("what \(words[0]) writes is not known here", "its exit code is")
        }
        return .ask(question, says: "")
    }

    /// `nc -z [-v] [-w SECONDS] HOST PORT`.
    private func netcat() throws(ShellRefusal) -> ShellPlan {
        var isScan = false
        var limit: Duration?
        var places: [String] = []
        var rest = words.dropFirst()
        while let word = rest.popFirst() {
            guard word.hasPrefix("-"), word.count > 1 else {
                places.append(word)
                continue
            }
            if word == "--zero" || word == "--wait" {
                isScan = isScan || word == "--zero"
                if word == "--wait" { limit = rest.popFirst().flatMap { SleepTime($0)?.duration } }
                continue
            }
            var letters = word.dropFirst()
            while let letter = letters.popFirst() {
                switch letter {
                case "z": isScan = true
                case "v", "n", "4", "N", "t": break
                case "w", "q", "i":
                    let text = letters.isEmpty ? rest.popFirst() ?? "" : String(letters)
                    letters = ""
                    guard let time = SleepTime(text)?.duration else {
                        throw ShellRefusal("-\(letter) \(text) of nc is no time")
                    }
                    if letter == "w" { limit = time > .zero ? time : nil }
                default:
                    throw ShellRefusal(
                        "the option -\(letter) of nc is not known here",
                        "-z, -v, -w and -n are"
                    )
                }
            }
        }
        // With its input closed nc ends when the other side has heard so.
        guard isScan || around.hasInput else {
            throw ShellRefusal("nc without -z waits for its input", "write nc -z HOST PORT")
        }
        if places.count == 1, let colon = places[0].lastIndex(of: ":") {
            places = [
                String(places[0][..<colon]), String(places[0][places[0].index(after: colon)...]),
            ]
        }
        guard places.count == 2, !places[0].isEmpty else {
            throw ShellRefusal("nc wants a host and a port", "its variables may be empty")
        }
        let question = ShellQuestion.port(
            host: places[0],
            port: try Self.port(places[1]),
            limit: limit
        )
        // With -z it writes nothing that could be read.
        return isScan ? .ask(question, says: "") : try silent(question)
    }

    /// `nslookup NAME [SERVER]`, `host NAME [SERVER]`, `dig +short NAME`.
    private func lookup() throws(ShellRefusal) -> ShellPlan {
        var names = words.dropFirst().filter { !$0.hasPrefix("+") }
        // What is looked up is an address in any case.
        names.removeAll { ["-type=a", "-query=a", "-type=A"].contains($0) }
        guard words[0] != "dig", (1...2).contains(names.count),
            names.allSatisfy({ !$0.hasPrefix("-") && !$0.isEmpty })
        else {
            let remedy =
                names.contains("") ? "its variables may be empty" : "a name and a server are"
            throw ShellRefusal("this \(words[0]) is not known here", remedy)
        }
        return try silent(.name(names[0], server: names.count == 2 ? names[1] : nil))
    }

    /// `getent hosts NAME`.
    private func getent() throws(ShellRefusal) -> ShellPlan {
        guard words.count == 3, ["hosts", "ahosts", "ahostsv4"].contains(words[1]),
            !words[2].isEmpty
        else { throw ShellRefusal("this getent is not known here", "getent hosts NAME is") }
        return try silent(.name(words[2], server: nil))
    }

    /// `psql -h HOST -c 'select 1'`: somebody is let in, and a query is answered.
    private func psql() throws(ShellRefusal) -> ShellPlan {
        let letters: [String: Character] = [
            "--host": "h", "--port": "p", "--username": "U", "--dbname": "d", "--command": "c",
        ]
        var values: [Character: String] = [:]
        var others: [String] = []
        var rest = words.dropFirst()
        while let word = rest.popFirst() {
            if word.hasPrefix("--") {
                let pair = word.split(
                    separator: "=",
                    maxSplits: 1,
                    omittingEmptySubsequences: false
                )
                let name = String(pair[0])
                if let letter = letters[name] {
                    values[letter] = pair.count == 2 ? String(pair[1]) : rest.popFirst() ?? ""
                } else if ![
                    "--no-psqlrc", "--quiet", "--tuples-only", "--no-password", "--list",
                    "--no-align",
                ].contains(name) {
                    throw ShellRefusal("\(name) of psql is not known here")
                }
            } else if word.hasPrefix("-"), word.count > 1 {
                var flags = word.dropFirst()
                while let flag = flags.popFirst() {
                    if "hpUdc".contains(flag) {
                        values[flag] = flags.isEmpty ? rest.popFirst() ?? "" : String(flags)
                        flags = ""
                    } else if flag == "v" {
                        _ = flags.isEmpty ? rest.popFirst() : nil
                        flags = ""
                    } else if !"wqtAXl1".contains(flag) {
                        throw ShellRefusal("-\(flag) of psql is not known here")
                    }
                }
            } else {
                others.append(word)
            }
        }
        let query = (values["c"] ?? "").lowercased().filter { !" ;\n\t".contains($0) }
        guard
            ["", "\\q", "\\l", "\\conninfo", "select1", "selectnow()", "selectversion()"].contains(
                query
            ), values["c"] != nil || words.contains("-l") || words.contains("--list")
        else {
            throw ShellRefusal("this psql is not known here", "psql -c 'select 1' and -c '\\q' are")
        }
        var database = values["d"] ?? others.first
        if others.count > 1 { values["U"] = others[1] }
        var address = ""
        if let text = database, text.contains("://") || text.contains("=") {
            address = text
            database = nil
        }
        var variables: [String: String] = [:]
        for (letter, name) in [("h", "PGHOST"), ("p", "PGPORT"), ("U", "PGUSER")]
            as [(
                Character, String
            )]
        {
            variables[name] = values[letter] ?? around.variable(name)
        }
        variables["PGDATABASE"] = database ?? around.variable("PGDATABASE")
        variables["PGPASSWORD"] = around.variable("PGPASSWORD")
        guard !address.isEmpty || !(variables["PGHOST"] ?? "").isEmpty else {
            throw ShellRefusal(
                "psql asks a socket of its own container here",
                "write -h HOST; its variables may be empty"
            )
        }
        return try silent(.login(PostgresAsker(address: address, variables: variables)))
    }

    /// `mysqladmin ping -h HOST [-P PORT]`: it ends with 0 also if the login is refused.
    private func mysqladmin() throws(ShellRefusal) -> ShellPlan {
        var host: String?
        var port: UInt16 = 3306
        var isTCP = false
        var asksPing = false
        var rest = words.dropFirst()
        while let word = rest.popFirst() {
            let pair = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(pair[0])
            func value(_ letters: Int) -> String {
                let glued = word.dropFirst(letters)
                return glued.isEmpty ? rest.popFirst() ?? "" : String(glued)
            }
            func long() -> String { pair.count == 2 ? String(pair[1]) : rest.popFirst() ?? "" }
            switch name {
            case "ping", "status": asksPing = true
            case "-s", "--silent", "-f", "--force", "--no-defaults", "--skip-ssl": break
            case "--host": host = long()
            case "--port": port = try Self.port(long())
            case "--protocol": isTCP = long().lowercased() == "tcp"
            case "--user", "--connect-timeout", "--connect_timeout", "--wait": _ = long()
            case "--password", "--ssl", "--ssl-mode": break
            case let name where name.hasPrefix("-h"): host = value(2)
            case let name where name.hasPrefix("-P"): port = try Self.port(value(2))
            case let name where name.hasPrefix("-u"): _ = value(2)
            case let name where name.hasPrefix("-p"): break
            default:
                throw ShellRefusal("the word \"\(word)\" of mysqladmin is not known here")
            }
        }
        guard asksPing else {
            throw ShellRefusal("this mysqladmin is not known here", "mysqladmin ping is")
        }
        guard let host, !host.isEmpty, host != "localhost" || isTCP else {
            throw ShellRefusal(
                "mysqladmin asks a socket of its own container here",
                "write -h 127.0.0.1; its variables may be empty"
            )
        }
        return .ask(.mysql(host: host, port: port), says: "mysqld is alive\n")
    }

    /// `redis-cli [-h HOST] [-p PORT] [-a PASSWORD] ping`.
    private func redis() throws(ShellRefusal) -> ShellPlan {
        var host = "127.0.0.1"
        var port: UInt16 = 6379
        var password = around.variable("REDISCLI_AUTH")
        var rest = words.dropFirst()
        var others: [String] = []
        while let word = rest.popFirst() {
            switch word {
            case "-h": host = rest.popFirst() ?? ""
            case "-p": port = try Self.port(rest.popFirst() ?? "")
            case "-a", "--pass": password = rest.popFirst()
            case "--no-auth-warning", "--raw", "--no-raw": break
            case "-n", "--user", "-t": rest = rest.dropFirst()
            default:
                guard !word.hasPrefix("-") else {
                    throw ShellRefusal("the option \(word) of redis-cli is not known here")
                }
                others.append(word.lowercased())
            }
        }
        guard others == ["ping"], !host.isEmpty else {
            throw ShellRefusal("this redis-cli is not known here", "redis-cli -h HOST ping is")
        }
        let question = ShellQuestion.redis(
            host: host,
            port: port,
            password: password,
            // redis-cli ends with 0 whatever the server answers: only who reads that cares.
            mustPong: around.isHeard
        )
        return .ask(question, says: "PONG\n")
    }
}
