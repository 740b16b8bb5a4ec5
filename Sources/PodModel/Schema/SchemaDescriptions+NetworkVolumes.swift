extension SchemaDescriptions {
    /// Volumes of networks and clouds: they are accepted, and cannot be mounted on this machine.
    static let networkVolumeTexts = """
        NFSVolumeSource: A directory of an NFS server; it cannot be mounted here, and the pod stays
            Pending.
          server: The server's name or address.
          path: The exported directory; an absolute path.
        CSIVolumeSource: Storage that a CSI driver makes for the pod; it cannot be mounted here, and
            the pod stays Pending.
          driver: The driver's name.
          fsType: The file system; by default the driver chooses.
          volumeAttributes: Settings for the driver.
          nodePublishSecretRef: The Secret that the driver gets.
        GCEPersistentDiskVolumeSource: A disk of Google Compute Engine, superseded by CSI; it cannot
            be mounted here.
          pdName: The disk's name.
        AWSElasticBlockStoreVolumeSource: A disk of Amazon EBS, superseded by CSI; it cannot be
            mounted here.
          volumeID: The disk's ID.
        GitRepoVolumeSource: A clone of a git repository, disabled upstream; it cannot be mounted
            here: let an init container clone into an `emptyDir`.
          repository: The repository's URL.
          revision: The commit to check out.
          directory: Where in the volume the files go, without `..`; by default a directory with the
            repository's name.
        ISCSIVolumeSource: A disk of an iSCSI target; it cannot be mounted here.
          targetPortal: The portal's address, with the port unless it is 860 or 3260.
          iqn: The target's qualified name.
          lun: The number of the unit in the target.
          iscsiInterface: The iSCSI interface that is used; the one named default unless it is set.
          portals: More portals of the target, for several paths.
          chapAuthDiscovery: Whether discovery uses CHAP.
          chapAuthSession: Whether sessions use CHAP.
          initiatorName: The initiator's qualified name, in place of the node's.
        GlusterfsVolumeSource: A volume of GlusterFS, retired; it cannot be mounted here.
          endpoints: The Endpoints object with the servers' addresses.
          path: The volume's name.
        RBDVolumeSource: A block device of Ceph, superseded by CSI; it cannot be mounted here.
          monitors: The addresses of Ceph's monitors.
          image: The device's name.
          pool: The pool that it is in; rbd by default.
          user: The user; admin by default.
          keyring: The file of the node with the user's key; /etc/ceph/keyring by default.
        FlexVolumeSource: Storage of a FlexVolume driver, superseded by CSI; it cannot be mounted
            here.
          driver: The driver's name.
          options: Settings for the driver.
        CinderVolumeSource: A disk of OpenStack Cinder, superseded by CSI; it cannot be mounted
            here.
          volumeID: The disk's ID.
        CephFSVolumeSource: A directory of CephFS, superseded by CSI; it cannot be mounted here.
          monitors: The addresses of Ceph's monitors.
          path: The directory in the file system; / by default.
          user: The user; admin by default.
          secretFile: The file of the node with the user's key; /etc/ceph/user.secret by default.
        FlockerVolumeSource: A data set of Flocker, retired; it cannot be mounted here.
          datasetName: The data set's name; superseded by `datasetUUID`.
          datasetUUID: The data set's ID.
        FCVolumeSource: A disk of Fibre Channel; it cannot be mounted here.
          targetWWNs: The world wide names of the targets, together with `lun`.
          lun: The number of the unit.
          wwids: The disk's world wide identifiers, in place of the two others.
        AzureFileVolumeSource: A file share of Azure, superseded by CSI; it cannot be mounted here.
          secretName: The Secret with the name and key of the storage account.
          shareName: The share's name.
        VsphereVirtualDiskVolumeSource: A disk of vSphere, superseded by CSI; it cannot be mounted
            here.
          volumePath: The path of the disk's file.
          storagePolicyName: The name of its storage policy.
          storagePolicyID: The ID of its storage policy.
        QuobyteVolumeSource: A volume of Quobyte, retired; it cannot be mounted here.
          registry: The addresses of Quobyte's registries, separated by commas.
          volume: The volume's name.
          user: The user that it is mounted as; by default the service's.
          group: The group that it is mounted as; by default none.
          tenant: The tenant that the volume belongs to.
        AzureDiskVolumeSource: A disk of Azure, superseded by CSI; it cannot be mounted here.
          diskName: The disk's name.
          diskURI: The disk's address.
          cachingMode: What the host caches: None, ReadOnly or ReadWrite (default).
          fsType: The file system; ext4 by default.
          kind: Shared (default) or Dedicated for blobs, Managed for managed disks.
        PhotonPersistentDiskVolumeSource: A disk of Photon Controller, retired; it cannot be mounted
            here.
          pdID: The disk's ID.
        PortworxVolumeSource: A volume of Portworx, superseded by CSI; it cannot be mounted here.
          volumeID: The volume's ID.
        ScaleIOVolumeSource: A volume of ScaleIO, retired; it cannot be mounted here.
          gateway: The address of the gateway.
          system: The name of the storage system.
          sslEnabled: Whether the gateway is spoken to over TLS; false by default.
          protectionDomain: The protection domain of the storage.
          storagePool: The pool of the protection domain.
          storageMode: ThickProvisioned or ThinProvisioned (default).
          volumeName: The volume's name.
          fsType: The file system; xfs by default.
        StorageOSVolumeSource: A volume of StorageOS, retired; it cannot be mounted here.
          volumeName: The volume's name.
          volumeNamespace: The namespace of StorageOS that it is in; by default the pod's.
        """
}
