internal import Basics
internal import System

/// Why a run of skopeo failed, in classes that call for different remedies.
struct SkopeoFailure: Error, Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        /// The registry has no such repository, tag or digest.
        case notFound
        /// The registry wants a login, or another one.
        case unauthorized
        /// The registry does not answer.
        case unreachable
        /// The registry answers that it cannot serve now.
        case overloaded
        /// The registry speaks plain HTTP or its certificate is unknown.
        case insecure
        /// The disk is full.
        case diskFull
        /// Something was not what its digest says.
        case damaged
        /// The time was over.
        case timedOut
        /// Nobody wants the result any more.
        case cancelled
        /// Anything else.
        case other
    }

    var kind: Kind
    /// The cause in skopeo's words.
    var cause: String

    init(_ kind: Kind, _ cause: String) {
        self.kind = kind
        self.cause = cause
    }

    /// A run that could not be made or was ended.
    init(_ failure: Failure) {
        switch failure.code {
        case .timedOut: kind = .timedOut
        case .cancelled: kind = .cancelled
        case .exhausted: kind = .diskFull
        default: kind = .other
        }
        cause = failure.description
    }

    /// A run that ended badly, with what it wrote to its standard error output.
    init(status: ExitStatus, errors: String) {
        if case .signalled(let number) = status {
            self.init(.other, "skopeo was killed by signal \(number)")
            return
        }
        let text = Self.bare(Self.message(in: errors))
        self.init(Self.kind(of: text.lowercased()), text)
    }

    /// What helps, as the end of a sentence; empty if nothing general does.
    func remedy(host: String) -> String {
        switch kind {
        case .notFound: "check the image's name and tag"
        case .unauthorized:
            "check the image's name, and that imagePullSecrets holds a login for \(host)"
        case .unreachable: "check that \(host) is up and can be reached from this machine"
        case .overloaded: "try again later"
        case .insecure:
            "list the registry as insecure in registries.conf of the state directory, or install"
                + " its certificate"
        case .diskFull: "free space, for example with `remora image rm`"
        case .damaged: "try again; if it stays so, the registry's copy is damaged"
        case .timedOut: "check the connection to \(host)"
        case .cancelled, .other: ""
        }
    }

    /// The last fatal message in the log format `level=fatal msg="..."`, else the last line.
    static func message(in errors: String) -> String {
        let lines = errors.split(separator: "\n")
        guard let line = lines.last(where: { $0.contains("level=fatal") }) ?? lines.last else {
            return "skopeo failed and said nothing"
        }
        guard let start = line.firstRange(of: "msg=") else { return String(line) }
        var rest = line[start.upperBound...]
        guard rest.first == "\"" else { return String(rest) }
        rest = rest.dropFirst()
        var text = ""
        var isEscaped = false
        for character in rest {
            if isEscaped {
                text.append(character == "n" || character == "t" ? " " : character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                break
            } else {
                text.append(character)
            }
        }
        return text
    }

    /// The message without what skopeo puts before any failure of a source, whatever it was.
    private static func bare(_ text: String) -> String {
        for start in [
            "Error parsing image name \"", "initializing source ", "Error initializing source ",
        ]
        where text.hasPrefix(start) {
            guard let end = text.firstRange(of: ": "), end.upperBound < text.endIndex else { break }
            return String(text[end.upperBound...])
        }
        return text
    }

    private static let signs: [(Kind, [String])] = [
        (.diskFull, ["no space left", "disk quota exceeded"]),
        (.insecure, ["server gave http response to https", "x509:", "tls: "]),
        (
            .unreachable,
            [
                "connection refused", "no such host", "i/o timeout", "network is unreachable",
                "no route to host", "connection reset", "server misbehaving", "unexpected eof",
                "temporary failure in name resolution", "context deadline exceeded", ": eof",
            ]
        ),
        (
            .unauthorized,
            [
                "unauthorized", "authentication required", "access to the resource is denied",
                "invalid username/password", "403 (forbidden)", "denied:",
            ]
        ),
        (.notFound, ["manifest unknown", "name unknown", "not found", "404 (", "no such file"]),
        (.overloaded, ["toomanyrequests", "429 (", "500 (", "502 (", "503 (", "504 ("]),
        (.damaged, ["digest did not match", "does not match", "verification"]),
    ]

    private static func kind(of text: String) -> Kind {
        signs.first { $0.1.contains { text.contains($0) } }?.0 ?? .other
    }
}
