extension Schema {
    /// The types of what guards pods from each other, as v1.36 has them; see `Schema` for the notation.
    static let disruptionTypes = """
        PodDisruptionBudget
          apiVersion string
          kind string
          metadata ObjectMeta
          spec PodDisruptionBudgetSpec
          status PodDisruptionBudgetStatus
        PodDisruptionBudgetSpec
          minAvailable intstr
          selector LabelSelector
          maxUnavailable intstr
          unhealthyPodEvictionPolicy string
        PodDisruptionBudgetStatus
          observedGeneration long
          disruptedPods {time}
          disruptionsAllowed int
          currentHealthy int
          desiredHealthy int
          expectedPods int
          conditions [Condition] key=type merge=type
        PriorityClass
          apiVersion string
          kind string
          metadata ObjectMeta
          value int
          globalDefault bool
          description string
          preemptionPolicy string
        """
}
