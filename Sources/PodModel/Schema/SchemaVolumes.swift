extension Schema {
    /// The types of volumes, as core/v1 of v1.36 has them; see `Schema` for the notation.
    static let volumeTypes = """
        Volume
          name string!
          +VolumeSource
        VolumeSource
          hostPath HostPathVolumeSource
          emptyDir EmptyDirVolumeSource
          gcePersistentDisk GCEPersistentDiskVolumeSource
          awsElasticBlockStore AWSElasticBlockStoreVolumeSource
          gitRepo GitRepoVolumeSource
          secret SecretVolumeSource
          nfs NFSVolumeSource
          iscsi ISCSIVolumeSource
          glusterfs GlusterfsVolumeSource
          persistentVolumeClaim PersistentVolumeClaimVolumeSource
          rbd RBDVolumeSource
          flexVolume FlexVolumeSource
          cinder CinderVolumeSource
          cephfs CephFSVolumeSource
          flocker FlockerVolumeSource
          downwardAPI DownwardAPIVolumeSource
          fc FCVolumeSource
          azureFile AzureFileVolumeSource
          configMap ConfigMapVolumeSource
          vsphereVolume VsphereVirtualDiskVolumeSource
          quobyte QuobyteVolumeSource
          azureDisk AzureDiskVolumeSource
          photonPersistentDisk PhotonPersistentDiskVolumeSource
          projected ProjectedVolumeSource
          portworxVolume PortworxVolumeSource
          scaleIO ScaleIOVolumeSource
          storageos StorageOSVolumeSource
          csi CSIVolumeSource
          ephemeral EphemeralVolumeSource
          image ImageVolumeSource
        HostPathVolumeSource
          path string!
          type string
        EmptyDirVolumeSource
          medium string
          sizeLimit quantity
        SecretVolumeSource
          secretName string!
          items [KeyToPath]
          defaultMode int
          optional bool
        ConfigMapVolumeSource
          name string!
          items [KeyToPath]
          defaultMode int
          optional bool
        KeyToPath
          key string!
          path string!
          mode int
        DownwardAPIVolumeSource
          items [DownwardAPIVolumeFile]
          defaultMode int
        DownwardAPIVolumeFile
          path string!
          fieldRef ObjectFieldSelector
          resourceFieldRef ResourceFieldSelector
          mode int
        ProjectedVolumeSource
          sources [VolumeProjection]
          defaultMode int
        VolumeProjection
          secret Projection
          downwardAPI DownwardAPIProjection
          configMap Projection
          serviceAccountToken ServiceAccountTokenProjection
          clusterTrustBundle ClusterTrustBundleProjection
          podCertificate PodCertificateProjection
        Projection
          name string!
          items [KeyToPath]
          optional bool
        DownwardAPIProjection
          items [DownwardAPIVolumeFile]
        ServiceAccountTokenProjection
          audience string
          expirationSeconds long
          path string!
        ClusterTrustBundleProjection
          name string
          signerName string
          labelSelector LabelSelector
          optional bool
          path string!
        PodCertificateProjection
          signerName string!
          keyType string!
          maxExpirationSeconds int
          credentialBundlePath string
          keyPath string
          certificateChainPath string
          userAnnotations {string}
        PersistentVolumeClaimVolumeSource
          claimName string!
          readOnly bool
        ImageVolumeSource
          reference string
          pullPolicy string
        EphemeralVolumeSource
          volumeClaimTemplate PersistentVolumeClaimTemplate!
        PersistentVolumeClaimTemplate
          metadata ObjectMeta
          spec PersistentVolumeClaimSpec!
        NFSVolumeSource
          server string!
          path string!
          readOnly bool
        CSIVolumeSource
          driver string!
          readOnly bool
          fsType string
          volumeAttributes {string}
          nodePublishSecretRef LocalObjectReference
        GCEPersistentDiskVolumeSource
          pdName string!
          fsType string
          partition int
          readOnly bool
        AWSElasticBlockStoreVolumeSource
          volumeID string!
          fsType string
          partition int
          readOnly bool
        GitRepoVolumeSource
          repository string!
          revision string
          directory string
        ISCSIVolumeSource
          targetPortal string!
          iqn string!
          lun int
          iscsiInterface string
          fsType string
          readOnly bool
          portals [string]
          chapAuthDiscovery bool
          chapAuthSession bool
          secretRef LocalObjectReference
          initiatorName string
        GlusterfsVolumeSource
          endpoints string!
          path string!
          readOnly bool
        RBDVolumeSource
          monitors [string]!
          image string!
          fsType string
          pool string
          user string
          keyring string
          secretRef LocalObjectReference
          readOnly bool
        FlexVolumeSource
          driver string!
          fsType string
          secretRef LocalObjectReference
          readOnly bool
          options {string}
        CinderVolumeSource
          volumeID string!
          fsType string
          readOnly bool
          secretRef LocalObjectReference
        CephFSVolumeSource
          monitors [string]!
          path string
          user string
          secretFile string
          secretRef LocalObjectReference
          readOnly bool
        FlockerVolumeSource
          datasetName string
          datasetUUID string
        FCVolumeSource
          targetWWNs [string]
          lun int
          fsType string
          readOnly bool
          wwids [string]
        AzureFileVolumeSource
          secretName string!
          shareName string!
          readOnly bool
        VsphereVirtualDiskVolumeSource
          volumePath string!
          fsType string
          storagePolicyName string
          storagePolicyID string
        QuobyteVolumeSource
          registry string!
          volume string!
          readOnly bool
          user string
          group string
          tenant string
        AzureDiskVolumeSource
          diskName string!
          diskURI string!
          cachingMode string
          fsType string
          readOnly bool
          kind string
        PhotonPersistentDiskVolumeSource
          pdID string!
          fsType string
        PortworxVolumeSource
          volumeID string!
          fsType string
          readOnly bool
        ScaleIOVolumeSource
          gateway string!
          system string!
          secretRef LocalObjectReference
          sslEnabled bool
          protectionDomain string
          storagePool string
          storageMode string
          volumeName string
          fsType string
          readOnly bool
        StorageOSVolumeSource
          volumeName string
          volumeNamespace string
          fsType string
          readOnly bool
          secretRef LocalObjectReference
        """
}
