internal import Formats
internal import ObjectStore

/// One webhook of a `MutatingWebhookConfiguration`: what it is called for, and what it answered.
struct AdmissionWebhook: Sendable, Hashable {
    let name: String
    let client: JSON
    let timeoutSeconds: Int
    let isIgnoredOnFailure: Bool
    let isReinvoked: Bool
    private let rules: [JSON]
    private let namespaceSelector: JSON
    private let objectSelector: JSON

    init(_ json: JSON) {
        name = json["name"]?.string ?? ""
        client = json["clientConfig"] ?? [:]
        timeoutSeconds = min(max(json["timeoutSeconds"]?.int ?? 10, 1), 30)
        isIgnoredOnFailure = json["failurePolicy"] == "Ignore"
        isReinvoked = json["reinvocationPolicy"] == "IfNeeded"
        rules = json["rules"]?.array ?? []
        namespaceSelector = json["namespaceSelector"] ?? [:]
        objectSelector = json["objectSelector"] ?? [:]
    }

    /// Whether it wants to be asked about the creation of an object.
    func wants(creationOf object: JSON, _ kind: ResourceKind, in namespace: JSON?) -> Bool {
        rules.contains { Self.matches($0, kind) }
            && Self.selects(namespaceSelector, namespace) && Self.selects(objectSelector, object)
    }

    private static func matches(_ rule: JSON, _ kind: ResourceKind) -> Bool {
        func names(_ field: String, _ value: String) -> Bool {
            (rule[field]?.array ?? []).contains { $0 == "*" || $0.string == value }
        }
        let scope = rule["scope"]?.string ?? "*"
        return names("operations", "CREATE") && names("apiGroups", kind.group)
            && names("apiVersions", kind.version)
            && (names("resources", kind.resource) || names("resources", "*/*"))
            && (scope == "*" || scope == (kind.isNamespaced ? "Namespaced" : "Cluster"))
    }

    private static func selects(_ selector: JSON, _ object: JSON?) -> Bool {
        guard let query = try? LabelQuery(selector: selector) else { return false }
        return query.matches(object?["metadata"]?["labels"]?.object)
    }

    // MARK: Question and answer

    /// The question, as `admission.k8s.io/v1` puts it.
    static func review(
        of object: JSON,
        _ kind: ResourceKind,
        uid: String,
        by caller: Caller,
        isDryRun: Bool
    ) -> JSON {
        let type: JSON = [
            "group": .string(kind.group), "version": .string(kind.version),
            "kind": .string(kind.kind),
        ]
        let resource: JSON = [
            "group": .string(kind.group), "version": .string(kind.version),
            "resource": .string(kind.resource),
        ]
        var request: JSON = [
            "uid": .string(uid), "kind": type, "resource": resource, "requestKind": type,
            "requestResource": resource,
        ]
        if let name = object["metadata"]?["name"], name != "" { request["name"] = name }
        request["namespace"] = object["metadata"]?["namespace"]
        request["operation"] = "CREATE"
        request["userInfo"] = caller.json
        request["object"] = object
        request["oldObject"] = .null
        request["dryRun"] = .bool(isDryRun)
        request["options"] = ["kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"]
        return ["kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": request]
    }

    /// What an answer makes of the object.
    ///
    /// - Throws: `.refused` if the webhook denies the request, `.broken` if the answer is none.
    func outcome(
        _ answer: JSON,
        to object: JSON,
        uid: String
    ) throws(Problem) -> (object: JSON, warnings: [String]) {
        guard answer["kind"] == "AdmissionReview",
            answer["apiVersion"] == "admission.k8s.io/v1", let response = answer["response"],
            response["uid"]?.string == uid
        else {
            throw .broken("the answer is no AdmissionReview of admission.k8s.io/v1 to this request")
        }
        let warnings = (response["warnings"]?.array ?? []).compactMap(\.string)
        guard response["allowed"] == true else {
            throw .refused(refusal(response["status"]))
        }
        guard let patch = response["patch"]?.string, !patch.isEmpty else {
            return (object, warnings)
        }
        guard response["patchType"] == "JSONPatch" else {
            throw .broken("patchType must be JSONPatch")
        }
        do {
            let bytes = Base64.decode(patch) ?? []
            let patched = try JSONPatch(try JSON.parse(bytes)).apply(to: object)
            guard patched.object != nil else { throw FormatError("no object is left of it") }
            return (patched, warnings)
        } catch {
            throw .broken("the patch cannot be applied: \(error)")
        }
    }

    private func refusal(_ status: JSON?) -> APIError {
        let denied = "admission webhook \"\(name)\" denied the request"
        let message = status?["message"]?.string ?? ""
        let reason = status?["reason"]?.string ?? ""
        let why =
            !message.isEmpty
            ? ": " + message : !reason.isEmpty ? ": " + reason : " without explanation"
        var error = APIError(max(status?["code"]?.int ?? 400, 400), reason, denied + why)
        if let details = status?["details"]?.object { error.details = details }
        return error
    }

    /// Why a webhook did not do.
    enum Problem: Error {
        /// It says no.
        case refused(APIError)
        /// It could not be asked, or did not answer.
        case broken(String)
    }
}
