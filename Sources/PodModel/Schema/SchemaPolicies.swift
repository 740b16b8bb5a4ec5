extension Schema {
    /// The types of what limits, admits and measures, as v1.36 has them; see `Schema` for the notation.
    static let policyTypes = """
        ServiceAccount
          apiVersion string
          kind string
          metadata ObjectMeta
          secrets [ObjectReference] key=name merge=name
          imagePullSecrets [LocalObjectReference]
          automountServiceAccountToken bool
        LimitRange
          apiVersion string
          kind string
          metadata ObjectMeta
          spec LimitRangeSpec
        LimitRangeSpec
          limits [LimitRangeItem]!
        LimitRangeItem
          type string!
          max {quantity}
          min {quantity}
          default {quantity}
          defaultRequest {quantity}
          maxLimitRequestRatio {quantity}
        ResourceQuota
          apiVersion string
          kind string
          metadata ObjectMeta
          spec ResourceQuotaSpec
          status ResourceQuotaStatus
        ResourceQuotaSpec
          hard {quantity}
          scopes [string]
          scopeSelector ScopeSelector
        ScopeSelector atomic
          matchExpressions [ScopedResourceSelectorRequirement]
        ScopedResourceSelectorRequirement
          scopeName string!
          operator string!
          values [string]
        ResourceQuotaStatus
          hard {quantity}
          used {quantity}
        PersistentVolume
          apiVersion string
          kind string
          metadata ObjectMeta
          spec PersistentVolumeSpec
          status PersistentVolumeStatus
        PersistentVolumeSpec
          capacity {quantity}
          accessModes [string]
          claimRef ObjectReference
          persistentVolumeReclaimPolicy string
          storageClassName string
          mountOptions [string]
          volumeMode string
          volumeAttributesClassName string
          nodeAffinity any
          hostPath HostPathVolumeSource
          local LocalVolumeSource
          nfs any
          csi any
        LocalVolumeSource
          path string!
          fsType string
        PersistentVolumeStatus
          phase string
          message string
          reason string
          lastPhaseTransitionTime time
        Lease
          apiVersion string
          kind string
          metadata ObjectMeta
          spec LeaseSpec
        LeaseSpec
          holderIdentity string
          leaseDurationSeconds int
          acquireTime time
          renewTime time
          leaseTransitions int
          strategy string
          preferredHolder string
        Role
          apiVersion string
          kind string
          metadata ObjectMeta
          rules [PolicyRule]
        ClusterRole
          apiVersion string
          kind string
          metadata ObjectMeta
          rules [PolicyRule]
          aggregationRule AggregationRule
        AggregationRule
          clusterRoleSelectors [LabelSelector]
        PolicyRule
          verbs [string]!
          apiGroups [string]
          resources [string]
          resourceNames [string]
          nonResourceURLs [string]
        RoleBinding
          apiVersion string
          kind string
          metadata ObjectMeta
          subjects [Subject]
          roleRef RoleRef!
        ClusterRoleBinding
          +RoleBinding
        RoleRef atomic
          apiGroup string
          kind string!
          name string!
        Subject atomic
          kind string!
          apiGroup string
          name string!
          namespace string
        MutatingWebhookConfiguration
          apiVersion string
          kind string
          metadata ObjectMeta
          webhooks [MutatingWebhook] key=name merge=name
        MutatingWebhook
          name string!
          clientConfig WebhookClientConfig!
          rules [RuleWithOperations]
          failurePolicy string
          matchPolicy string
          namespaceSelector LabelSelector
          objectSelector LabelSelector
          sideEffects string!
          timeoutSeconds int
          admissionReviewVersions [string]!
          reinvocationPolicy string
          matchConditions [MatchCondition] key=name merge=name
        WebhookClientConfig
          url string
          service WebhookServiceReference
          caBundle bytes
        WebhookServiceReference
          namespace string!
          name string!
          path string
          port int
        RuleWithOperations
          operations [string]
          apiGroups [string]
          apiVersions [string]
          resources [string]
          scope string
        MatchCondition
          name string!
          expression string!
        TokenRequest
          apiVersion string
          kind string
          metadata ObjectMeta
          spec TokenRequestSpec
          status any
        TokenRequestSpec
          audiences [string]
          expirationSeconds long
          boundObjectRef BoundObjectReference
        BoundObjectReference
          kind string
          apiVersion string
          name string
          uid string
        TokenReview
          apiVersion string
          kind string
          metadata ObjectMeta
          spec TokenReviewSpec
          status any
        TokenReviewSpec
          token string
          audiences [string]
        SelfSubjectReview
          apiVersion string
          kind string
          metadata ObjectMeta
          status any
        SelfSubjectAccessReview
          apiVersion string
          kind string
          metadata ObjectMeta
          spec SubjectAccessReviewSpec
          status any
        SubjectAccessReview
          +SelfSubjectAccessReview
        LocalSubjectAccessReview
          +SelfSubjectAccessReview
        SubjectAccessReviewSpec
          resourceAttributes ResourceAttributes
          nonResourceAttributes NonResourceAttributes
          user string
          groups [string]
          uid string
          extra {[string]}
        ResourceAttributes
          namespace string
          verb string
          group string
          version string
          resource string
          subresource string
          name string
          fieldSelector any
          labelSelector any
        NonResourceAttributes
          path string
          verb string
        SelfSubjectRulesReview
          apiVersion string
          kind string
          metadata ObjectMeta
          spec SelfSubjectRulesReviewSpec
          status any
        SelfSubjectRulesReviewSpec
          namespace string
        """
}
