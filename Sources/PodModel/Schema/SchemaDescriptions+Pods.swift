extension SchemaDescriptions {
    /// Pods and what they consist of.
    static let podTexts = """
        Pod: One or more containers that run together on the node and share a network.
        PodSpec: What a pod shall run, and how.
          containers: The containers that do the pod's work; at least one.
        """
}
