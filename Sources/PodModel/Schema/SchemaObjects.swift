extension Schema {
    /// The types of the other kinds and of metadata, as v1.36 has them; see `Schema` for the
    /// notation.
    static let objectTypes = """
        ObjectMeta
          name string
          generateName string
          namespace string
          selfLink string
          uid string
          resourceVersion string
          generation long
          creationTimestamp time
          deletionTimestamp time
          deletionGracePeriodSeconds long
          labels {string}
          annotations {string}
          ownerReferences [OwnerReference] key=uid merge=uid
          finalizers [string] set
          managedFields [ManagedFieldsEntry]
        OwnerReference
          apiVersion string!
          kind string!
          name string!
          uid string!
          controller bool
          blockOwnerDeletion bool
        ManagedFieldsEntry
          manager string
          operation string
          apiVersion string
          time time
          fieldsType string
          fieldsV1 any
          subresource string
        LabelSelector atomic
          matchLabels {string}
          matchExpressions [LabelSelectorRequirement]
        LabelSelectorRequirement
          key string!
          operator string!
          values [string]
        ObjectReference atomic
          kind string
          namespace string
          name string
          uid string
          apiVersion string
          resourceVersion string
          fieldPath string
        ConfigMap
          apiVersion string
          kind string
          metadata ObjectMeta
          data {string}
          binaryData {bytes}
          immutable bool
        Secret
          apiVersion string
          kind string
          metadata ObjectMeta
          type string
          data {bytes}
          stringData {string}
          immutable bool
        Namespace
          apiVersion string
          kind string
          metadata ObjectMeta
          spec NamespaceSpec
          status NamespaceStatus
        NamespaceSpec
          finalizers [string]
        NamespaceStatus
          phase string
          conditions [Condition] key=type merge=type
        Condition
          type string!
          observedGeneration long
          status string!
          lastProbeTime time
          lastUpdateTime time
          lastTransitionTime time
          reason string
          message string
        PersistentVolumeClaim
          apiVersion string
          kind string
          metadata ObjectMeta
          spec PersistentVolumeClaimSpec!
          status PersistentVolumeClaimStatus
        PersistentVolumeClaimSpec
          accessModes [string]
          selector LabelSelector
          resources VolumeResourceRequirements
          volumeName string
          storageClassName string
          volumeMode string
          dataSource TypedReference
          dataSourceRef TypedReference
          volumeAttributesClassName string
        VolumeResourceRequirements
          limits {quantity}
          requests {quantity}
        TypedReference atomic
          apiGroup string
          kind string!
          name string!
          namespace string
        PersistentVolumeClaimStatus
          phase string
          accessModes [string]
          capacity {quantity}
          conditions [Condition] key=type merge=type
          allocatedResources {quantity}
          allocatedResourceStatuses {string}
          currentVolumeAttributesClassName string
          modifyVolumeStatus any
        Event
          apiVersion string
          kind string
          metadata ObjectMeta!
          involvedObject ObjectReference!
          reason string
          message string
          source EventSource
          firstTimestamp time
          lastTimestamp time
          count int
          type string
          eventTime time
          series any
          action string
          related ObjectReference
          reportingComponent string
          reportingInstance string
        EventSource
          component string
          host string
        """

    /// The types of pod status, as core/v1 of v1.36 has them.
    static let statusTypes = """
        PodStatus
          observedGeneration long
          phase string
          conditions [Condition] key=type merge=type
          message string
          reason string
          nominatedNodeName string
          hostIP string
          hostIPs [PodIP] key=ip merge=ip
          podIP string
          podIPs [PodIP] key=ip merge=ip
          startTime time
          initContainerStatuses [ContainerStatus]
          containerStatuses [ContainerStatus]
          qosClass string
          ephemeralContainerStatuses [ContainerStatus]
          resize string
          resourceClaimStatuses [any] key=name merge=name retain
          extendedResourceClaimStatus any
          allocatedResources {quantity}
          resources ResourceRequirements
        PodIP
          ip string
        ContainerStatus
          name string
          state ContainerState
          lastState ContainerState
          ready bool
          restartCount int
          image string
          imageID string
          containerID string
          started bool
          allocatedResources {quantity}
          resources ResourceRequirements
          volumeMounts [VolumeMountStatus] key=mountPath merge=mountPath
          user any
          allocatedResourcesStatus [any] key=name merge=name
          stopSignal string
        VolumeMountStatus
          name string
          mountPath string
          readOnly bool
          recursiveReadOnly string
          volumeStatus any
        ContainerState
          waiting ContainerStateWaiting
          running ContainerStateRunning
          terminated ContainerStateTerminated
        ContainerStateWaiting
          reason string
          message string
        ContainerStateRunning
          startedAt time
        ContainerStateTerminated
          exitCode int
          signal int
          reason string
          message string
          startedAt time
          finishedAt time
          containerID string
        """
}
