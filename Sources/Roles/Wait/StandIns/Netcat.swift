import Basics
import Reactor
import System

/// `nc -z`: whether ports take connections, as busybox's nc and others tell it.
@MainLoop enum Netcat {
    /// What its words say.
    struct Question: Hashable {
        var host = ""
        /// Text of the port, for messages, and its number.
        var ports: ClosedRange<UInt16> = 1...1
        /// How long a connection may take; without one, as long as the kernel tries.
        var limit: Duration?
        /// How often `-v` was given.
        var verbosity = 0
        /// Whether names are not looked up.
        var isNumeric = false
    }

    /// Words that are refused: what is written, and the exit code.
    struct Refusal: Error, Hashable {
        var text: String
    }

    /// How long the kernel tries to connect by itself: a SYN and six repetitions.
    nonisolated static let kernelPatience = Duration.seconds(130)
    /// The most ports of a range.
    nonisolated static let portsMaximum = 65_535

    private nonisolated static let usage = Refusal(
        text: "usage: nc -z [-nv46] [-w SECONDS] HOST PORT[-PORT]"
    )

    /// Reads its words.
    nonisolated static func read(_ words: [String]) throws(Refusal) -> Question {
        var question = Question()
        var isScan = false
        var places: [String] = []
        var rest = words[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("-"), word.count > 1 else {
                places.append(word)
                continue
            }
            var letters = word.dropFirst()
            while let letter = letters.popFirst() {
                switch letter {
                case "z": isScan = true
                case "v": question.verbosity += 1
                case "n": question.isNumeric = true
                case "4", "6", "N", "d": break
                case "w", "q", "i":
                    let text = letters.isEmpty ? rest.popFirst() ?? "" : String(letters)
                    letters = ""
                    guard let seconds = Int(text), (0...1_000_000).contains(seconds) else {
                        throw Refusal(text: "nc: invalid number '\(text)'")
                    }
                    if letter == "w" { question.limit = seconds > 0 ? .seconds(seconds) : nil }
                case "u":
                    throw Refusal(
                        text: "nc: -u is not supported here: UDP does not tell who listens"
                    )
                case "l", "e", "f", "k", "p", "s", "o", "x", "X":
                    throw Refusal(text: "nc: -\(letter) is not supported here; nc -z is")
                default: throw Refusal(text: "nc: unrecognized option: \(letter)\n\(usage.text)")
                }
            }
        }
        guard isScan else {
            throw Refusal(text: "nc: only nc -z is supported here\n\(usage.text)")
        }
        guard places.count == 2 else { throw usage }
        question.host = places[0]
        let ends = places[1].split(separator: "-", omittingEmptySubsequences: false)
        guard (1...2).contains(ends.count), let low = UInt16(ends[0]),
            let high = UInt16(ends[ends.count - 1]), low > 0, low <= high
        else { throw Refusal(text: "nc: bad port '\(places[1])'") }
        question.ports = low...high
        return question
    }

    static func run(
        _ words: [String],
        isCheck: Bool,
        _ voice: WaitStandIn.Voice
    ) async -> WaitStandIn.Ending {
        let question: Question
        do throws(Refusal) {
            question = try read(words)
        } catch {
            voice.errors(error.text + "\n")
            return .code(1)
        }
        return isCheck ? .code(0) : .code(await ask(question, voice))
    }

    /// Tries the ports; 0 if one of them takes a connection.
    static func ask(_ question: Question, _ voice: WaitStandIn.Voice) async -> Int32 {
        let limit = question.limit ?? kernelPatience
        guard let addresses = await addresses(question, limit) else {
            voice.errors("nc: bad address '\(question.host)'\n")
            return 1
        }
        var code: Int32 = 1
        for port in question.ports where await connect(question, addresses, port, limit, voice) {
            code = 0
        }
        return code
    }

    private static func addresses(_ question: Question, _ limit: Duration) async -> [SocketAddress]?
    {
        if let number = SocketAddress(number: question.host, port: 0) { return [number] }
        if question.isNumeric { return nil }
        let found = try? await NameResolver.main.addresses(of: question.host, timeout: limit)
        return found?.addresses
    }

    private static func connect(
        _ question: Question,
        _ addresses: [SocketAddress],
        _ port: UInt16,
        _ limit: Duration,
        _ voice: WaitStandIn.Voice
    ) async -> Bool {
        let deadline = Loop.main.now + limit
        var problem: (String, Failure)?
        for address in addresses {
            let address = address.with(port: port)
            do throws(Failure) {
                let left = max(deadline - Loop.main.now, .zero)
                try await ByteStream.connect(to: address, timeout: left).close()
                if question.verbosity > 0 {
                    voice.errors("\(question.host) (\(address)) open\n")
                }
                return true
            } catch {
                problem = ("\(address)", error)
            }
        }
        guard let (address, failure) = problem else { return false }
        let isRefused = failure.cause.hasSuffix("Connection refused")
        if question.verbosity > 1 || question.verbosity == 1 && !isRefused {
            let words =
                failure.code == .timedOut
                ? "Connection timed out"
                : failure.cause.split(separator: ": ").last.map(String.init) ?? failure.cause
            voice.errors("nc: \(question.host) (\(address)): \(words)\n")
        }
        return false
    }
}
