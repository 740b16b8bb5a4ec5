extension ProtobufBody {
    /// The messages of what leads requests from outside and of what scales; see `table` for the notation.
    static let networkingTable = """
        CrossVersionObjectReference
            1:kind=string 2:name=string 3:apiVersion=string
        HTTPIngressPath
            1:path=string 2:backend=IngressBackend 3:pathType=string
        HTTPIngressRuleValue
            1:paths=[HTTPIngressPath]
        HorizontalPodAutoscaler
            1:metadata=ObjectMeta 2:spec=HorizontalPodAutoscalerSpec
        HorizontalPodAutoscalerSpec
            1:scaleTargetRef=CrossVersionObjectReference 2:minReplicas=int 3:maxReplicas=int
            4:metrics=[MetricSpec]
        HorizontalPodAutoscalerV1
            1:metadata=ObjectMeta 2:spec=HorizontalPodAutoscalerSpecV1
        HorizontalPodAutoscalerSpecV1
            1:scaleTargetRef=CrossVersionObjectReference 2:minReplicas=int 3:maxReplicas=int
            4:targetCPUUtilizationPercentage=int
        Ingress
            1:metadata=ObjectMeta 2:spec=IngressSpec
        IngressBackend
            3:resource=TypedLocalObjectReference 4:service=IngressServiceBackend
        IngressRule
            1:host=string 2:ingressRuleValue=IngressRuleValue!
        IngressRuleValue
            1:http=HTTPIngressRuleValue
        IngressServiceBackend
            1:name=string 2:port=ServiceBackendPort
        IngressSpec
            1:defaultBackend=IngressBackend 2:tls=[IngressTLS] 3:rules=[IngressRule]
            4:ingressClassName=string
        IngressTLS
            1:hosts=[string] 2:secretName=string
        MetricSpec
            1:type=string 4:resource=ResourceMetricSource
        MetricTarget
            1:type=string 2:value=quantity 3:averageValue=quantity 4:averageUtilization=int
        ResourceMetricSource
            1:name=string 2:target=MetricTarget
        ServiceBackendPort
            1:name=string 2:number=int
        """
}
