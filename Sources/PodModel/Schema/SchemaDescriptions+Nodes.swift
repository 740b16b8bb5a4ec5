extension SchemaDescriptions {
    /// The machine that pods run on.
    static let nodeTexts = """
        Node: The machine that this engine runs on; there is one.
        NodeSpec: Which pods the node takes.
          podCIDR: The network of the pods; this engine leaves it out.
          podCIDRs: The same as a list.
          providerID: What a cloud calls the machine; nothing here.
          unschedulable: Whether the node takes no new pods, but those that tolerate it; what kubectl
            cordon sets.
          taints: What keeps pods away that do not tolerate it; what kubectl taint sets.
          externalID: A name of former times; it has no effect.
        Taint: Something that keeps pods off the node unless they tolerate it.
          key: What it is called.
          value: What tolerations compare with theirs.
          effect: NoSchedule lets no new pods come, NoExecute also ends those that are there,
            PreferNoSchedule has no effect on a single node.
          timeAdded: Since when it is there; the engine writes it for taints that end pods.
        NodeStatus: What the machine has and what runs on it.
          capacity: What the machine has of each resource.
          allocatable: What pods may have of it.
          phase: A field of former times; it is empty.
          addresses: The addresses of the machine, and its name.
          daemonEndpoints: The port of the kubelet; there is none here.
          nodeInfo: What identifies the machine and its software.
          images: Images that are there; this engine lists them with `remora image`.
          volumesInUse: Volumes that are attached and in use; none here.
          volumesAttached: Volumes that are attached; none here.
          config: A field of former times; it is empty.
          runtimeHandlers: What runtimes can do; left out here.
          features: What the runtime can do; left out here.
          declaredFeatures: What the kubelet says that it can do; left out here.
        NodeCondition: Whether something holds of the node.
          type: What it is about; Ready is the one that counts.
          status: True, False or Unknown.
          lastHeartbeatTime: When it was told last.
          lastTransitionTime: Since when it has been so.
          reason: Why, in one word.
          message: Why, in a sentence.
        NodeAddress: An address of the machine.
          type: InternalIP, ExternalIP or Hostname.
          address: The address itself.
        ContainerImage: An image on the machine.
          names: What it is called.
          sizeBytes: How large it is.
        NodeSystemInfo: The machine and its software.
          machineID: What systemd calls the machine (/etc/machine-id).
          systemUUID: What the firmware calls it.
          bootID: What names this run of the kernel.
          kernelVersion: As `uname -r` says it.
          osImage: The distribution, as /etc/os-release names it.
          containerRuntimeVersion: The engine and its version.
          kubeletVersion: The Kubernetes version whose behaviour the engine has.
          kubeProxyVersion: Deprecated; empty.
          operatingSystem: It is linux.
          architecture: Such as amd64 or arm64.
          swap: How much the machine can swap; left out here.
        """
}
