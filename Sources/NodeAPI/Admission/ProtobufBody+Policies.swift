extension ProtobufBody {
    /// The messages of what limits and admits; see `table` for the notation.
    static let policyTable = """
        AggregationRule
            1:clusterRoleSelectors=[LabelSelector]
        BoundObjectReference
            1:kind=string 2:apiVersion=string 3:name=string 4:uid=string
        ClusterRole
            1:metadata=ObjectMeta 2:rules=[PolicyRule] 3:aggregationRule=AggregationRule
        ClusterRoleBinding
            1:metadata=ObjectMeta 2:subjects=[Subject] 3:roleRef=RoleRef
        NonResourceAttributes
            1:path=string 2:verb=string
        PolicyRule
            1:verbs=[string] 2:apiGroups=[string] 3:resources=[string] 4:resourceNames=[string]
            5:nonResourceURLs=[string]
        ResourceAttributes
            1:namespace=string 2:verb=string 3:group=string 4:version=string 5:resource=string
            6:subresource=string 7:name=string
        ResourceQuota
            1:metadata=ObjectMeta 2:spec=ResourceQuotaSpec
        ResourceQuotaSpec
            1:hard={quantity} 2:scopes=[string] 3:scopeSelector=ScopeSelector
        Role
            1:metadata=ObjectMeta 2:rules=[PolicyRule]
        RoleBinding
            1:metadata=ObjectMeta 2:subjects=[Subject] 3:roleRef=RoleRef
        RoleRef
            1:apiGroup=string 2:kind=string 3:name=string
        ScopeSelector
            1:matchExpressions=[ScopedResourceSelectorRequirement]
        ScopedResourceSelectorRequirement
            1:scopeName=string 2:operator=string 3:values=[string]
        SelfSubjectAccessReview
            1:metadata=ObjectMeta 2:spec=SelfSubjectAccessReviewSpec
        SelfSubjectAccessReviewSpec
            1:resourceAttributes=ResourceAttributes 2:nonResourceAttributes=NonResourceAttributes
        SelfSubjectReview
            1:metadata=ObjectMeta
        SelfSubjectRulesReview
            1:metadata=ObjectMeta 2:spec=SelfSubjectRulesReviewSpec
        SelfSubjectRulesReviewSpec
            1:namespace=string
        Subject
            1:kind=string 2:apiGroup=string 3:name=string 4:namespace=string
        TokenRequest
            1:metadata=ObjectMeta 2:spec=TokenRequestSpec
        TokenRequestSpec
            1:audiences=[string] 3:boundObjectRef=BoundObjectReference 4:expirationSeconds=int
        """
}
