internal import Formats
internal import ObjectStore
internal import Reactor

/// Decides who may do what: administrators everything, others what roles and bindings give them.
///
/// Rules are read from the store each time: they are few, and a change counts at once.
@MainLoop struct Authorizer {
    private static let group = "rbac.authorization.k8s.io"

    let store: ObjectStore

    /// Whether a caller may do something.
    func allows(_ caller: Caller, _ wanted: AccessAttributes) -> Bool {
        if caller.groups.contains(Caller.masters) { return true }
        return rules(of: caller, in: wanted.namespace).contains { $0.allows(wanted) }
    }

    /// Refuses what a caller may not do.
    ///
    /// - Throws: 401 for somebody who is not known, 403 in the API server's words.
    func check(_ caller: Caller, _ wanted: AccessAttributes) throws(APIError) {
        guard !allows(caller, wanted) else { return }
        guard caller.groups.contains(Caller.authenticated) else {
            throw .unauthorized
        }
        throw APIError(403, "Forbidden", wanted.refusal(to: caller.name))
    }

    /// The rules that hold for a caller in a namespace; in none, those of the whole cluster.
    func rules(of caller: Caller, in namespace: String) -> [AccessRule] {
        if caller.groups.contains(Caller.masters) { return AccessRule.everything }
        var rules = AccessRule.publicInformation
        if caller.groups.contains(Caller.authenticated) { rules += AccessRule.basic }
        for entry in store.entries(ObjectQuery("clusterrolebindings")) {
            rules += given(by: entry.object, to: caller, in: "")
        }
        if !namespace.isEmpty {
            var query = ObjectQuery("rolebindings")
            query.namespace = namespace
            for entry in store.entries(query) {
                rules += given(by: entry.object, to: caller, in: namespace)
            }
        }
        return rules
    }

    private func given(
        by binding: JSON,
        to caller: Caller,
        in namespace: String
    ) -> [AccessRule] {
        let subjects = binding["subjects"]?.array ?? []
        guard subjects.contains(where: { Self.names($0, caller, namespace) }) else { return [] }
        let name = binding["roleRef"]?["name"]?.string ?? ""
        switch binding["roleRef"]?["kind"]?.string {
        case "ClusterRole": return clusterRules(named: name)
        case "Role" where !namespace.isEmpty:
            return Self.rules(store.get(ObjectKey("roles", namespace, name)))
        default: return []
        }
    }

    private static func names(_ subject: JSON, _ caller: Caller, _ namespace: String) -> Bool {
        let name = subject["name"]?.string ?? ""
        switch subject["kind"]?.string {
        case "User": return name == caller.name
        case "Group": return caller.groups.contains(name)
        case "ServiceAccount":
            let home = subject["namespace"]?.string ?? namespace
            return caller.name == "system:serviceaccount:\(home):\(name)"
        default: return false
        }
    }

    /// The rules of a cluster role: its own, or those of the roles that it gathers.
    private func clusterRules(named name: String) -> [AccessRule] {
        let role = store.get(ObjectKey("clusterroles", "", name))
        guard let gathered = role?["aggregationRule"]?["clusterRoleSelectors"]?.array else {
            return Self.rules(role)
        }
        let queries = gathered.compactMap { try? LabelQuery(selector: $0) }
        return store.entries(ObjectQuery("clusterroles"))
            .filter { entry in
                let labels = entry.object["metadata"]?["labels"]?.object
                return queries.contains { $0.matches(labels) }
            }
            .flatMap { Self.rules($0.object) }
    }

    private static func rules(_ role: JSON?) -> [AccessRule] {
        (role?["rules"]?.array ?? []).map(AccessRule.init(json:))
    }
}
