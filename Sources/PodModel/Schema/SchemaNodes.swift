extension Schema {
    /// The types of the node, as v1.36 has them; see `Schema` for the notation.
    static let nodeTypes = """
        Node
          apiVersion string
          kind string
          metadata ObjectMeta
          spec NodeSpec
          status NodeStatus
        NodeSpec
          podCIDR string
          podCIDRs [string] set
          providerID string
          unschedulable bool
          taints [Taint] atomic
          externalID string
        Taint
          key string!
          value string
          effect string!
          timeAdded time
        NodeStatus
          capacity {quantity}
          allocatable {quantity}
          phase string
          conditions [NodeCondition] key=type merge=type
          addresses [NodeAddress] key=type,address merge=type
          daemonEndpoints any
          nodeInfo NodeSystemInfo
          images [ContainerImage] atomic
          volumesInUse [string] atomic
          volumesAttached any
          config any
          runtimeHandlers any
          features any
          declaredFeatures [string] atomic
        NodeCondition
          type string!
          status string!
          lastHeartbeatTime time
          lastTransitionTime time
          reason string
          message string
        NodeAddress
          type string!
          address string!
        ContainerImage
          names [string] atomic
          sizeBytes long
        NodeSystemInfo
          machineID string
          systemUUID string
          bootID string
          kernelVersion string
          osImage string
          containerRuntimeVersion string
          kubeletVersion string
          kubeProxyVersion string
          operatingSystem string
          architecture string
          swap any
        """
}
