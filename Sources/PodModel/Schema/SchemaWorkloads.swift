extension Schema {
    /// The types of what makes pods, as v1.36 has them; see `Schema` for the notation.
    static let workloadTypes = """
        Deployment
          apiVersion string
          kind string
          metadata ObjectMeta
          spec DeploymentSpec!
          status DeploymentStatus
        DeploymentSpec
          replicas int
          selector LabelSelector!
          template PodTemplateSpec!
          strategy DeploymentStrategy retain
          minReadySeconds int
          revisionHistoryLimit int
          paused bool
          progressDeadlineSeconds int
        DeploymentStrategy
          type string
          rollingUpdate RollingUpdateDeployment
        RollingUpdateDeployment
          maxUnavailable intstr
          maxSurge intstr
        DeploymentStatus
          observedGeneration long
          replicas int
          updatedReplicas int
          readyReplicas int
          availableReplicas int
          unavailableReplicas int
          terminatingReplicas int
          conditions [Condition] key=type merge=type
          collisionCount int
        ReplicaSet
          apiVersion string
          kind string
          metadata ObjectMeta
          spec ReplicaSetSpec!
          status ReplicaSetStatus
        ReplicaSetSpec
          replicas int
          minReadySeconds int
          selector LabelSelector!
          template PodTemplateSpec
        ReplicaSetStatus
          replicas int
          fullyLabeledReplicas int
          readyReplicas int
          availableReplicas int
          terminatingReplicas int
          observedGeneration long
          conditions [Condition] key=type merge=type
        StatefulSet
          apiVersion string
          kind string
          metadata ObjectMeta
          spec StatefulSetSpec!
          status StatefulSetStatus
        StatefulSetSpec
          replicas int
          selector LabelSelector!
          template PodTemplateSpec!
          volumeClaimTemplates [PersistentVolumeClaim] atomic
          serviceName string
          podManagementPolicy string
          updateStrategy StatefulSetUpdateStrategy
          revisionHistoryLimit int
          minReadySeconds int
          persistentVolumeClaimRetentionPolicy StatefulSetPersistentVolumeClaimRetentionPolicy
          ordinals StatefulSetOrdinals
        StatefulSetUpdateStrategy
          type string
          rollingUpdate RollingUpdateStatefulSetStrategy
        RollingUpdateStatefulSetStrategy
          partition int
          maxUnavailable intstr
        StatefulSetPersistentVolumeClaimRetentionPolicy
          whenDeleted string
          whenScaled string
        StatefulSetOrdinals
          start int
        StatefulSetStatus
          observedGeneration long
          replicas int
          readyReplicas int
          currentReplicas int
          updatedReplicas int
          currentRevision string
          updateRevision string
          collisionCount int
          conditions [Condition] key=type merge=type
          availableReplicas int
        DaemonSet
          apiVersion string
          kind string
          metadata ObjectMeta
          spec DaemonSetSpec!
          status DaemonSetStatus
        DaemonSetSpec
          selector LabelSelector!
          template PodTemplateSpec!
          updateStrategy DaemonSetUpdateStrategy
          minReadySeconds int
          revisionHistoryLimit int
        DaemonSetUpdateStrategy
          type string
          rollingUpdate RollingUpdateDaemonSet
        RollingUpdateDaemonSet
          maxUnavailable intstr
          maxSurge intstr
        DaemonSetStatus
          currentNumberScheduled int
          numberMisscheduled int
          desiredNumberScheduled int
          numberReady int
          observedGeneration long
          updatedNumberScheduled int
          numberAvailable int
          numberUnavailable int
          collisionCount int
          conditions [Condition] key=type merge=type
        ControllerRevision
          apiVersion string
          kind string
          metadata ObjectMeta
          data any
          revision long
        """
}
