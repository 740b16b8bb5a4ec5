extension SchemaDescriptions {
    /// Metadata, and the objects that pods use.
    static let objectTexts = """
        ObjectMeta: What all objects have: a name, labels, and what the server knows of their
            history.
          name: The object's name, unique among its kind in its namespace; it never changes.
          generateName: The beginning of a name that the server completes with five characters; only
            without `name`.
          namespace: The namespace that the object is in; it never changes. Kinds of the whole
            cluster have none.
          selfLink: The object's URL in old versions; it is no longer set.
          uid: What tells the object from another of the same name, made later; set by the server.
          resourceVersion: The version of the stored object; an update that names an older one is
            refused. Compare it for equality only.
          generation: A number that grows with each change of what is wanted; set by the server.
          creationTimestamp: When the object was created; set by the server.
          deletionTimestamp: When the object is to be gone; set by the server once its deletion has
            begun.
          deletionGracePeriodSeconds: How many seconds a deletion that has begun may take; it can
            only become shorter.
          labels: Short texts by which objects are chosen. Keys are names, with a domain and a slash
            before them if you like; values have at most 63 characters.
          annotations: Texts for programs and people, which choose nothing; 256 KiB in all.
          ownerReferences: The objects that this one belongs to; once all of them are gone it is
            deleted too.
          finalizers: Who must have done something before the object really goes; each takes itself
            out of the list.
          managedFields: Who has set which field; written by the server for server-side apply.
        OwnerReference: An object that another belongs to, in the same namespace or of the whole
            cluster.
          apiVersion: The group and version of the owner's kind.
          kind: The owner's kind.
          name: The owner's name.
          uid: The owner's UID; another object of the same name is not the owner.
          controller: Whether the owner manages the object; at most one does.
          blockOwnerDeletion: Whether a foreground deletion of the owner waits for the object to go;
            false by default.
        ManagedFieldsEntry: The fields that one client manages.
          manager: The client's name.
          operation: Apply for server-side apply, Update for everything else.
          apiVersion: The version that the fields are written in.
          time: When the client last changed the set of its fields.
          fieldsType: How the fields are written; FieldsV1 is the only form.
          fieldsV1: The fields, as a tree.
          subresource: The subresource that was written, such as status; empty for the object
            itself.
        LabelSelector: Chooses objects by their labels; all conditions must hold. An empty selector
            chooses all.
          matchLabels: Labels that must be there with these values.
          matchExpressions: Other conditions on labels.
        LabelSelectorRequirement: One condition on a label.
          key: The label's key.
          operator: In, NotIn, Exists or DoesNotExist. A label that is missing fulfils NotIn.
          values: At least one value for In and NotIn, none for the others.
        ObjectReference: Another object, or a part of it.
          kind: Its kind.
          namespace: Its namespace.
          name: Its name.
          uid: Its UID.
          apiVersion: The group and version of its kind.
          resourceVersion: The version of it that is meant.
          fieldPath: The part that is meant, such as `spec.containers{web}`.
        ConfigMap: Settings that pods read as files, variables or arguments. All of it together has
            at most 1 MiB.
          data: Texts by key; keys consist of letters, digits, hyphens, underscores and dots.
          binaryData: Bytes in base64 by key; no key may be in `data` as well.
          immutable: If true the content never changes, nor does this field; false by default.
        Secret: Passwords, keys and the like, which pods read as files or variables. All of it
            together has at most 1 MiB.
          type: What the Secret is for, which says what keys it must have; Opaque by default. It
            never changes.
          data: Values in base64 by key; keys consist of letters, digits, hyphens, underscores and
            dots.
          stringData: Values as plain text, for writing only: they go into `data`, in place of equal
            keys.
          immutable: If true the content never changes, nor does this field; false by default.
        Namespace: A room for names: objects of the same kind are told apart in it, limited and
            deleted together.
        NamespaceSpec: What must be done before a namespace goes.
          finalizers: Who must have tidied up first; kubernetes deletes the objects in it.
        NamespaceStatus: How far the namespace is.
          phase: Active, or Terminating while its objects are deleted.
        Event: Something that happened to an object. Events go after an hour.
          involvedObject: The object that it happened to.
          reason: What happened, in one word, such as Pulled.
          message: What happened, for people.
          source: Who saw it.
          firstTimestamp: When it happened first.
          lastTimestamp: When it happened last.
          count: How many times it happened.
          type: Normal or Warning.
          eventTime: When it happened, in events of the newer form.
          series: How often, in events of the newer form.
          action: What was done about it.
          related: Another object that has to do with it.
          reportingComponent: The program that reports it.
          reportingInstance: Which one, such as the node's name.
        EventSource: Who saw an event.
          component: The program.
          host: The node that it runs on.
        ServiceAccount: Who pods are towards the API.
          secrets: Secrets of the account. Pods need not be named here to use them.
          imagePullSecrets: Secrets with credentials for registries, for pods that name none.
          automountServiceAccountToken: Whether the account's token is mounted into its pods unless
            they say otherwise. This engine mounts none by itself.
        """
}
