internal import Basics
public import Formats
internal import ObjectStore
internal import PodModel

/// A failure in the shape of a Kubernetes `Status` object.
public struct APIError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The HTTP status.
    public var code: Int
    /// The machine-readable reason: `NotFound`.
    public var reason: String
    /// The sentence for users.
    public var message: String
    /// What it is about and what caused it.
    public var details = JSONObject()

    init(_ code: Int, _ reason: String, _ message: String) {
        self.code = code
        self.reason = reason
        self.message = message
    }

    /// The sentence.
    public var description: String { message }

    /// The `Status` object.
    public var status: JSON {
        var status: JSON = [
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure",
            "message": .string(message), "reason": .string(reason),
        ]
        if !details.isEmpty { status["details"] = .object(details) }
        status["code"] = .int(code)
        return status
    }

    // MARK: The usual ones

    static func badRequest(_ message: String) -> Self { Self(400, "BadRequest", message) }

    static func methodNotAllowed(_ method: String) -> Self {
        Self(
            405,
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource"
        )
    }

    /// The caller is not known, or its credentials are not good.
    static let unauthorized = Self(401, "Unauthorized", "Unauthorized")

    /// There is no such path.
    static let unknownPath = Self(
        404,
        "NotFound",
        "the server could not find the requested resource"
    )

    static func unsupportedMedia(_ type: String, _ supported: [String]) -> Self {
        Self(
            415,
            "UnsupportedMediaType",
            "the body of the request was in an unknown format (\(type)) - accepted media types "
                + "include: " + supported.joined(separator: ", ")
        )
    }

    static func notFound(_ kind: ResourceKind, _ name: String) -> Self {
        about(kind, name, 404, "NotFound", "\(kind.qualifiedName) \"\(name)\" not found")
    }

    static func alreadyExists(_ kind: ResourceKind, _ name: String) -> Self {
        about(
            kind,
            name,
            409,
            "AlreadyExists",
            "\(kind.qualifiedName) \"\(name)\" already exists"
        )
    }

    static func conflict(_ kind: ResourceKind, _ name: String, _ why: String) -> Self {
        about(
            kind,
            name,
            409,
            "Conflict",
            "Operation cannot be fulfilled on \(kind.qualifiedName) \"\(name)\": \(why)"
        )
    }

    static func forbidden(_ kind: ResourceKind, _ name: String, _ why: String) -> Self {
        about(
            kind,
            name,
            403,
            "Forbidden",
            "\(kind.qualifiedName) \"\(name)\" is forbidden: \(why)"
        )
    }

    static func expired(_ message: String) -> Self { Self(410, "Expired", message) }

    /// The object breaks rules; each finding becomes a cause.
    static func invalid(_ kind: ResourceKind, _ name: String, _ findings: [Finding]) -> Self {
        let texts = findings.map { "\($0.path): \($0.sentence)" }
        let list = texts.count == 1 ? texts[0] : "[" + texts.joined(separator: ", ") + "]"
        var error = about(
            kind,
            name,
            422,
            "Invalid",
            "\(kind.kind) \"\(name)\" is invalid: \(list)"
        )
        error.details["kind"] = .string(kind.kind)
        error.details["causes"] = .array(
            findings.map { finding in
                [
                    "reason": .string(finding.kind.rawValue),
                    "message": .string(finding.sentence),
                    "field": .string(finding.path.description),
                ]
            }
        )
        return error
    }

    private static func about(
        _ kind: ResourceKind,
        _ name: String,
        _ code: Int,
        _ reason: String,
        _ message: String
    ) -> Self {
        var error = Self(code, reason, message)
        error.details["name"] = .string(name)
        if !kind.group.isEmpty { error.details["group"] = .string(kind.group) }
        error.details["kind"] = .string(kind.resource)
        return error
    }

    // MARK: From other errors

    /// The same for an error of the store.
    init(_ error: StoreError, _ kind: ResourceKind) {
        switch error {
        case .notFound(let key): self = .notFound(kind, key.name)
        case .alreadyExists(let key): self = .alreadyExists(kind, key.name)
        case .conflict(let key, let why): self = .conflict(kind, key.name, why)
        case .invalid(let key, let why):
            self = .invalid(kind, key.name, [Finding(.required, "metadata.name", why)])
        case .expired: self = .expired(error.failure.what)
        case .storage(let failure): self.init(failure)
        }
    }

    /// The same for a failure of the engine.
    init(_ failure: Failure) {
        let (code, reason) =
            switch failure.code {
            case .invalid: (400, "BadRequest")
            case .notFound: (404, "NotFound")
            case .conflict: (409, "Conflict")
            case .forbidden: (403, "Forbidden")
            case .timedOut: (504, "Timeout")
            case .exhausted: (507, "InsufficientStorage")
            case .unavailable: (503, "ServiceUnavailable")
            case .cancelled, .internalError: (500, "InternalError")
            }
        self.init(code, reason, failure.description)
    }

    /// The same for whatever was thrown.
    init(any error: any Error) {
        switch error {
        case let error as APIError: self = error
        case let failure as Failure: self.init(failure)
        default: self.init(500, "InternalError", "\(error)")
        }
    }
}

extension Finding {
    /// What is wrong and what to do, without the path.
    var sentence: String { remedy.isEmpty ? what : "\(what); \(remedy)" }
}
