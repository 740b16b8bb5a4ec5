extension SchemaDescriptions {
    /// What is kept for clusters and does nothing on one machine: routes from outside, rules of networks,
    /// classes of storage, automatic scaling.
    static let networkingTexts = """
        Ingress: Which requests from outside lead to which services. This engine keeps it and routes
            nothing.
        IngressSpec: The routes.
          ingressClassName: The IngressClass whose controller is meant.
          defaultBackend: Where requests go that no rule is about.
          tls: The names that are served with TLS.
          rules: The routes by host and path.
        IngressBackend: Where requests go: to a service or to something else.
          service: A service of the namespace.
          resource: Another object of the namespace; not together with a service.
        TypedLocalObjectReference: An object of the namespace.
          apiGroup: Its group; the core by default.
          kind: Its kind.
          name: Its name.
        IngressServiceBackend: A service as the goal of requests.
          name: The service.
          port: Which of its ports, by name or by number.
        ServiceBackendPort: A port by its name or by its number.
          name: What the port is called at the service.
          number: Its number there.
        IngressTLS: Names that are served with a certificate.
          hosts: The names; by default all of the rules.
          secretName: The Secret with the certificate and its key.
        IngressRule: The routes of a host.
          host: A name, or one that begins with `*.`; without it every host is meant.
          http: The routes by path.
        HTTPIngressRuleValue: Routes by path.
          paths: The paths and where they lead.
        HTTPIngressPath: A path and where it leads.
          path: What the path of a request is compared with.
          pathType: How it is compared: Exact, Prefix or ImplementationSpecific.
          backend: Where the request goes.
        IngressStatus: Where the routes begin.
          loadBalancer: The addresses.
        IngressLoadBalancerStatus: Where a controller answers.
          ingress: Its addresses; empty here.
        IngressLoadBalancerIngress: An address at which a controller answers.
          ip: The address, if there is one.
          hostname: The name, if there is one.
          ports: What became of each port.
        IngressPortStatus: What became of a port.
          port: The port's number.
          protocol: TCP, UDP or SCTP.
          error: Why it does not work, in one word.
        IngressClass: A controller of Ingresses. This engine keeps it and has none.
        IngressClassSpec: Which controller it is.
          controller: Its name with its domain, such as example.com/ingress; it never changes.
          parameters: An object with its settings.
        IngressClassParametersReference: An object with settings of a controller.
          apiGroup: The group of the object; the core by default.
          kind: Its kind.
          name: Its name.
          scope: Namespace, or Cluster (default).
          namespace: Where it is, with the scope Namespace.
        NetworkPolicy: Which connections pods may have. This engine keeps it and lets all pass.
        NetworkPolicySpec: The pods and the connections.
          podSelector: The pods that it is about; empty means all of the namespace.
          ingress: What may come in; nothing if the list is empty.
          egress: What may go out; nothing if the list is empty.
          policyTypes: Which directions it is about, Ingress or Egress; by default Ingress, and
            Egress if there are rules for it.
        NetworkPolicyIngressRule: Connections that may come in.
          ports: The ports; all by default.
          from: Where they come from; anywhere by default.
        NetworkPolicyEgressRule: Connections that may go out.
          ports: The ports; all by default.
          to: Where they lead; anywhere by default.
        NetworkPolicyPort: Ports of a protocol.
          protocol: TCP (default), UDP or SCTP.
          port: The number or the name; all by default.
          endPort: The last of a range that begins with `port`.
        NetworkPolicyPeer: Who is at the other end.
          podSelector: Pods by their labels.
          namespaceSelector: The namespaces of these pods.
          ipBlock: A network; not together with selectors.
        IPBlock: A network without some of its parts.
          cidr: The network, such as 10.0.0.0/8.
          except: Parts of it that are not meant.
        StorageClass: A sort of volumes. This engine keeps it; every claim is a directory of the node.
          provisioner: Who makes the volumes; it never changes.
          parameters: Settings for it.
          reclaimPolicy: What becomes of a volume without its claim: Delete (default) or Retain.
          mountOptions: How the volumes are mounted.
          allowVolumeExpansion: Whether claims may grow.
          volumeBindingMode: When claims get their volume: Immediate (default) or
            WaitForFirstConsumer.
          allowedTopologies: Where volumes may be made.
        TopologySelectorTerm: Places by their labels.
          matchLabelExpressions: What the labels must be.
        TopologySelectorLabelRequirement: Values that a label may have.
          key: The label.
          values: Its values.
        HorizontalPodAutoscaler: How many pods there are by what they use. This engine keeps it and
            scales nothing.
        HorizontalPodAutoscalerSpec: What is scaled, how far and by what.
          scaleTargetRef: What is scaled, such as a Deployment.
          minReplicas: The fewest pods; 1 by default.
          maxReplicas: The most pods.
          metrics: What is measured, and what it should be; 80 % of the requested CPU by default.
          behavior: How fast it scales.
        HorizontalPodAutoscalerV1: How many pods there are by what they use of their CPU. This engine
            keeps it and scales nothing.
        HorizontalPodAutoscalerSpecV1: What is scaled, and how far.
          scaleTargetRef: What is scaled, such as a Deployment.
          minReplicas: The fewest pods; 1 by default.
          maxReplicas: The most pods.
          targetCPUUtilizationPercentage: What pods should use of the CPU that they request; 80 by
            default.
        HorizontalPodAutoscalerStatusV1: What was measured and done; this engine leaves it empty.
          lastScaleTime: When the number was changed last.
          currentReplicas: How many pods there are.
          desiredReplicas: How many there should be.
          currentCPUUtilizationPercentage: What pods used of the CPU that they request.
        CrossVersionObjectReference: An object of the namespace.
          kind: Its kind.
          name: Its name.
          apiVersion: The version of its form.
        MetricSpec: Something that is measured, and what it should be.
          type: Which of the other fields says it: Resource, ContainerResource, Pods, Object or
            External.
          object: A figure of another object.
          pods: A figure of each pod.
          resource: CPU or memory of the pods.
          containerResource: CPU or memory of one container of the pods.
          external: A figure from outside.
        ObjectMetricSource: A figure of an object.
          describedObject: The object.
          target: What it should be.
          metric: The figure.
        PodsMetricSource: A figure of each pod, of which the average counts.
          metric: The figure.
          target: What it should be.
        ResourceMetricSource: What pods use of a resource.
          name: The resource.
          target: What it should be.
        ContainerResourceMetricSource: What a container of the pods uses of a resource.
          name: The resource.
          target: What it should be.
          container: The container.
        ExternalMetricSource: A figure that no object has.
          metric: The figure.
          target: What it should be.
        MetricIdentifier: A figure.
          name: Its name.
          selector: Its labels.
        MetricTarget: What a figure should be.
          type: Which of the other fields says it: Utilization, Value or AverageValue.
          value: The figure itself.
          averageValue: The figure for each pod.
          averageUtilization: Percent of what pods request.
        HorizontalPodAutoscalerBehavior: How fast the number of pods changes.
          scaleUp: How fast it grows.
          scaleDown: How fast it shrinks.
        HPAScalingRules: How fast the number changes in one direction.
          stabilizationWindowSeconds: How far back wishes count before one is followed.
          selectPolicy: Which policy counts if there are several: Max, Min or Disabled.
          policies: The limits of how fast it changes; which one counts is up to `selectPolicy`.
          tolerance: How far a figure may be off before anything happens.
        HPAScalingPolicy: How many pods may come or go in a time.
          type: Pods or Percent.
          value: How many.
          periodSeconds: In how much time.
        HorizontalPodAutoscalerStatus: What was measured and done; this engine leaves it empty.
          lastScaleTime: When the number was changed last.
          currentReplicas: How many pods there are.
          desiredReplicas: How many there should be.
          currentMetrics: What was measured last.
        """
}
