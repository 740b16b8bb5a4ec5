extension SchemaDescriptions {
    /// Volumes that this machine can mount, and claims for them.
    static let volumeTexts = """
        Volume: Something that containers of a pod can mount; one of the sources, or an empty
            directory if none is named.
          +VolumeSource
          name: What mounts call it; a DNS label that no other volume of the pod has.
        VolumeSource: Where a volume's content comes from; exactly one of the fields.
          hostPath: A file or directory of the node.
          emptyDir: A new directory that lives as long as the pod.
          secret: The keys of a Secret as files, in memory.
          persistentVolumeClaim: Storage that lives longer than the pod.
          downwardAPI: Fields of the pod as files.
          configMap: The keys of a ConfigMap as files.
          projected: Several sources in one directory.
          ephemeral: Storage of a claim that is made for the pod and goes with it.
          image: The files of an image, read-only.
          nfs: A directory of an NFS server.
          csi: Storage that a CSI driver makes for the pod.
          gcePersistentDisk: A disk of Google Compute Engine.
          awsElasticBlockStore: A disk of Amazon EBS.
          gitRepo: A clone of a git repository.
          iscsi: A disk of an iSCSI target.
          glusterfs: A volume of GlusterFS.
          rbd: A block device of Ceph.
          flexVolume: Storage of a FlexVolume driver.
          cinder: A disk of OpenStack Cinder.
          cephfs: A directory of CephFS.
          flocker: A data set of Flocker.
          fc: A disk of Fibre Channel.
          azureFile: A file share of Azure.
          vsphereVolume: A disk of vSphere.
          quobyte: A volume of Quobyte.
          azureDisk: A disk of Azure.
          photonPersistentDisk: A disk of Photon Controller.
          portworxVolume: A volume of Portworx.
          scaleIO: A volume of ScaleIO.
          storageos: A volume of StorageOS.
        HostPathVolumeSource: A file or directory of the node, with all that the node's user rights
            allow.
          path: Its path on the node, without `..`.
          type: What must be there: nothing is checked by default; Directory, File, Socket,
            CharDevice or BlockDevice must exist, DirectoryOrCreate and FileOrCreate are made.
        EmptyDirVolumeSource: A new directory for the pod; it survives restarts of containers and
            goes with the pod.
          medium: Where it is: on the node's disk by default; Memory, counted as memory of the
            containers; or HugePages, or HugePages- with a size.
          sizeLimit: How much it may hold before the pod is evicted; no limit by default. In memory
            it is the size of the file system.
        SecretVolumeSource: Files with the values of a Secret; they follow its changes.
          secretName: The Secret, in the pod's namespace.
          items: Which keys become files, and where; by default every key, under its own name.
          optional: Whether the pod starts if the Secret or a key of `items` is missing; false by
            default.
        ConfigMapVolumeSource: Files with the values of a ConfigMap; they follow its changes.
          name: The ConfigMap, in the pod's namespace.
          items: Which keys become files, and where; by default every key, under its own name.
          optional: Whether the pod starts if the ConfigMap or a key of `items` is missing; false by
            default.
        KeyToPath: A key that becomes a file.
          key: The key.
          path: The file, relative to the volume and without `..`.
          mode: The file's permissions, 0 to 0777; by default the volume's `defaultMode`. JSON knows
            decimal numbers only: 420 is 0644.
        DownwardAPIVolumeSource: Files with fields of the pod; labels and annotations follow their
            changes.
          items: The files.
        DownwardAPIVolumeFile: A file with a field of the pod or a resource of a container; one of
            the two.
          path: The file, relative to the volume and without `..`.
          fieldRef: A field of the pod: its name, namespace, UID, labels or annotations.
          resourceFieldRef: A request or limit of a container, which must be named.
          mode: The file's permissions, 0 to 0777; by default the volume's `defaultMode`.
        ProjectedVolumeSource: A directory with files of several sources.
          sources: The sources; no two files may have the same path.
        VolumeProjection: One source of a projected volume; exactly one of the fields.
          secret: The keys of a Secret.
          downwardAPI: Fields of the pod.
          configMap: The keys of a ConfigMap.
          serviceAccountToken: A token of the pod's service account.
          clusterTrustBundle: Certificates of authorities that the cluster publishes.
          podCertificate: A key, and a certificate that is made for the pod.
        Projection: Files with the values of a ConfigMap or Secret of the pod's namespace.
          name: The object's name.
          items: Which keys become files, and where; by default every key, under its own name.
          optional: Whether the pod starts if the object or a key of `items` is missing; false by
            default.
        DownwardAPIProjection: Files with fields of the pod.
          items: The files.
        ServiceAccountTokenProjection: A file with a token of the pod's service account.
          audience: Whom the token is meant for; by default the API server.
          expirationSeconds: How long the token shall hold, at least 600 seconds; 3600 by default.
          path: The file, relative to the volume and without `..`.
        ClusterTrustBundleProjection: A file with certificates; it cannot be served on this machine,
            and the pod stays Pending.
          name: One ClusterTrustBundle; not together with `signerName`.
          signerName: All ClusterTrustBundles of that signer.
          labelSelector: Which bundles of the signer are meant; without it none, an empty one means
            all.
          optional: Whether the pod starts if there is no such bundle; false by default.
          path: The file, relative to the volume and without `..`.
        PodCertificateProjection: A key and a certificate; it cannot be served on this machine, and
            the pod stays Pending.
          signerName: Who signs the certificate.
          keyType: The kind of key: RSA3072, RSA4096, ECDSAP256, ECDSAP384, ECDSAP521 or ED25519.
          maxExpirationSeconds: How long the certificate may hold at most, at least 3600 seconds;
            86400 by default.
          credentialBundlePath: A file with key and certificates together, which change at once.
          keyPath: A file with the key alone.
          certificateChainPath: A file with the certificates alone.
          userAnnotations: What the signer is told besides; each signer has its own rules for it.
        PersistentVolumeClaimVolumeSource: The storage of a claim.
          claimName: The PersistentVolumeClaim, in the pod's namespace.
        ImageVolumeSource: The files of an image, pulled before the containers start.
          reference: The image, as in a container.
          pullPolicy: When it is pulled: Always, IfNotPresent or Never. The default is Always for
            the tag latest or none, else IfNotPresent.
        EphemeralVolumeSource: Storage that is made for one pod and goes with it; here a directory
            of the pod, without a claim object.
          volumeClaimTemplate: The claim that would be made.
        PersistentVolumeClaimTemplate: The claim that is made for a pod, named after pod and volume.
          metadata: Labels and annotations that the claim gets.
          spec: What is claimed.
        PersistentVolumeClaim: A wish for storage that outlives pods. Here a claim is a directory of
            the node, bound as soon as it is made.
          spec: What is wanted; after creation only `resources` and `volumeAttributesClassName` may
            change.
        PersistentVolumeClaimSpec: What storage is wanted, and how it is used.
          accessModes: How it may be mounted, at least one: ReadWriteOnce, ReadOnlyMany,
            ReadWriteMany, or ReadWriteOncePod alone.
          selector: Which volumes may be bound to the claim.
          resources: How much storage is wanted: requests.storage is needed.
          volumeName: The volume that is bound to the claim. The engine sets it.
          storageClassName: The class of storage; left out it means the default class, and empty
            none.
          volumeMode: Filesystem (default) or Block, which this engine refuses.
          dataSource: What the storage is filled from: a snapshot or another claim. It has no effect
            here.
          dataSourceRef: Like `dataSource`, for any kind of object and other namespaces.
          volumeAttributesClassName: The class of attributes that the driver gives the volume, such
            as its speed. It has no effect here.
        VolumeResourceRequirements: How much storage is wanted.
          limits: The most that the volume may have.
          requests: The least that the volume must have, under the name storage.
        TypedReference: An object of any kind, by name.
          apiGroup: The group of its kind; empty for the core.
          kind: Its kind.
          name: Its name.
          namespace: Its namespace; by default the claim's.
        PersistentVolumeClaimStatus: How far the claim is.
          phase: Pending, Bound, or Lost if its volume is gone.
          accessModes: How the bound volume may be mounted.
          capacity: How much the bound volume holds.
          allocatedResources: How much is set aside while the volume grows.
          allocatedResourceStatuses: How far the growing is, by resource.
          currentVolumeAttributesClassName: The class of attributes that the volume has now.
          modifyVolumeStatus: How far the change to another class of attributes is.
        PersistentVolume: Storage of the cluster that claims can be bound to.
        PersistentVolumeSpec: What the storage is; exactly one of hostPath, local, nfs and csi,
            which never changes.
          capacity: How much it holds, under the name storage.
          accessModes: How it may be mounted: ReadWriteOnce, ReadOnlyMany, ReadWriteMany or
            ReadWriteOncePod.
          claimRef: The claim that the volume is bound to.
          persistentVolumeReclaimPolicy: What happens to it once its claim is gone: Retain
            (default), Delete or Recycle.
          storageClassName: The class that claims must ask for; empty means none.
          mountOptions: Options of mount, if the kind of volume takes any.
          volumeMode: Filesystem (default) or Block.
          volumeAttributesClassName: The class of attributes of the volume.
          nodeAffinity: The nodes that can reach it.
          hostPath: A directory of the node.
          local: A disk or directory of the node.
          nfs: A directory of an NFS server; it cannot be mounted here.
          csi: Storage of a CSI driver; it cannot be mounted here.
        LocalVolumeSource: A disk, partition or directory of a node.
          path: Its path on the node, without `..`.
          fsType: The file system of a disk; found out by default.
        PersistentVolumeStatus: How far the volume is.
          phase: Pending, Available, Bound, Released or Failed.
          message: More about the phase, for people.
          reason: Why it failed, in one word.
          lastPhaseTransitionTime: When the phase changed last.
        """
}
