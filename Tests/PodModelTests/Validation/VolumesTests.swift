import Testing

@Suite("Volumes") struct VolumesTests {
    static let table = [
        Case(
            "one name twice",
            pod(
                spec: """
                    volumes:
                    - name: v
                    - name: v
                    """
            ),
            "8:5 spec.volumes[1].name: Duplicate value: \"v\"; give every volume of the pod its own name"
        ),
        Case(
            "a name that is no label",
            pod(
                spec: """
                    volumes:
                    - name: My Volume
                    """
            ),
            "7:5 spec.volumes[0].name: Invalid value: \"My Volume\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?'); write \"my-volume\""
        ),
        Case(
            "two kinds",
            pod(
                spec: """
                    volumes:
                    - {name: v, emptyDir: {}, hostPath: {path: /a}}
                    """
            ),
            "7:29 spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type; keep one of emptyDir, hostPath"
        ),
        Case(
            "what a kind needs",
            pod(
                spec: """
                    volumes:
                    - {name: a, hostPath: {}}
                    - {name: b, configMap: {}}
                    - {name: c, secret: {}}
                    - {name: d, persistentVolumeClaim: {}}
                    - {name: e, image: {}}
                    """
            ),
            "7:15 spec.volumes[0].hostPath.path: Required value; add \"path\" to spec.volumes[0].hostPath",
            "8:15 spec.volumes[1].configMap.name: Required value; add \"name\" to spec.volumes[1].configMap",
            "9:15 spec.volumes[2].secret.secretName: Required value; add \"secretName\" to spec.volumes[2].secret",
            "10:15 spec.volumes[3].persistentVolumeClaim.claimName: Required value; add \"claimName\" to spec.volumes[3].persistentVolumeClaim",
            "11:15 spec.volumes[4].image.reference: Required value; set it"
        ),
        Case(
            "emptyDir",
            pod(
                spec: """
                    volumes:
                    - {name: a, emptyDir: {medium: Disk}}
                    - {name: b, emptyDir: {medium: HugePages-2Mi, sizeLimit: 1Gi}}
                    - {name: c, emptyDir: {sizeLimit: -1}}
                    """
            ),
            "7:26 spec.volumes[0].emptyDir.medium: Unsupported value: \"Disk\": supported values: \"\", \"HugePages\", \"Memory\"; use one of these",
            "9:26 spec.volumes[2].emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity; remove it"
        ),
        Case(
            "hostPath",
            pod(
                spec: """
                    volumes:
                    - {name: a, hostPath: {path: /a/../b}}
                    - {name: b, hostPath: {path: /b, type: Dir}}
                    """
            ),
            "7:26 spec.volumes[0].hostPath.path: Invalid value: \"/a/../b\": must not contain '..'; write the path without ..",
            "8:36 spec.volumes[1].hostPath.type: Unsupported value: \"Dir\": supported values: \"\", \"BlockDevice\", \"CharDevice\", \"Directory\", \"DirectoryOrCreate\", \"File\", \"FileOrCreate\", \"Socket\"; use one of these"
        ),
        Case(
            "modes",
            pod(
                spec: """
                    volumes:
                    - {name: a, configMap: {name: c, defaultMode: 644}}
                    - {name: b, secret: {secretName: s, defaultMode: 0644, items: [{key: k, path: p, mode: 888}]}}
                    """
            ),
            "7:36 spec.volumes[0].configMap.defaultMode: Invalid value: 644: must be a number between 0 and 0777 (octal), both inclusive; write it in octal: 0644",
            "8:84 spec.volumes[1].secret.items[0].mode: Invalid value: 888: must be a number between 0 and 0777 (octal), both inclusive; write it in octal, such as 0644"
        ),
        Case(
            "items",
            pod(
                spec: """
                    volumes:
                    - name: a
                      configMap:
                        name: c
                        items:
                        - {key: k, path: /abs}
                        - {key: k, path: a/../b}
                        - {key: k, path: ..data}
                        - {key: k}
                    """
            ),
            "14:9 spec.volumes[0].configMap.items[3].path: Required value; add \"path\" to spec.volumes[0].configMap.items[3]",
            "11:18 spec.volumes[0].configMap.items[0].path: Invalid value: \"/abs\": must be a relative path; write a path inside the volume",
            "12:18 spec.volumes[0].configMap.items[1].path: Invalid value: \"a/../b\": must not contain '..'; write a path inside the volume",
            "13:18 spec.volumes[0].configMap.items[2].path: Invalid value: \"..data\": must not start with '..'; write a path inside the volume"
        ),
        Case(
            "downwardAPI",
            pod(
                spec: """
                    volumes:
                    - name: a
                      downwardAPI:
                        items:
                        - {path: a, fieldRef: {fieldPath: metadata.labels}}
                        - {path: b, fieldRef: {fieldPath: status.podIP}}
                        - {path: c, resourceFieldRef: {resource: limits.cpu}}
                        - {path: d}
                        - {path: e, fieldRef: {fieldPath: metadata.name}, resourceFieldRef: {resource: limits.cpu, containerName: app}}
                    """
            ),
            "11:30 spec.volumes[0].downwardAPI.items[1].fieldRef.fieldPath: Unsupported value: \"status.podIP\": supported values: \"metadata.annotations\", \"metadata.labels\", \"metadata.name\", \"metadata.namespace\", \"metadata.uid\"; use one of these",
            "12:19 spec.volumes[0].downwardAPI.items[2].resourceFieldRef.containerName: Required value; name the container",
            "13:9 spec.volumes[0].downwardAPI.items[3]: Required value: one of fieldRef and resourceFieldRef is required; add one of the two",
            "14:9 spec.volumes[0].downwardAPI.items[4]: Invalid value: \"resource\": fieldRef and resourceFieldRef can not be specified simultaneously; keep one of the two"
        ),
        Case(
            "projected",
            pod(
                spec: """
                    volumes:
                    - name: a
                      projected:
                        sources:
                        - {secret: {name: s, items: [{key: k, path: same}]}}
                        - {configMap: {name: c, items: [{key: k, path: same}]}}
                        - {serviceAccountToken: {path: t, expirationSeconds: 60}}
                        - {secret: {name: s}, configMap: {name: c}}
                        - {}
                    """
            ),
            "11:48 spec.volumes[0].projected.sources[1].configMap.items[0].path: Invalid value: \"same\": conflicting duplicate paths; choose another path",
            "12:41 spec.volumes[0].projected.sources[2].serviceAccountToken.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes; choose 600 or more",
            "13:9 spec.volumes[0].projected.sources[3]: Forbidden: may not specify more than 1 volume type per source; give each its own entry of the list",
            "14:9 spec.volumes[0].projected.sources[4]: Required value: must specify a source type; add one of secret, configMap, downwardAPI, serviceAccountToken"
        ),
        Case(
            "kinds that this machine cannot serve",
            pod(
                spec: """
                    volumes:
                    - {name: a, nfs: {server: s, path: p}}
                    - {name: b, csi: {driver: d}}
                    - {name: c, projected: {sources: [{clusterTrustBundle: {name: n, path: p}}]}}
                    """
            ),
            "7:32 spec.volumes[0].nfs.path: Invalid value: \"p\": must be an absolute path; begin it with /",
            "7:15 warning: spec.volumes[0].nfs: nfs volumes cannot be mounted on this machine: the pod will stay Pending; use a persistentVolumeClaim or a hostPath here",
            "8:15 warning: spec.volumes[1].csi: csi volumes cannot be mounted on this machine: the pod will stay Pending; use a persistentVolumeClaim or a hostPath here",
            "9:38 warning: spec.volumes[2].projected.sources[0].clusterTrustBundle: clusterTrustBundle cannot be served on this machine: the pod will stay Pending"
        ),
        Case(
            "a claim made for the pod",
            pod(
                spec: """
                    volumes:
                    - {name: a, ephemeral: {volumeClaimTemplate: {spec: {resources: {}}}}}
                    """
            ),
            "7:49 spec.volumes[0].ephemeral.volumeClaimTemplate.spec.accessModes: Required value: at least 1 access mode is required; write [ReadWriteOnce]",
            "7:56 spec.volumes[0].ephemeral.volumeClaimTemplate.spec.resources.requests.storage: Required value; say how much is needed, such as 1Gi"
        ),
    ]

    @Test(arguments: table)
    func `every finding has its place, its words and its remedy`(example: Case) throws {
        #expect(try findings(example.text, kind: example.kind) == example.expected)
    }
}
