import Basics
import Formats

extension ShellWaitReader {
    /// `nc -z [-v] [-w SECONDS] HOST PORT`.
    func netcat(_ command: ShellCommand, _ position: Position) -> ShellWait.Condition? {
        var isScan = false
        var limit: Duration?
        var places: [String] = []
        var rest = command.words.dropFirst()
        while let word = rest.popFirst() {
            guard word.hasPrefix("-"), word.count > 1 else {
                places.append(word)
                continue
            }
            var letters = word.dropFirst()
            while let letter = letters.popFirst() {
                switch letter {
                case "z": isScan = true
                case "v":
                    if command.problems != .nowhere { note("what nc -v writes is not written") }
                case "n", "4", "N": break
                case "w", "q":
                    let text = letters.isEmpty ? rest.popFirst() ?? "" : String(letters)
                    letters = ""
                    guard let time = SleepTime(text)?.duration else {
                        refuse("-\(letter) \(text) of nc is no time", position)
                        return nil
                    }
                    if letter == "w" { limit = time > .zero ? time : nil }
                default:
                    refuse(
                        "the option -\(letter) of nc is not known here",
                        position,
                        "-z, -v, -w and -n are"
                    )
                    return nil
                }
            }
        }
        guard isScan else {
            refuse("nc without -z waits for its input", position, "write nc -z HOST PORT")
            return nil
        }
        guard places.count == 2, !places[0].isEmpty else {
            refuse("nc wants a host and a port", position, "its variables may be empty")
            return nil
        }
        guard let port = port(places[1], position) else { return nil }
        return .port(host: places[0], port: port, limit: limit)
    }

    /// `nslookup NAME [SERVER]`, `host NAME [SERVER]`.
    func lookup(_ command: ShellCommand, _ position: Position) -> ShellWait.Condition? {
        let words = Array(command.words.dropFirst())
        guard (1...2).contains(words.count), words.allSatisfy({ !$0.hasPrefix("-") && !$0.isEmpty })
        else {
            refuse(
                "this \(command.words[0]) is not known here",
                position,
                "a name and a server are"
            )
            return nil
        }
        if command.output == .standard { note("what \(command.words[0]) writes is not written") }
        return .name(words[0], server: words.count == 2 ? words[1] : nil)
    }

    /// `getent hosts NAME`.
    func getent(_ command: ShellCommand, _ position: Position) -> ShellWait.Condition? {
        let words = Array(command.words.dropFirst())
        guard words.count == 2, ["hosts", "ahosts", "ahostsv4"].contains(words[0]),
            !words[1].isEmpty
        else {
            refuse("this getent is not known here", position, "getent hosts NAME is")
            return nil
        }
        if command.output == .standard { note("what getent writes is not written") }
        return .name(words[1], server: nil)
    }

    /// `mysqladmin ping -h HOST [-P PORT]`: it ends with 0 also if the login is refused.
    func mysqladmin(_ command: ShellCommand, _ position: Position) -> ShellWait.Condition? {
        var host: String?
        var port: UInt16 = 3306
        var isTCP = false
        var asksPing = false
        var rest = command.words.dropFirst()
        func value(_ word: String, _ letters: Int) -> String? {
            let glued = word.dropFirst(letters)
            return glued.isEmpty ? rest.popFirst() : String(glued)
        }
        while let word = rest.popFirst() {
            let long = word.split(separator: "=", maxSplits: 1).map(String.init)
            switch word {
            case "ping": asksPing = true
            case "-s", "--silent", "-f", "--force": break
            case "--host": host = rest.popFirst()
            case "--user", "--password", "--connect-timeout", "--connect_timeout":
                if word != "--password" { rest = rest.dropFirst() }
            case let word where word.hasPrefix("--host="): host = String(word.dropFirst(7))
            case let word where word.hasPrefix("--port="):
                guard let number = self.port(String(word.dropFirst(7)), position) else {
                    return nil
                }
                port = number
            case let word where word.hasPrefix("--protocol="):
                isTCP = word.lowercased().hasSuffix("tcp")
            case let word
            where ["--user", "--password", "--connect-timeout"].contains(long.first ?? ""):
                _ = word
            case let word where word.hasPrefix("-h"): host = value(word, 2)
            case let word where word.hasPrefix("-P"):
                guard let number = self.port(value(word, 2) ?? "", position) else { return nil }
                port = number
            case let word where word.hasPrefix("-u"): _ = value(word, 2)
            case let word where word.hasPrefix("-p"): _ = word
            default:
                refuse("the word \"\(word)\" of mysqladmin is not known here", position)
                return nil
            }
        }
        guard asksPing else {
            refuse("this mysqladmin is not known here", position, "mysqladmin ping is")
            return nil
        }
        guard let host, !host.isEmpty, host != "localhost" || isTCP else {
            refuse(
                "mysqladmin asks a socket of its own container here",
                position,
                "write -h 127.0.0.1"
            )
            return nil
        }
        if command.output == .standard { note("what mysqladmin writes is not written") }
        return .mysql(host: host, port: port)
    }

    /// `redis-cli [-h HOST] [-p PORT] [-a PASSWORD] ping`.
    func redis(_ command: ShellCommand, _ position: Position) -> ShellWait.Condition? {
        var host = "127.0.0.1"
        var port: UInt16 = 6379
        var password = environment["REDISCLI_AUTH"]
        var rest = command.words.dropFirst()
        var words: [String] = []
        while let word = rest.popFirst() {
            switch word {
            case "-h": host = rest.popFirst() ?? ""
            case "-p":
                guard let number = self.port(rest.popFirst() ?? "", position) else { return nil }
                port = number
            case "-a", "--pass": password = rest.popFirst()
            case "--no-auth-warning", "--raw", "--no-raw": break
            case "-n": rest = rest.dropFirst()
            default:
                guard !word.hasPrefix("-") else {
                    refuse("the option \(word) of redis-cli is not known here", position)
                    return nil
                }
                words.append(word.lowercased())
            }
        }
        guard words == ["ping"], !host.isEmpty else {
            refuse("this redis-cli is not known here", position, "redis-cli -h HOST ping is")
            return nil
        }
        if command.output == .standard { note("what redis-cli writes is not written") }
        return .redis(host: host, port: port, password: password, mustPong: false)
    }
}
