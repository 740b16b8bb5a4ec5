extension Schema {
    /// The types of pods, as core/v1 of v1.36 has them; see `Schema` for the notation.
    static let podTypes = """
        Pod
          apiVersion string
          kind string
          metadata ObjectMeta
          spec PodSpec!
          status PodStatus
        PodTemplateSpec
          metadata ObjectMeta
          spec PodSpec!
        PodSpec
          volumes [Volume] key=name merge=name retain
          initContainers [Container] key=name merge=name
          containers [Container]! key=name merge=name
          ephemeralContainers [EphemeralContainer] key=name merge=name
          restartPolicy string
          terminationGracePeriodSeconds long
          activeDeadlineSeconds long
          dnsPolicy string
          nodeSelector {string} atomic
          serviceAccountName string
          serviceAccount string
          automountServiceAccountToken bool
          nodeName string
          hostNetwork bool
          hostPID bool
          hostIPC bool
          shareProcessNamespace bool
          securityContext PodSecurityContext
          imagePullSecrets [LocalObjectReference] key=name merge=name
          hostname string
          subdomain string
          affinity Affinity
          schedulerName string
          tolerations [Toleration]
          hostAliases [HostAlias] key=ip merge=ip
          priorityClassName string
          priority int
          dnsConfig PodDNSConfig
          readinessGates [PodReadinessGate]
          runtimeClassName string
          enableServiceLinks bool
          preemptionPolicy string
          overhead {quantity}
          topologySpreadConstraints [TopologySpreadConstraint] key=topologyKey,whenUnsatisfiable \
        merge=topologyKey
          setHostnameAsFQDN bool
          os PodOS
          hostUsers bool
          schedulingGates [PodSchedulingGate] key=name merge=name
          resourceClaims [PodResourceClaim] key=name merge=name retain
          resources ResourceRequirements
          hostnameOverride string
          schedulingGroup PodSchedulingGroup
        LocalObjectReference atomic
          name string
        PodSecurityContext
          seLinuxOptions SELinuxOptions
          windowsOptions WindowsSecurityContextOptions
          runAsUser long
          runAsGroup long
          runAsNonRoot bool
          supplementalGroups [long]
          supplementalGroupsPolicy string
          fsGroup long
          sysctls [Sysctl]
          fsGroupChangePolicy string
          seccompProfile SeccompProfile
          appArmorProfile AppArmorProfile
          seLinuxChangePolicy string
        Sysctl
          name string!
          value string
        SELinuxOptions
          user string
          role string
          type string
          level string
        WindowsSecurityContextOptions
          gmsaCredentialSpecName string
          gmsaCredentialSpec string
          runAsUserName string
          hostProcess bool
        SeccompProfile
          type string!
          localhostProfile string
        AppArmorProfile
          type string!
          localhostProfile string
        HostAlias
          ip string!
          hostnames [string]
        PodDNSConfig
          nameservers [string]
          searches [string]
          options [PodDNSConfigOption]
        PodDNSConfigOption
          name string!
          value string
        PodReadinessGate
          conditionType string!
        PodOS
          name string!
        PodSchedulingGate
          name string!
        PodSchedulingGroup
          podGroupName string
        PodResourceClaim
          name string!
          resourceClaimName string
          resourceClaimTemplateName string
        Toleration
          key string
          operator string
          value string
          effect string
          tolerationSeconds long
        TopologySpreadConstraint
          maxSkew int!
          topologyKey string!
          whenUnsatisfiable string!
          labelSelector LabelSelector
          minDomains int
          nodeAffinityPolicy string
          nodeTaintsPolicy string
          matchLabelKeys [string]
        Affinity
          nodeAffinity NodeAffinity
          podAffinity PodAffinity
          podAntiAffinity PodAffinity
        NodeAffinity
          requiredDuringSchedulingIgnoredDuringExecution NodeSelector
          preferredDuringSchedulingIgnoredDuringExecution [PreferredSchedulingTerm]
        NodeSelector atomic
          nodeSelectorTerms [NodeSelectorTerm]!
        NodeSelectorTerm atomic
          matchExpressions [NodeSelectorRequirement]
          matchFields [NodeSelectorRequirement]
        NodeSelectorRequirement
          key string!
          operator string!
          values [string]
        PreferredSchedulingTerm
          weight int!
          preference NodeSelectorTerm!
        PodAffinity
          requiredDuringSchedulingIgnoredDuringExecution [PodAffinityTerm]
          preferredDuringSchedulingIgnoredDuringExecution [WeightedPodAffinityTerm]
        WeightedPodAffinityTerm
          weight int!
          podAffinityTerm PodAffinityTerm!
        PodAffinityTerm
          labelSelector LabelSelector
          namespaces [string]
          topologyKey string!
          namespaceSelector LabelSelector
          matchLabelKeys [string]
          mismatchLabelKeys [string]
        """
}
