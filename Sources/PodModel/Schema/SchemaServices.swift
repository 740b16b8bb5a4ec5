extension Schema {
    /// The types of what leads to pods, as v1.36 has them; see `Schema` for the notation.
    static let serviceTypes = """
        Service
          apiVersion string
          kind string
          metadata ObjectMeta
          spec ServiceSpec
          status ServiceStatus
        ServiceSpec
          ports [ServicePort] key=port,protocol merge=port
          selector {string} atomic
          clusterIP string
          clusterIPs [string] atomic
          type string
          externalIPs [string] atomic
          sessionAffinity string
          loadBalancerIP string
          loadBalancerSourceRanges [string] atomic
          externalName string
          externalTrafficPolicy string
          healthCheckNodePort int
          publishNotReadyAddresses bool
          sessionAffinityConfig SessionAffinityConfig
          ipFamilies [string] atomic
          ipFamilyPolicy string
          allocateLoadBalancerNodePorts bool
          loadBalancerClass string
          internalTrafficPolicy string
          trafficDistribution string
        ServicePort
          name string
          protocol string
          appProtocol string
          port int!
          targetPort intstr
          nodePort int
        SessionAffinityConfig
          clientIP ClientIPConfig
        ClientIPConfig
          timeoutSeconds int
        ServiceStatus
          loadBalancer LoadBalancerStatus
          conditions [Condition] key=type merge=type
        LoadBalancerStatus
          ingress [LoadBalancerIngress] atomic
        LoadBalancerIngress
          ip string
          hostname string
          ipMode string
          ports [PortStatus] atomic
        PortStatus
          port int!
          protocol string!
          error string
        Endpoints
          apiVersion string
          kind string
          metadata ObjectMeta
          subsets [EndpointSubset] atomic
        EndpointSubset
          addresses [EndpointAddress] atomic
          notReadyAddresses [EndpointAddress] atomic
          ports [EndpointPort] atomic
        EndpointAddress atomic
          ip string!
          hostname string
          nodeName string
          targetRef ObjectReference
        EndpointPort atomic
          name string
          port int!
          protocol string
          appProtocol string
        EndpointSlice
          apiVersion string
          kind string
          metadata ObjectMeta
          addressType string!
          endpoints [Endpoint] atomic
          ports [SliceEndpointPort] atomic
        Endpoint
          addresses [string]!
          conditions EndpointConditions
          hostname string
          targetRef ObjectReference
          deprecatedTopology {string}
          nodeName string
          zone string
          hints EndpointHints
        EndpointConditions
          ready bool
          serving bool
          terminating bool
        EndpointHints
          forZones [ZoneHint]
          forNodes [NodeHint]
        ZoneHint
          name string!
        NodeHint
          name string!
        SliceEndpointPort atomic
          name string
          protocol string
          port int
          appProtocol string
        """
}
