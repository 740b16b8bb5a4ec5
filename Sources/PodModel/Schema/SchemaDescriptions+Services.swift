extension SchemaDescriptions {
    /// What leads to pods.
    static let serviceTexts = """
        Service: One name and address for a set of pods, however often they are replaced.
        ServiceSpec: Which pods the service leads to, and at which addresses and ports.
          ports: The ports of the service; at least one, unless it is headless or an ExternalName.
          selector: Labels of the pods it leads to. Without it nobody but you writes its
            EndpointSlices.
          clusterIP: The address of the service. A free one is given by default; None makes it
            headless: its name leads to the pods' own addresses. It changes only to and from
            ExternalName.
          clusterIPs: The same as `clusterIP` as a list; this engine gives one IPv4 address.
          type: ClusterIP (default) for pods and the node; NodePort, also at a port of the node;
            LoadBalancer, also at those of `status.loadBalancer`; ExternalName, another name for a
            host elsewhere.
          externalIPs: More addresses at which the service answers on this node; leading them here
            is up to you.
          sessionAffinity: Whether connections of a client go to the same pod: None (default) or
            ClientIP.
          loadBalancerIP: The address that a load balancer shall have; deprecated, and many ignore
            it.
          loadBalancerSourceRanges: Networks that may use the load balancer, such as 203.0.113.0/24;
            only for LoadBalancer.
          externalName: The host that an ExternalName stands for, as a CNAME record.
          externalTrafficPolicy: Which pods connections from outside reach: Cluster (default) all of
            them, Local those of this node. Only for services that are open to the outside.
          healthCheckNodePort: The node's port where load balancers ask for pods of this node; only
            for LoadBalancer with the policy Local.
          publishNotReadyAddresses: Whether pods that are not ready count as if they were; false by
            default.
          sessionAffinityConfig: How long a client stays with its pod; only with ClientIP.
          ipFamilies: The families of the addresses; this engine has IPv4 only.
          ipFamilyPolicy: SingleStack (default) or PreferDualStack; RequireDualStack is refused, as
            services have IPv4 only here.
          allocateLoadBalancerNodePorts: Whether a LoadBalancer gets ports of the node; true by
            default.
          loadBalancerClass: The load balancer that is meant; by default that of the cluster. It
            never changes.
          internalTrafficPolicy: Which pods connections from pods reach: Cluster (default) all of
            them, Local those of the same node.
          trafficDistribution: Whether near pods are preferred: PreferSameZone, its old name
            PreferClose, or PreferSameNode. On one node all are near.
        ServicePort: A port of a service.
          name: What it is called, a DNS label; needed, and different for each, if there are
            several.
          protocol: TCP (default), UDP or SCTP.
          appProtocol: What is spoken at the port, such as http or kubernetes.io/h2c; for
            information.
          port: The port's number at the service.
          targetPort: The port of the pods: a number, or the name of a container's port; by default
            the same as `port`.
          nodePort: The port of the node, for NodePort and LoadBalancer; a free one from 30000 to
            32767 by default.
        SessionAffinityConfig: How long a client stays with its pod.
          clientIP: The settings for ClientIP.
        ClientIPConfig: How long connections of one address go to the same pod.
          timeoutSeconds: For how many seconds after the last connection, 1 to 86400; 10800, three
            hours, by default.
        ServiceStatus: What is known of the service outside.
          loadBalancer: Where the load balancer is.
          conditions: What else is known of the service; none of ours.
        LoadBalancerStatus: Where a load balancer is.
          ingress: Its addresses; empty as long as nobody has made it.
        LoadBalancerIngress: An address of a load balancer.
          ip: The address, if it has one.
          hostname: The name, if it has one.
          ipMode: VIP, whose packets keep the address on their way to the node, or Proxy.
          ports: What became of each port of the service.
        PortStatus: What became of a port at a load balancer.
          port: The port's number.
          protocol: TCP, UDP or SCTP.
          error: Why it does not work, in one word.
        Endpoints: The addresses behind a service, in the older form; superseded by EndpointSlice.
          subsets: The addresses, in groups with the same ports.
        EndpointSubset: Addresses with the same ports; each address with each port is an endpoint.
          addresses: The addresses that are ready.
          notReadyAddresses: The addresses that are not ready.
          ports: The ports of all these addresses.
        EndpointAddress: The address of an endpoint.
          ip: The address; not one of loopback, link-local or multicast.
          hostname: The endpoint's own name in DNS, below the service's.
          nodeName: The node that it is on.
          targetRef: What has the address, mostly a pod.
        EndpointPort: A port of endpoints.
          name: The port's name at the service; needed if there are several.
          port: The number.
          protocol: TCP (default), UDP or SCTP.
          appProtocol: What is spoken at the port; for information.
        EndpointSlice: Some of the addresses behind a service; the label kubernetes.io/service-name
            says which.
          addressType: IPv4, IPv6 or FQDN; it never changes.
          endpoints: The endpoints, at most 1000.
          ports: The ports of all endpoints of the slice.
        Endpoint: One place behind a service, mostly a pod.
          addresses: Its addresses, all alike and at most 100; the first is used.
          conditions: Whether it can be used.
          hostname: Its own name in DNS, below the service's.
          targetRef: What has the address, mostly a pod.
          deprecatedTopology: Where it is, in the form of old versions.
          nodeName: The node that it is on.
          zone: The zone that it is in.
          hints: Who should prefer it.
        EndpointConditions: Whether an endpoint can be used.
          ready: Whether it is to get connections; if nothing is said, yes. Pods that end are not
            ready.
          serving: Whether it can serve, even while it ends; by default as `ready`.
          terminating: Whether it is ending.
        EndpointHints: Who should prefer an endpoint.
          forZones: The zones that should.
          forNodes: The nodes that should.
        ZoneHint: A zone that should prefer an endpoint.
          name: The zone's name.
        NodeHint: A node that should prefer an endpoint.
          name: The node's name.
        SliceEndpointPort: A port of a slice's endpoints.
          name: The port's name at the service; each once in a slice.
          protocol: TCP (default), UDP or SCTP.
          port: The number.
          appProtocol: What is spoken at the port; for information.
        """
}
