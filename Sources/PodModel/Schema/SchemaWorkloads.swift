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
        """
}
