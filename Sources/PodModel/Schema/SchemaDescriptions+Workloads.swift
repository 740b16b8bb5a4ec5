extension SchemaDescriptions {
    /// What keeps pods running.
    static let workloadTexts = """
        Deployment: Keeps a number of equal pods running, and replaces them step by step when its
            template changes.
        DeploymentSpec: How many pods shall run, of what, and how they are replaced.
          replicas: How many pods shall run; 1 by default.
          selector: The pods that belong to it; it must match the template's labels and never
            changes.
          template: What the pods are made of; a change begins a rollout. Its `restartPolicy` is
            Always.
          strategy: Whether a rollout goes step by step, and in which steps.
          minReadySeconds: How long a new pod must be ready before it counts as available; 0 by
            default.
          revisionHistoryLimit: How many old ReplicaSets are kept to roll back to; 10 by default.
          paused: Whether changes of the template wait; false by default.
          progressDeadlineSeconds: After how many seconds without progress the condition Progressing
            becomes False; 600 by default. Nothing is rolled back.
        DeploymentStrategy: How old pods are replaced by new ones.
          type: RollingUpdate (default) replaces them step by step, Recreate ends all before it
            makes new ones.
          rollingUpdate: The size of the steps; only with RollingUpdate.
        RollingUpdateDeployment: How far the number of pods may deviate during a rollout.
          maxUnavailable: How many pods may be missing: a number or a percentage of `replicas`,
            rounded down; 25% by default. It and `maxSurge` are not both 0.
          maxSurge: How many pods there may be in addition: a number or a percentage of `replicas`,
            rounded up; 25% by default.
        DeploymentStatus: How far the rollout is.
          replicas: How many pods there are.
          updatedReplicas: How many of them have the newest template.
          readyReplicas: How many are ready.
          availableReplicas: How many have been ready for `minReadySeconds`.
          unavailableReplicas: How many are missing or not available.
          terminatingReplicas: How many are being ended.
        ReplicaSet: Keeps a number of equal pods running; mostly a Deployment makes one for each
            version of its template.
        ReplicaSetSpec: How many pods shall run, and of what.
          replicas: How many pods shall run; 1 by default.
          minReadySeconds: How long a new pod must be ready before it counts as available; 0 by
            default.
          selector: The pods that belong to it; it must match the template's labels and never
            changes.
          template: What new pods are made of; a change does not touch those that are there.
        ReplicaSetStatus: How many pods there are.
          replicas: How many pods there are.
          fullyLabeledReplicas: How many of them have all labels of the template.
          readyReplicas: How many are ready.
          availableReplicas: How many have been ready for `minReadySeconds`.
          terminatingReplicas: How many are being ended.
        StatefulSet: Keeps pods with lasting names running, NAME-0, NAME-1 and so on, each with its
            own claims.
        StatefulSetSpec: How many pods shall run, of what, with which storage. Only replicas,
            template, ordinals, update strategy, history, retention of claims and `minReadySeconds`
            can change.
          replicas: How many pods shall run; 1 by default.
          selector: The pods that belong to it; it must match the template's labels and never
            changes.
          template: What the pods are made of; each gets its name as host name. Its `restartPolicy`
            is Always.
          volumeClaimTemplates: Claims that each pod gets for itself, named TEMPLATE-POD; a volume
            of the same name in the template is replaced.
          serviceName: The headless service that gives the pods their names in DNS, POD.SERVICE; it
            must be made by you. It never changes.
          podManagementPolicy: OrderedReady (default) starts and ends one pod at a time, in order;
            Parallel all at once. It never changes.
          updateStrategy: What a change of the template means for the pods that are there.
          revisionHistoryLimit: How many old versions of the template are kept to roll back to; 10
            by default.
          minReadySeconds: How long a new pod must be ready before it counts as available; 0 by
            default.
          persistentVolumeClaimRetentionPolicy: What happens to the claims of pods that are no
            longer wanted.
          ordinals: How pods are numbered.
        StatefulSetUpdateStrategy: How pods are replaced when the template changes.
          type: RollingUpdate (default) replaces them from the highest number down; OnDelete waits
            until somebody deletes them.
          rollingUpdate: Which pods, and how many at once; only with RollingUpdate.
        RollingUpdateStatefulSetStrategy: Which pods are replaced, and how many at once.
          partition: Only pods with this number or a higher one are replaced; 0 by default.
          maxUnavailable: How many pods may be missing meanwhile: a number or a percentage, rounded
            up; 1 by default and never 0.
        StatefulSetPersistentVolumeClaimRetentionPolicy: What happens to claims that were made from
            `volumeClaimTemplates`.
          whenDeleted: When the set is deleted: Retain (default) or Delete.
          whenScaled: When there are to be fewer pods: Retain (default) or Delete those of the pods
            that go.
        StatefulSetOrdinals: How the pods of a StatefulSet are numbered.
          start: The first number; 0 by default.
        StatefulSetStatus: How far the set is.
          replicas: How many pods there are.
          readyReplicas: How many are ready.
          currentReplicas: How many have the version `currentRevision`.
          updatedReplicas: How many have the version `updateRevision`.
          currentRevision: The version that pods had before the update.
          updateRevision: The version that pods get by the update.
          availableReplicas: How many have been ready for `minReadySeconds`.
        DaemonSet: Keeps one pod running on each node that it chooses; here there is one node.
        DaemonSetSpec: What runs on each node, and how it is replaced.
          selector: The pods that belong to it; it must match the template's labels and never
            changes.
          template: What the pods are made of. Its `nodeSelector` and affinity choose the nodes, and
            its `restartPolicy` is Always.
          updateStrategy: What a change of the template means for the pods that are there.
          minReadySeconds: How long a new pod must be ready before it counts as available; 0 by
            default.
          revisionHistoryLimit: How many old versions of the template are kept to roll back to; 10
            by default.
        DaemonSetUpdateStrategy: How pods are replaced when the template changes.
          type: RollingUpdate (default) replaces them step by step; OnDelete waits until somebody
            deletes them.
          rollingUpdate: The size of the steps; only with RollingUpdate.
        RollingUpdateDaemonSet: On how many nodes there may be no pod, or two, during an update; one
            of the two is 0.
          maxUnavailable: On how many nodes the pod may be missing: a number or a percentage,
            rounded up; 1 by default, unless `maxSurge` is set.
          maxSurge: On how many nodes the new pod may start before the old one ends: a number or a
            percentage, rounded up; 0 by default.
        DaemonSetStatus: How far the set is.
          currentNumberScheduled: How many nodes run the pod and should.
          numberMisscheduled: How many nodes run the pod and should not.
          desiredNumberScheduled: How many nodes should run the pod.
          numberReady: On how many it is ready.
          updatedNumberScheduled: On how many it has the newest template.
          numberAvailable: On how many it has been ready for `minReadySeconds`.
          numberUnavailable: On how many it is missing or not available.
        ControllerRevision: A version of a template, kept by a StatefulSet or DaemonSet to roll back
            to.
          data: What the version consists of; it never changes.
          revision: The version's number; a higher one is newer.
        """
}
