extension Schema {
    /// The types of what runs to its end, as batch/v1 of v1.36 has them; see `Schema` for the notation.
    static let batchTypes = """
        Job
          apiVersion string
          kind string
          metadata ObjectMeta
          spec JobSpec!
          status JobStatus
        JobSpec
          parallelism int
          completions int
          activeDeadlineSeconds long
          podFailurePolicy PodFailurePolicy
          successPolicy SuccessPolicy
          backoffLimit int
          backoffLimitPerIndex int
          maxFailedIndexes int
          selector LabelSelector
          manualSelector bool
          template PodTemplateSpec!
          ttlSecondsAfterFinished int
          completionMode string
          suspend bool
          podReplacementPolicy string
          managedBy string
        PodFailurePolicy
          rules [PodFailurePolicyRule]! atomic
        PodFailurePolicyRule
          action string!
          onExitCodes PodFailurePolicyOnExitCodesRequirement
          onPodConditions [PodFailurePolicyOnPodConditionsPattern] atomic
        PodFailurePolicyOnExitCodesRequirement
          containerName string
          operator string!
          values [int]! set
        PodFailurePolicyOnPodConditionsPattern
          type string!
          status string
        SuccessPolicy
          rules [SuccessPolicyRule]! atomic
        SuccessPolicyRule
          succeededIndexes string
          succeededCount int
        JobStatus
          conditions [Condition] merge=type atomic
          startTime time
          completionTime time
          active int
          succeeded int
          failed int
          terminating int
          completedIndexes string
          failedIndexes string
          uncountedTerminatedPods UncountedTerminatedPods
          ready int
        UncountedTerminatedPods
          succeeded [string] set
          failed [string] set
        CronJob
          apiVersion string
          kind string
          metadata ObjectMeta
          spec CronJobSpec!
          status CronJobStatus
        CronJobSpec
          schedule string!
          timeZone string
          startingDeadlineSeconds long
          concurrencyPolicy string
          suspend bool
          jobTemplate JobTemplateSpec!
          successfulJobsHistoryLimit int
          failedJobsHistoryLimit int
        JobTemplateSpec
          metadata ObjectMeta
          spec JobSpec!
        CronJobStatus
          active [ObjectReference] atomic
          lastScheduleTime time
          lastSuccessfulTime time
        """
}
