extension SchemaDescriptions {
    /// Fields that mean the same in every type that says nothing else.
    static let sharedTexts = """
        *: Fields that mean the same wherever they are.
          apiVersion: The group and version of the object's form, such as v1 or apps/v1.
          kind: What kind of object this is.
          metadata: The object's name, labels and history.
          spec: What is wanted.
          status: What is there; the engine writes it.
          conditions: What holds and what does not, one entry for each type.
          observedGeneration: The `metadata.generation` that this status is about; if it is older
            the last change has not been looked at yet.
          collisionCount: How often a name made from a hash was taken; it makes the next hash
            different.
          readOnly: Whether the volume is mounted read-only; false by default.
          fsType: The file system, such as ext4.
          partition: The number of the partition; 0, the default, means the whole disk.
          secretRef: The Secret with the credentials.
          defaultMode: The permissions of the files, 0 to 0777; 0644 by default. JSON knows decimal
            numbers only: 420 is 0644.
        """
}
