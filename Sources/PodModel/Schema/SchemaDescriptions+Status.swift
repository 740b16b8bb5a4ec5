extension SchemaDescriptions {
    /// What the engine tells of objects.
    static let statusTexts = """
        Condition: Whether one thing holds for an object.
          observedGeneration: The `metadata.generation` that the condition is about.
          type: What it is about, such as Ready.
          status: True, False or Unknown.
          lastProbeTime: When it was last looked at.
          lastUpdateTime: When the condition was last written.
          lastTransitionTime: When the status changed last.
          reason: Why, in one word, for programs.
          message: Why, for people.
        PodStatus: How far the pod is.
          phase: Pending, Running, Succeeded, Failed, or Unknown; Succeeded and Failed are final.
          message: Why the pod is as it is, for people.
          reason: Why, in one word, such as Evicted.
          nominatedNodeName: The node that less important pods leave for this one; it is never set
            here.
          hostIP: The node's address.
          hostIPs: All addresses of the node; the first is `hostIP`.
          podIP: The pod's address; with `hostNetwork` the node's.
          podIPs: All addresses of the pod, at most one of each family; the first is `podIP`.
          startTime: When the engine took up the pod, before any image was pulled.
          initContainerStatuses: How far the init containers are, sidecars among them.
          containerStatuses: How far the containers are.
          qosClass: Who goes first when memory is short: BestEffort, then Burstable, Guaranteed
            last. It follows from requests and limits.
          ephemeralContainerStatuses: How far the ephemeral containers are.
          resize: How far a change of resources in place is; superseded by conditions.
          resourceClaimStatuses: The claims that were made for the pod's `resourceClaims`.
          extendedResourceClaimStatus: The claim that was made for extended resources.
          allocatedResources: What the node has set aside for the pod as a whole.
          resources: What is in force for the pod as a whole.
        PodIP: An address.
          ip: The address.
        ContainerStatus: How far a container is.
          name: The container's name.
          state: What it does now.
          lastState: How its run before this one ended.
          ready: Whether its readiness probe succeeds; without one, whether it runs. Init containers
            are ready once they are done.
          restartCount: How often it was started again.
          image: The image that runs.
          imageID: The image's digest.
          containerID: The runtime's name for the container, such as `TYPE://ID`.
          started: Whether its startup probe and `postStart` hook are done.
          allocatedResources: What the node has set aside for it.
          resources: The requests and limits that are in force.
          volumeMounts: How its volumes are mounted.
          user: The user and groups that its first process started with.
          allocatedResourcesStatus: Whether its devices are healthy.
          stopSignal: The signal that stops it.
        VolumeMountStatus: How a volume is mounted in a container.
          name: The volume's name.
          mountPath: Where it is mounted.
          recursiveReadOnly: Whether mounts below it are read-only too: Disabled, Enabled or
            IfPossible; only for read-only mounts.
          volumeStatus: More about volumes of some kinds, such as the image's reference.
        ContainerState: What a container does: one of the fields, by default waiting.
          waiting: It does not run yet, or not again yet.
          running: It runs.
          terminated: It has ended.
        ContainerStateWaiting: A container that does not run.
          reason: Why, in one word, such as ContainerCreating or CrashLoopBackOff.
          message: Why, for people.
        ContainerStateRunning: A container that runs.
          startedAt: When it was started.
        ContainerStateTerminated: A container that has ended.
          exitCode: The program's exit code; 128 and the signal's number if a signal ended it.
          signal: The signal that ended it.
          reason: Why, in one word, such as Completed, Error or OOMKilled.
          message: What it left in its termination message.
          startedAt: When it was started.
          finishedAt: When it ended.
          containerID: The runtime's name for it, such as `TYPE://ID`.
        """
}
