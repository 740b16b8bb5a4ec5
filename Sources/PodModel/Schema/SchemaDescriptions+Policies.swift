extension SchemaDescriptions {
    /// What limits, guards and ranks, and what changes objects on their way in.
    static let policyTexts = """
        LimitRange: Defaults and limits for what single pods, containers and claims of a namespace
            may ask for; it counts when they are made.
        LimitRangeSpec: The limits.
          limits: The limits, each for one type of object.
        LimitRangeItem: Defaults and limits for one type of object, by resource.
          type: Container, Pod or PersistentVolumeClaim.
          max: The most that may be asked for, as a request and as a limit.
          min: The least that must be asked for.
          default: The limit of containers that have none; `max` by default.
          defaultRequest: The request of containers that have none; by default `default`, else
            `min`.
          maxLimitRequestRatio: How many times its request a limit may be; both must be set then.
        ResourceQuota: Limits what all objects of a namespace together may ask for, and how many
            there may be.
        ResourceQuotaSpec: What is limited, and for which pods.
          hard: The most there may be of each: requests.cpu, limits.memory, requests.storage, pods,
            `count/deployments.apps` and the like. Pods must say what they ask for of what is
            limited.
          scopes: The pods that count: all of BestEffort or NotBestEffort, Terminating or
            NotTerminating, PriorityClass and the like must fit. They never change.
          scopeSelector: The pods that count, by scopes with values.
        ScopeSelector: Chooses pods by scopes; all conditions must hold.
          matchExpressions: The conditions.
        ScopedResourceSelectorRequirement: A condition on one scope.
          scopeName: The scope: BestEffort, NotBestEffort, Terminating, NotTerminating,
            PriorityClass, CrossNamespacePodAffinity or VolumeAttributesClass.
          operator: In, NotIn, Exists or DoesNotExist; In and NotIn make sense for PriorityClass.
          values: The values, such as names of priority classes; at least one for In and NotIn.
        ResourceQuotaStatus: What is limited, and how much of it is used.
          hard: The limits that are in force.
          used: What the objects of the namespace ask for together.
        PodDisruptionBudget: Says how many pods of a set may be evicted at once. It holds for
            evictions, not for deletions.
        PodDisruptionBudgetSpec: Which pods are guarded, and how many of them must stay; one of
            `minAvailable` and `maxUnavailable`.
          minAvailable: How many pods must stay healthy: a number, or a percentage of all, rounded
            up.
          selector: The pods that are guarded; an empty one guards all of the namespace.
          maxUnavailable: How many pods may be missing: a number, or a percentage of all, rounded
            up.
          unhealthyPodEvictionPolicy: When running pods that are not ready may be evicted:
            IfHealthyBudget (default), only if enough others are healthy, or AlwaysAllow.
        PodDisruptionBudgetStatus: How many pods may go now.
          disruptedPods: Pods whose eviction was granted and that are not gone yet, with the time.
          disruptionsAllowed: How many pods may be evicted now.
          currentHealthy: How many pods are healthy.
          desiredHealthy: How many must stay healthy.
          expectedPods: How many there are, or should be.
        PriorityClass: Gives a number for importance a name, for `priorityClassName` of pods. There
            is no preemption here.
          value: How important pods of the class are, at most 1000000000; higher is more. It never
            changes.
          globalDefault: Whether pods that name no class get this one; at most one class says so.
            False by default.
          description: When the class is to be used, for people.
          preemptionPolicy: Whether its pods may push out less important ones: PreemptLowerPriority
            (default) or Never. It never changes.
        Lease: A claim to a role that must be renewed, such as being the leader.
        LeaseSpec: Who has the role, and until when.
          holderIdentity: Who has it; empty if nobody does.
          leaseDurationSeconds: After how many seconds without renewal others may take it; at least
            1.
          acquireTime: When its holder got it.
          renewTime: When its holder renewed it last.
          leaseTransitions: How often it changed hands.
          strategy: How the holder is chosen in a coordinated election, such as
            OldestEmulationVersion.
          preferredHolder: Who shall have it next; only with `strategy`.
        MutatingWebhookConfiguration: Services that are asked about objects before they are stored,
            and may change them. This engine asks about new pods only.
          webhooks: The services, each with what it is asked about.
        MutatingWebhook: One service, and what it is asked about.
          name: What it is called: a domain with at least three parts, each once in the list.
          clientConfig: Where the service is.
          rules: The operations and resources that it is asked about; one of them must fit.
          failurePolicy: What happens if it cannot be asked: Fail (default) refuses the request,
            Ignore goes on without.
          matchPolicy: Whether rules also count for other versions of the same resource: Equivalent
            (default) or Exact.
          namespaceSelector: The namespaces, by their labels, whose objects it is asked about; all
            by default.
          objectSelector: The objects, by their labels, that it is asked about; all by default.
          sideEffects: Whether it changes anything else: None, or NoneOnDryRun if not in dry runs.
          timeoutSeconds: How long an answer may take, 1 to 30 seconds; 10 by default.
          admissionReviewVersions: The forms of AdmissionReview that it knows, the best first; v1
            must be among them.
          reinvocationPolicy: Whether it is asked again if others changed the object after it: Never
            (default) or IfNeeded.
          matchConditions: Expressions that must be true for it to be asked. They are refused here:
            use `objectSelector`.
        WebhookClientConfig: Where a webhook is: a URL or a service.
          url: Its address, which begins with https://.
          service: The service that leads to it.
          caBundle: Certificates in PEM, in base64, that its own must be signed by; by default those
            the system trusts.
        WebhookServiceReference: A service, and the path in it.
          namespace: The service's namespace.
          name: The service's name.
          path: The path, which begins with a slash.
          port: The service's port; 443 by default.
        RuleWithOperations: Operations on resources; one of each list must fit, and `*` means all.
          operations: CREATE, UPDATE, DELETE, CONNECT or `*`.
          apiGroups: The groups; an empty text is the core.
          apiVersions: The versions.
          resources: The resources, such as pods or pods/status.
          scope: Namespaced, Cluster, or `*` (default) for both.
        MatchCondition: An expression that must be true.
          name: What it is called; each once.
          expression: The expression, in CEL.
        """
}
