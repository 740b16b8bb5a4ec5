extension SchemaDescriptions {
    /// Pods as a whole: how long they live, how they are named, what they share.
    static let podTexts = """
        Pod: One or more containers that run together on the node and share a network.
        PodTemplateSpec: What the pods of a workload are made of; each gets a copy.
          metadata: Labels and annotations that the pods get.
          spec: What the pods run; a change makes new pods, as those that are there mostly cannot
            change.
        PodSpec: What a pod shall run, and how. After creation only images, `activeDeadlineSeconds`
            and additional tolerations may change.
          volumes: The directories and files that the pod's containers can mount, by name.
          initContainers: Containers that run one after the other, each to success, before the
            others start; one with `restartPolicy: Always` is a sidecar, which goes on running
            beside them.
          containers: The containers that do the pod's work; at least one.
          ephemeralContainers: Containers added to a running pod to look into it; they may not be
            set at creation, and stay as they are. `kubectl debug` adds them.
          restartPolicy: Whether containers that end are started again: Always (default), OnFailure
            or Never. Always is the only choice in what keeps pods running, OnFailure and Never in
            Jobs.
          terminationGracePeriodSeconds: How many seconds the containers have between the stop
            signal and SIGKILL, 30 by default; the `preStop` hook counts. 0 kills at once.
          activeDeadlineSeconds: After so many seconds since its start the pod is ended and fails
            with the reason DeadlineExceeded; at least 1. It can be lowered later.
          dnsPolicy: Where names are looked up: ClusterFirst (default), ClusterFirstWithHostNet for
            pods on the node's network, Default for the node's own servers, None for `dnsConfig`
            alone.
          nodeSelector: Labels that the node must have to get the pod; without them it stays Pending.
          serviceAccountName: The service account that the pod acts as towards the API; default if
            none is named.
          serviceAccount: The old name of `serviceAccountName`, always the same; default if none is
            named.
          automountServiceAccountToken: Whether the service account's token is mounted into the
            containers; by default as the account says. This engine mounts none by itself: use a
            `projected` volume.
          nodeName: The node that the pod is on. The API sets it at creation if the node takes the
            pod, else as soon as it does. If it is written, nobody asks the node's taints for new pods.
          hostNetwork: Whether the pod uses the node's network instead of one of its own; false by
            default. The ports of its containers are then ports of the node.
          hostPID: Whether the containers see and can signal the node's processes; false by default.
          hostIPC: Whether the pod shares the node's System V IPC and POSIX message queues; false by
            default.
          shareProcessNamespace: Whether the containers of the pod see each other's processes; false
            by default, and not together with `hostPID`.
          securityContext: Users, groups and restrictions for all containers; what a container says
            itself comes first.
          imagePullSecrets: Secrets of the pod's namespace with credentials for registries.
          hostname: The pod's host name, a DNS label; by default the pod's name.
          subdomain: A DNS label that makes the pod's full name
            HOSTNAME.SUBDOMAIN.NAMESPACE.svc.DOMAIN; a headless service of that name publishes it.
          affinity: Where the pod shall or shall not be placed. What it says of the node counts; what
            it says of other pods has no effect here: there is one node.
          schedulerName: Who places the pod; default-scheduler by default. It has no effect here:
            there is no scheduler.
          tolerations: The taints of nodes that do not keep the pod away. After creation some can be
            added.
          hostAliases: Additional lines of the pod's /etc/hosts.
          priorityClassName: The class that gives the pod its priority. It has no effect here: there
            is no preemption.
          priority: How important the pod is; higher is more. It has no effect here: there is no
            preemption.
          dnsConfig: Name servers, search domains and options that are added to those of
            `dnsPolicy`.
          readinessGates: Conditions that must be True, besides all containers being ready, before
            the pod is Ready.
          runtimeClassName: The RuntimeClass whose handler runs the pod. It has no effect here: all
            pods run with the engine's own runtime.
          enableServiceLinks: Whether containers get environment variables with the addresses of the
            namespace's services; true by default.
          preemptionPolicy: Whether the pod may push out less important ones: PreemptLowerPriority
            (default) or Never. It has no effect here.
          overhead: What running the pod takes besides its containers, by resource; it is added to
            their requests.
          topologySpreadConstraints: How evenly pods are spread over zones or nodes. It has no
            effect here: there is one node.
          setHostnameAsFQDN: Whether the host name is the pod's full name instead of its first
            label; false by default. Names beyond 64 characters keep the pod from starting.
          os: The operating system that the pod is made for.
          hostUsers: Whether the pod uses the node's user IDs (default). With false root in the pod
            is an unprivileged user of the node; the `host` namespaces cannot be used then.
          schedulingGates: What must be taken away before the pod is placed; until then it stays
            Pending.
          resourceClaims: Devices that the pod claims, for its containers to use by name. They have
            no effect here.
          resources: Requests and limits of the pod as a whole, for cpu, memory and huge pages;
            containers share them.
          hostnameOverride: The host name that the pod sees, at most 64 characters, with no change
            to its names in DNS; not together with `hostNetwork` or `setHostnameAsFQDN`.
          schedulingGroup: The group of pods that are placed together or not at all. It has no
            effect here.
        LocalObjectReference: An object of the same namespace, by name.
          name: The object's name.
        HostAlias: A line of /etc/hosts.
          ip: The address.
          hostnames: The names that stand for it.
        PodDNSConfig: What the pod's resolv.conf gets besides what `dnsPolicy` says.
          nameservers: Addresses of name servers, at most 3; needed if `dnsPolicy` is None.
          searches: Domains that short names are looked up in, at most 32 and 2048 characters in
            all.
          options: Options of the resolver, such as ndots; they replace those of the same name.
        PodDNSConfigOption: An option of the resolver.
          name: The option's name, such as ndots.
          value: Its value, if it has one.
        PodReadinessGate: A condition that counts for the pod's readiness.
          conditionType: The type of a condition in `status.conditions`; one that is missing counts
            as False.
        PodOS: The operating system of a pod.
          name: linux or windows. A windows pod fails here; with linux its fields for windows are
            errors.
        PodSchedulingGate: Something to wait for before the pod is placed.
          name: The gate's name; each may be there once.
        PodSchedulingGroup: The group that a pod is placed with.
          podGroupName: The name of the PodGroup in the pod's namespace.
        PodResourceClaim: A claim of devices: one that exists, or one that is made for the pod from
            a template.
          name: What containers call the claim; a DNS label.
          resourceClaimName: A ResourceClaim of the pod's namespace.
          resourceClaimTemplateName: A ResourceClaimTemplate from which a claim is made that lives
            as long as the pod.
        Sysctl: A kernel parameter of the pod.
          name: The parameter, such as net.ipv4.tcp_syncookies. Those that could harm other pods
            must be allowed by the node.
          value: What it is set to.
        PodSecurityContext: Users, groups and restrictions that hold for all containers of a pod.
          runAsUser: The user ID of the containers' processes; by default the image's user.
          runAsGroup: The primary group ID of the processes; by default that of the user in the
            image, else 0.
          runAsNonRoot: Whether to refuse to start a container whose user is root or is not known by
            number.
          supplementalGroups: Group IDs that the processes have besides the primary one.
          supplementalGroupsPolicy: Whether groups that the image gives its user count too: Merge
            (default) or Strict, which takes only those of the pod.
          fsGroup: A group ID that owns the pod's volumes and that all processes have; files become
            readable and writable for it.
          sysctls: Kernel parameters of the pod's own namespaces; the pod fails if one is not
            allowed.
          fsGroupChangePolicy: When owners of a volume's files are changed: Always (default), or
            OnRootMismatch, only if its top directory is not as wanted.
          seccompProfile: The filter of system calls of all containers; by default none.
          appArmorProfile: The AppArmor profile of all containers. This engine sets none.
          seLinuxOptions: The SELinux label of all containers. This engine sets none.
          windowsOptions: Settings for Windows; an error with `os.name: linux`, otherwise without
            effect.
          seLinuxChangePolicy: How volumes get their SELinux label: Recursive or MountOption. It has
            no effect here.
        SELinuxOptions: The parts of an SELinux label.
          user: The SELinux user.
          role: The SELinux role.
          type: The SELinux type.
          level: The SELinux level.
        WindowsSecurityContextOptions: What containers on Windows run as; it has no effect on Linux.
          gmsaCredentialSpecName: The name of a credential spec of a group managed service account.
          gmsaCredentialSpec: The content of that credential spec.
          runAsUserName: The Windows user that the container's processes run as.
          hostProcess: Whether the container runs as processes of the host; the same for all
            containers of a pod.
        SeccompProfile: Which system calls containers may make.
          type: RuntimeDefault for the engine's own filter, Unconfined for none, Localhost for a
            file of the node.
          localhostProfile: The file with the filter, relative to the node's seccomp directory; only
            and always with Localhost.
        AppArmorProfile: What AppArmor lets containers do.
          type: RuntimeDefault for the runtime's profile, Unconfined for none, Localhost for one
            that the node has loaded.
          localhostProfile: The name of the loaded profile; only and always with Localhost.
        """
}
