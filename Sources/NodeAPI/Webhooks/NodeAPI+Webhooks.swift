internal import Basics
internal import Formats
internal import ObjectStore

extension NodeAPI {
    /// A new pod as the mutating webhooks want it: they are asked one after the other, in the order
    /// of their configurations' names.
    ///
    /// Those with `reinvocationPolicy: IfNeeded` are asked once more if a later one changed the pod.
    /// - Throws: What a webhook refused it with; 500 if one could not be asked that must be.
    func mutated(
        _ object: JSON,
        _ kind: ResourceKind,
        by caller: Caller,
        isDryRun: Bool
    ) async throws(APIError) -> (object: JSON, warnings: [String]) {
        let webhooks = store.list(ObjectQuery("mutatingwebhookconfigurations"))
            .flatMap { ($0["webhooks"]?.array ?? []).map(AdmissionWebhook.init) }
        guard !webhooks.isEmpty, kind == .pods else { return (object, []) }
        let name = object["metadata"]?["namespace"]?.string ?? ""
        let namespace = store.get(ResourceKind.namespaces.key("", name))
        var object = object
        var warnings: [String] = []
        /// The webhooks after whose turn the object was changed by another.
        var again: [AdmissionWebhook] = []
        var asked: [AdmissionWebhook] = []
        for webhook in webhooks where webhook.wants(creationOf: object, kind, in: namespace) {
            let (changed, more) = try await ask(webhook, about: object, kind, caller, isDryRun)
            warnings += more
            if changed != object { again = asked.filter(\.isReinvoked) }
            object = changed
            asked.append(webhook)
        }
        for webhook in again where webhook.wants(creationOf: object, kind, in: namespace) {
            let (changed, more) = try await ask(webhook, about: object, kind, caller, isDryRun)
            warnings += more.filter { !warnings.contains($0) }
            object = changed
        }
        return (object, warnings)
    }

    private func ask(
        _ webhook: AdmissionWebhook,
        about object: JSON,
        _ kind: ResourceKind,
        _ caller: Caller,
        _ isDryRun: Bool
    ) async throws(APIError) -> (JSON, warnings: [String]) {
        let uid = ObjectStore.randomUID()
        let review = AdmissionWebhook.review(
            of: object,
            kind,
            uid: uid,
            by: caller,
            isDryRun: isDryRun
        )
        do throws(AdmissionWebhook.Problem) {
            let answer = try await WebhookClient(store: store).ask(webhook, review)
            return try webhook.outcome(answer, to: object, uid: uid)
        } catch {
            switch error {
            case .refused(let refusal): throw refusal
            case .broken(let why):
                let text = "failed calling webhook \"\(webhook.name)\": \(why)"
                if webhook.isIgnoredOnFailure { return (object, ["\(text); it is ignored"]) }
                throw APIError(500, "InternalError", "Internal error occurred: \(text)")
            }
        }
    }
}
