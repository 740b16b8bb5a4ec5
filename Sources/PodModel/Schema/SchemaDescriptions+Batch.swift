extension SchemaDescriptions {
    /// What runs to its end.
    static let batchTexts = """
        Job: Runs pods until a number of them has succeeded.
        JobSpec: What runs, how often, and what is done about failures.
          parallelism: How many pods run at once at most; 1 by default. 0 pauses the Job.
          completions: How many pods must succeed; 1 by default. If only `parallelism` is set, the
            success of any one pod ends the Job. It changes only for indexed Jobs, together with
            `parallelism`.
          activeDeadlineSeconds: After so many seconds since its start the Job fails with the reason
            DeadlineExceeded, and its pods are ended; after a pause the time begins anew.
          podFailurePolicy: What the failures of pods mean, before `backoffLimit` is asked; only
            with `restartPolicy: Never`. It never changes.
          successPolicy: When an indexed Job has succeeded before all of its indexes have. It never
            changes.
          backoffLimit: After how many failed pods the Job fails; 6 by default, and no limit with
            `backoffLimitPerIndex`.
          backoffLimitPerIndex: After how many failed pods an index of an indexed Job fails; no
            limit of its own by default. It never changes.
          maxFailedIndexes: After how many failed indexes the Job fails at once; only with
            `backoffLimitPerIndex`.
          selector: The pods that belong to it. It is made for you, and never changes.
          manualSelector: Whether you choose the selector yourself, and see to it that no other Job
            has these pods; false by default.
          template: What the pods are made of; its `restartPolicy` is OnFailure or Never. It never
            changes once the Job has begun.
          ttlSecondsAfterFinished: How long after its end the Job is deleted with its pods; 0 is at
            once. By default it stays.
          completionMode: NonIndexed (default), or Indexed, which gives each of the `completions` an
            index that its pod sees in JOB_COMPLETION_INDEX. It never changes.
          suspend: Whether the Job has no pods for now; those that run are ended. False by default.
          podReplacementPolicy: When a pod is replaced: TerminatingOrFailed (default), also while it
            still ends; or Failed, which is the only choice with `podFailurePolicy`.
          managedBy: Another program that carries out the Job in place of the engine's own
            controller. It never changes.
        PodFailurePolicy: Rules for failed pods; the first that matches decides.
          rules: The rules, at most 20; a failure that none of them matches counts for
            `backoffLimit`.
        PodFailurePolicyRule: What the failure of a pod means, by exit codes or by conditions.
          action: FailJob ends the Job, FailIndex gives up the index, Ignore does not count the
            failure, Count counts it as usual.
          onExitCodes: The exit codes for which the rule holds; not together with `onPodConditions`.
          onPodConditions: The conditions of the pod for which the rule holds; one of them is
            enough.
        PodFailurePolicyOnExitCodesRequirement: Exit codes that are in a list, or not; a success is
            never looked at.
          containerName: The container that is looked at; by default all of them.
          operator: In or NotIn.
          values: The exit codes, in order and each once; 0 is not possible with In.
        PodFailurePolicyOnPodConditionsPattern: A condition that the pod has.
          type: The type of the condition, such as DisruptionTarget.
          status: The status that it must have: True (default), False or Unknown.
        SuccessPolicy: When an indexed Job has succeeded; the pods that still run are ended then.
          rules: The rules, at most 20; the first that holds is enough.
        SuccessPolicyRule: Which indexes must have succeeded, or how many of them.
          succeededIndexes: The indexes that must succeed, such as 0,2-4; by default any.
          succeededCount: How many of them must; by default all of `succeededIndexes`.
        JobStatus: How far the Job is.
          startTime: When the Job began; it is set anew after a pause.
          completionTime: When the Job succeeded; a failed Job has none.
          active: How many pods are waiting or running and not being ended.
          succeeded: How many pods have succeeded.
          failed: How many pods have failed.
          terminating: How many pods are being ended.
          completedIndexes: The indexes that have succeeded, such as 1,3-5.
          failedIndexes: The indexes that have failed for good, such as 1,3-5.
          uncountedTerminatedPods: Pods that have ended and are not in the numbers yet.
          ready: How many of the active pods are ready.
        UncountedTerminatedPods: Pods that have ended and are not in the numbers yet, by UID.
          succeeded: Those that have succeeded.
          failed: Those that have failed.
        CronJob: Makes a Job at certain times. Its name has at most 52 characters.
        CronJobSpec: When Jobs are made, of what, and how many are kept.
          schedule: Minute, hour, day, month and weekday as in crontab, such as `30 2 * * 1-5`, or
            @daily and the like.
          timeZone: The zone of the schedule, such as Europe/Paris; by default the engine's.
          startingDeadlineSeconds: How late a Job may still begin if its time was missed; any time
            later by default.
          concurrencyPolicy: What happens if the last Job still runs: Allow (default) runs both,
            Forbid leaves the new one out, Replace ends the old one.
          suspend: Whether no more Jobs are made; those that run go on. False by default.
          jobTemplate: What the Jobs are made of; a change counts for the next one.
          successfulJobsHistoryLimit: How many Jobs that succeeded are kept; 3 by default.
          failedJobsHistoryLimit: How many Jobs that failed are kept; 1 by default.
        JobTemplateSpec: What the Jobs of a CronJob are made of.
          metadata: Labels and annotations that the Jobs get.
          spec: What the Jobs run.
        CronJobStatus: What the CronJob has done.
          active: The Jobs that run now.
          lastScheduleTime: The time for which a Job was made last.
          lastSuccessfulTime: When a Job succeeded last.
        """
}
