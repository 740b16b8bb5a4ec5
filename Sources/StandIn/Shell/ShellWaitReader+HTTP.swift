import Basics
import Formats

extension ShellWaitReader {
    /// `curl [-s] [-f] [-o /dev/null] URL`; with a status, its `-w '%{http_code}'` is compared.
    func curl(
        _ words: [String],
        _ position: Position,
        status: Int? = nil
    ) -> ShellWait.Condition? {
        var urls: [String] = []
        var question = ShellWait.Question(url: "")
        var fails = false
        var writesStatus = false
        var output: String?
        var rest = words[...]
        /// The value of an option: the rest of its word, or the next word.
        func value(_ glued: Substring) -> String {
            glued.isEmpty ? rest.popFirst() ?? "" : String(glued)
        }
        func take(_ option: String, _ glued: Substring) -> Bool {
            switch option {
            case "s", "silent", "S", "show-error", "g", "globoff", "4", "6", "ipv4", "ipv6", "N",
                "no-buffer", "no-progress-meter":
                return true
            case "f", "fail", "fail-with-body": fails = true
            case "k", "insecure": question.isInsecure = true
            case "L", "location": question.follows = true
            case "I", "head": question.method = "HEAD"
            case "o", "output": output = value(glued)
            case "X", "request": question.method = value(glued)
            case "H", "header": question.headers.append(value(glued))
            case "url": urls.append(value(glued))
            case "w", "write-out":
                let text = value(glued)
                writesStatus = text == "%{http_code}" || text == "%{response_code}"
                return writesStatus && status != nil
            case "m", "max-time", "connect-timeout":
                let text = value(glued)
                guard let time = SleepTime(text)?.duration, Double(text) != nil else {
                    return false
                }
                if option != "connect-timeout" || question.limit == nil { question.limit = time }
            default: return false
            }
            return true
        }
        while let word = rest.popFirst() {
            if word.hasPrefix("--") {
                guard take(String(word.dropFirst(2)), "") else {
                    return unknown(word, "curl", position)
                }
            } else if word.hasPrefix("-"), word.count > 1 {
                var letters = word.dropFirst()
                while let letter = letters.popFirst() {
                    let takesValue = "oXHwm".contains(letter)
                    guard take(String(letter), takesValue ? letters : "") else {
                        return unknown("-\(letter)", "curl", position)
                    }
                    if takesValue { letters = "" }
                }
            } else {
                urls.append(word)
            }
        }
        if let output, output != "/dev/null", output != "-" {
            refuse("writing to \(output) is not known here", position, "companion fetch does")
            return nil
        }
        guard urls.count == 1, let url = url(urls[0], position) else {
            if !log.hasErrors { refuse("curl wants one URL here", position) }
            return nil
        }
        question.url = url
        if let status {
            guard writesStatus, output == "/dev/null" else {
                refuse(
                    "the answer that is compared is not known here",
                    position,
                    "write curl -s -o /dev/null -w '%{http_code}' URL"
                )
                return nil
            }
            question.answer = .status(status)
        } else {
            question.answer = fails ? .unfailed : .any
            if output == nil, question.method != "HEAD" { note("what curl writes is not written") }
        }
        return .http(question)
    }

    /// `wget [-q] --spider URL`, `wget -q -O /dev/null URL`.
    func wget(_ words: [String], _ position: Position) -> ShellWait.Condition? {
        var urls: [String] = []
        var question = ShellWait.Question(url: "")
        question.answer = .success
        question.follows = true
        var isSpider = false
        var output: String?
        var rest = words[...]
        while let word = rest.popFirst() {
            let pair = word.split(separator: "=", maxSplits: 1).map(String.init)
            let name = pair.first ?? ""
            switch name {
            case "--spider": isSpider = true
            case "--quiet", "--no-verbose", "-nv", "-q", "-S", "--server-response": break
            case "--no-check-certificate": question.isInsecure = true
            case "--timeout", "--tries", "--header", "--output-document":
                guard let text = pair.count == 2 ? pair[1] : rest.popFirst(),
                    take(name, text, &question, &output)
                else { return unknown(word, "wget", position) }
            case let name where name.hasPrefix("--"): return unknown(name, "wget", position)
            case let name where name.hasPrefix("-") && name.count > 1:
                var letters = word.dropFirst()
                while let letter = letters.popFirst() {
                    switch letter {
                    case "q", "S", "c": break
                    case "O", "T", "t":
                        let long =
                            [
                                "O": "--output-document", "T": "--timeout", "t": "--tries",
                            ][String(letter)] ?? ""
                        let text = letters.isEmpty ? rest.popFirst() ?? "" : String(letters)
                        letters = ""
                        guard take(long, text, &question, &output) else {
                            return unknown("-\(letter) \(text)", "wget", position)
                        }
                    default: return unknown("-\(letter)", "wget", position)
                    }
                }
            default: urls.append(word)
            }
        }
        guard isSpider || output == "/dev/null" || output == "-" else {
            refuse("a wget that writes a file is not known here", position, "write --spider")
            return nil
        }
        if output == "-", !isSpider { note("what wget writes is not written") }
        guard urls.count == 1, let url = url(urls[0], position) else {
            if !log.hasErrors { refuse("wget wants one URL here", position) }
            return nil
        }
        question.url = url
        return .http(question)
    }

    private func take(
        _ name: String,
        _ text: String,
        _ question: inout ShellWait.Question,
        _ output: inout String?
    ) -> Bool {
        switch name {
        case "--timeout":
            guard let time = SleepTime(text)?.duration else { return false }
            question.limit = time > .zero ? time : nil
        case "--tries": return Int(text) != nil
        case "--header": question.headers.append(text)
        default: output = text
        }
        return true
    }

    private func unknown(
        _ option: String,
        _ program: String,
        _ position: Position
    ) -> ShellWait.Condition? {
        refuse("\(option) of \(program) in a condition is not known here", position)
        return nil
    }

    /// A URL with its scheme.
    private func url(_ text: String, _ position: Position) -> String? {
        let whole = text.contains("://") ? text : "http://" + text
        guard whole.hasPrefix("http://") || whole.hasPrefix("https://") else {
            refuse("\"\(text)\" is no URL that is known here", position)
            return nil
        }
        let host = whole.drop { $0 != "/" }.dropFirst(2).prefix { !"/?#".contains($0) }
        guard !host.isEmpty, !host.hasPrefix(":") else {
            refuse("\"\(text)\" names no host", position, "its variable may be empty")
            return nil
        }
        return whole
    }
}
