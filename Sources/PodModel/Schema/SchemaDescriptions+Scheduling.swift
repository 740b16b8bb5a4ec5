extension SchemaDescriptions {
    /// Where pods are placed: one node is there to be chosen, or not.
    static let schedulingTexts = """
        Toleration: A taint that does not keep a pod away, or does so only for a while.
          key: The taint's key; empty, with the operator Exists, means every taint.
          operator: How the value is compared: Equal (default), Exists for any value, Lt or Gt for
            numbers.
          value: What the taint's value is compared with; empty with Exists.
          effect: The effect that is tolerated: NoSchedule, PreferNoSchedule or NoExecute; empty
            means all.
          tolerationSeconds: How long a NoExecute taint is tolerated before the pod is evicted;
            forever by default. Only with the effect NoExecute.
        TopologySpreadConstraint: How far the numbers of matching pods in different places may be
            apart.
          maxSkew: How many more pods one place may have than the place with the fewest; at least 1.
          topologyKey: The label of nodes whose values tell places apart, such as
            topology.kubernetes.io/zone.
          whenUnsatisfiable: What happens if no place fits: DoNotSchedule, or ScheduleAnyway where
            it skews least.
          labelSelector: The pods that are counted.
          minDomains: If fewer places have room, the smallest number counts as 0; only with
            DoNotSchedule, 1 by default.
          nodeAffinityPolicy: Whether nodes that the pod's affinity and selector exclude are left
            out: Honor (default) or Ignore.
          nodeTaintsPolicy: Whether nodes with taints that the pod does not tolerate are left out:
            Honor or Ignore (default).
          matchLabelKeys: Keys of labels of which the pod's own values are added to the selector,
            such as pod-template-hash.
        Affinity: Which nodes a pod wants, and which pods it wants near or far.
          nodeAffinity: The nodes that the pod wants.
          podAffinity: The pods that it wants in the same place.
          podAntiAffinity: The pods that it does not want in the same place.
        NodeAffinity: The nodes that a pod must have, and those that it would like. They count when
            it is placed, not later.
          requiredDuringSchedulingIgnoredDuringExecution: Which nodes are possible at all.
          preferredDuringSchedulingIgnoredDuringExecution: Which of the possible nodes are better.
        NodeSelector: Nodes that fulfil at least one of several terms.
          nodeSelectorTerms: The terms; one of them must hold.
        NodeSelectorTerm: Conditions on a node that must all hold; a term without any chooses no
            node.
          matchExpressions: Conditions on the node's labels.
          matchFields: Conditions on the node's fields; only metadata.name, with one value.
        NodeSelectorRequirement: One condition on a label or a field of a node.
          key: The label, or the field.
          operator: In, NotIn, Exists, DoesNotExist, or Gt and Lt, which compare whole numbers.
          values: At least one for In and NotIn, none for Exists and DoesNotExist, one for Gt and
            Lt.
        PreferredSchedulingTerm: Nodes that are better than others.
          weight: How much better, from 1 to 100; the weights of all terms that hold are added.
          preference: Which nodes these are.
        PodAffinity: The pods that must be near or far, and those that better were. They count when
            the pod is placed.
          requiredDuringSchedulingIgnoredDuringExecution: What must hold for a place; all of it.
          preferredDuringSchedulingIgnoredDuringExecution: What makes a place better.
        WeightedPodAffinityTerm: Pods whose nearness or distance is welcome.
          weight: How welcome, from 1 to 100; the weights of all terms that hold are added.
          podAffinityTerm: Which pods, and what counts as the same place.
        PodAffinityTerm: Pods, and what counts as the same place as theirs.
          labelSelector: The pods that are meant; without it none.
          namespaces: The namespaces that they are in; without this and `namespaceSelector` the
            pod's own.
          topologyKey: The label of nodes whose value is the same in the same place.
          namespaceSelector: Namespaces by their labels, besides those of `namespaces`; an empty one
            means all.
          matchLabelKeys: Keys of labels in which the pods must have the same values as this one.
          mismatchLabelKeys: Keys of labels in which the pods must have other values than this one.
        """
}
