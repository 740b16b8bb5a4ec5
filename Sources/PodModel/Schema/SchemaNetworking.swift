extension Schema {
    /// The types of what leads requests from outside, and of what guards and stores, as v1.36 has them;
    /// see `Schema` for the notation.
    static let networkingTypes = """
        Ingress
          apiVersion string
          kind string
          metadata ObjectMeta
          spec IngressSpec
          status IngressStatus
        IngressSpec
          ingressClassName string
          defaultBackend IngressBackend
          tls [IngressTLS] atomic
          rules [IngressRule] atomic
        IngressBackend
          service IngressServiceBackend
          resource TypedLocalObjectReference
        TypedLocalObjectReference atomic
          apiGroup string
          kind string!
          name string!
        IngressServiceBackend
          name string!
          port ServiceBackendPort
        ServiceBackendPort atomic
          name string
          number int
        IngressTLS
          hosts [string] atomic
          secretName string
        IngressRule
          host string
          http HTTPIngressRuleValue
        HTTPIngressRuleValue
          paths [HTTPIngressPath]! atomic
        HTTPIngressPath
          path string
          pathType string!
          backend IngressBackend!
        IngressStatus
          loadBalancer IngressLoadBalancerStatus
        IngressLoadBalancerStatus
          ingress [IngressLoadBalancerIngress] atomic
        IngressLoadBalancerIngress
          ip string
          hostname string
          ports [IngressPortStatus] atomic
        IngressPortStatus
          port int!
          protocol string!
          error string
        IngressClass
          apiVersion string
          kind string
          metadata ObjectMeta
          spec IngressClassSpec
        IngressClassSpec
          controller string
          parameters IngressClassParametersReference
        IngressClassParametersReference
          apiGroup string
          kind string!
          name string!
          scope string
          namespace string
        NetworkPolicy
          apiVersion string
          kind string
          metadata ObjectMeta
          spec NetworkPolicySpec
        NetworkPolicySpec
          podSelector LabelSelector
          ingress [NetworkPolicyIngressRule] atomic
          egress [NetworkPolicyEgressRule] atomic
          policyTypes [string] atomic
        NetworkPolicyIngressRule
          ports [NetworkPolicyPort] atomic
          from [NetworkPolicyPeer] atomic
        NetworkPolicyEgressRule
          ports [NetworkPolicyPort] atomic
          to [NetworkPolicyPeer] atomic
        NetworkPolicyPort
          protocol string
          port intstr
          endPort int
        NetworkPolicyPeer
          podSelector LabelSelector
          namespaceSelector LabelSelector
          ipBlock IPBlock
        IPBlock
          cidr string!
          except [string] atomic
        StorageClass
          apiVersion string
          kind string
          metadata ObjectMeta
          provisioner string!
          parameters {string}
          reclaimPolicy string
          mountOptions [string] atomic
          allowVolumeExpansion bool
          volumeBindingMode string
          allowedTopologies [TopologySelectorTerm] atomic
        TopologySelectorTerm atomic
          matchLabelExpressions [TopologySelectorLabelRequirement] atomic
        TopologySelectorLabelRequirement
          key string!
          values [string]! atomic
        """

    /// The types of what changes the number of pods by what they use.
    static let autoscalingTypes = """
        HorizontalPodAutoscaler
          apiVersion string
          kind string
          metadata ObjectMeta
          spec HorizontalPodAutoscalerSpec
          status HorizontalPodAutoscalerStatus
        HorizontalPodAutoscalerSpec
          scaleTargetRef CrossVersionObjectReference!
          minReplicas int
          maxReplicas int!
          metrics [MetricSpec] atomic
          behavior HorizontalPodAutoscalerBehavior
        HorizontalPodAutoscalerV1
          apiVersion string
          kind string
          metadata ObjectMeta
          spec HorizontalPodAutoscalerSpecV1
          status HorizontalPodAutoscalerStatusV1
        HorizontalPodAutoscalerSpecV1
          scaleTargetRef CrossVersionObjectReference!
          minReplicas int
          maxReplicas int!
          targetCPUUtilizationPercentage int
        HorizontalPodAutoscalerStatusV1
          observedGeneration long
          lastScaleTime time
          currentReplicas int
          desiredReplicas int
          currentCPUUtilizationPercentage int
        CrossVersionObjectReference
          kind string!
          name string!
          apiVersion string
        MetricSpec
          type string!
          object ObjectMetricSource
          pods PodsMetricSource
          resource ResourceMetricSource
          containerResource ContainerResourceMetricSource
          external ExternalMetricSource
        ObjectMetricSource
          describedObject CrossVersionObjectReference!
          target MetricTarget!
          metric MetricIdentifier!
        PodsMetricSource
          metric MetricIdentifier!
          target MetricTarget!
        ResourceMetricSource
          name string!
          target MetricTarget!
        ContainerResourceMetricSource
          name string!
          target MetricTarget!
          container string!
        ExternalMetricSource
          metric MetricIdentifier!
          target MetricTarget!
        MetricIdentifier
          name string!
          selector LabelSelector
        MetricTarget
          type string!
          value quantity
          averageValue quantity
          averageUtilization int
        HorizontalPodAutoscalerBehavior
          scaleUp HPAScalingRules
          scaleDown HPAScalingRules
        HPAScalingRules
          stabilizationWindowSeconds int
          selectPolicy string
          policies [HPAScalingPolicy] atomic
          tolerance quantity
        HPAScalingPolicy
          type string!
          value int!
          periodSeconds int!
        HorizontalPodAutoscalerStatus
          observedGeneration long
          lastScaleTime time
          currentReplicas int
          desiredReplicas int
          currentMetrics any
          conditions [Condition] key=type merge=type
        """
}
