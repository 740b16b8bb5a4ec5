extension SchemaDescriptions {
    /// Who may do what, and questions about it.
    static let accessTexts = """
        Role: What may be done in a namespace; bindings say by whom.
          rules: What may be done; the rules add up, and nothing is forbidden by one.
        ClusterRole: What may be done in all namespaces and with what is in none; bindings say by
            whom.
          rules: What may be done; the rules add up, and nothing is forbidden by one.
          aggregationRule: Other cluster roles whose rules this one gathers, in place of its own.
        AggregationRule: Which cluster roles are gathered.
          clusterRoleSelectors: Labels of the roles; those that one of the selectors chooses are
            gathered.
        PolicyRule: Something that may be done: to resources, or to other paths of the API.
          verbs: What may be done: get, list, watch, create, update, patch, delete, deletecollection
            and others; `*` is all.
          apiGroups: The groups of the resources; an empty text is the core, `*` all.
          resources: The resources, such as pods or pods/log; `*` is all.
          resourceNames: The objects, by name; all by default. Creations and deletions of
            collections have no name, so a rule with names does not allow them.
          nonResourceURLs: Paths such as `/healthz` or `/metrics/*`, only in cluster roles and not
            together with resources.
        RoleBinding: Gives a role's rights to somebody, in its namespace.
          subjects: Who gets the rights.
          roleRef: The role; it never changes.
        ClusterRoleBinding: Gives a cluster role's rights to somebody, everywhere.
          +RoleBinding
          roleRef: The cluster role; it never changes.
        RoleRef: A role.
          apiGroup: rbac.authorization.k8s.io, which is the default.
          kind: Role or ClusterRole; only the second in a ClusterRoleBinding.
          name: The role's name.
        Subject: Somebody who gets rights.
          kind: User, Group or ServiceAccount.
          apiGroup: Empty for service accounts, else rbac.authorization.k8s.io; this is the default.
          name: The name of user, group or account.
          namespace: The service account's namespace; needed in a ClusterRoleBinding, by default the
            binding's own.
        TokenRequest: Asks for a token of a service account; nothing is stored.
          status: The token, and when it ends.
        TokenRequestSpec: What the token shall be for.
          audiences: Whom it is for; by default the API server.
          expirationSeconds: How long it shall hold, at least 600 seconds; 3600 by default.
          boundObjectRef: The object that the token ends with.
        BoundObjectReference: The object that a token ends with.
          kind: Its kind, such as Pod.
          apiVersion: The group and version of its kind, such as v1.
          name: Its name.
          uid: Its UID.
        TokenReview: Asks whose a token is; nothing is stored.
          status: Whether the token holds, and whose it is.
        TokenReviewSpec: The token in question.
          token: The token.
          audiences: Who wants to know; the token must be for one of them. By default the API
            server.
        SelfSubjectReview: Asks who you are to the API; nothing is stored.
          status: Your name, UID and groups.
        SelfSubjectAccessReview: Asks whether you may do something; nothing is stored.
          spec: What you want to do; user and groups are left out.
          status: Whether it is allowed, and why.
        SubjectAccessReview: Asks whether somebody may do something; nothing is stored.
          +SelfSubjectAccessReview
          spec: Who wants to do what.
        LocalSubjectAccessReview: Asks whether somebody may do something in one namespace; nothing
            is stored.
          +SelfSubjectAccessReview
          spec: Who wants to do what, in the namespace that the question is asked in.
        SubjectAccessReviewSpec: Who wants to do what: to a resource, or to another path of the API.
          resourceAttributes: The resource, and what is to be done to it.
          nonResourceAttributes: The path, and what is to be done there.
          user: The user's name.
          groups: The user's groups.
          uid: The user's UID.
          extra: What else the authentication knows of the user.
        ResourceAttributes: A resource, and what is to be done to it; `*` means all.
          namespace: The namespace; empty means all, or the whole cluster.
          verb: What is to be done, such as get, list or create.
          group: The resource's group; empty is the core.
          version: The resource's version.
          resource: The resource, such as pods.
          subresource: The part of the object, such as log.
          name: The object's name; empty means all.
          fieldSelector: Which objects of a list, by their fields.
          labelSelector: Which objects of a list, by their labels.
        NonResourceAttributes: A path of the API, and what is to be done there.
          path: The path, such as /healthz.
          verb: What is to be done, such as get.
        SelfSubjectRulesReview: Asks for all that you may do in a namespace; nothing is stored.
          status: What you may do with resources and at other paths.
        SelfSubjectRulesReviewSpec: Where you want to know it.
          namespace: The namespace.
        """
}
