import Testing

@Suite("Volume mounts") struct MountsTests {
    static let table = [
        Case(
            "an unknown volume",
            pod(
                container: """
                    volumeMounts:
                    - {name: cache, mountPath: /c}
                    """,
                spec: """
                    volumes:
                    - {name: caches, emptyDir: {}}
                    """
            ),
            "7:8 spec.containers[0].volumeMounts[0].name: Not found: \"cache\"; did you mean \"caches\"?"
        ),
        Case(
            "an unknown volume with nothing like it",
            pod(
                container: """
                    volumeMounts:
                    - {name: cache, mountPath: /c}
                    """
            ),
            "7:8 spec.containers[0].volumeMounts[0].name: Not found: \"cache\"; add a volume of that name to spec.volumes"
        ),
        Case(
            "one path twice",
            pod(
                container: """
                    volumeMounts:
                    - {name: v, mountPath: /c}
                    - {name: v, mountPath: /c}
                    """,
                spec: """
                    volumes:
                    - name: v
                    """
            ),
            "8:17 spec.containers[0].volumeMounts[1].mountPath: Invalid value: \"/c\": must be unique; mount one of the two elsewhere"
        ),
        Case(
            "a colon in a path",
            pod(
                container: """
                    volumeMounts:
                    - {name: v, mountPath: '/c:d'}
                    """,
                spec: """
                    volumes:
                    - name: v
                    """
            ),
            "7:17 spec.containers[0].volumeMounts[0].mountPath: Invalid value: \"/c:d\": must not contain ':'; choose a path without a colon"
        ),
        Case(
            "paths inside the volume",
            pod(
                container: """
                    volumeMounts:
                    - {name: v, mountPath: /a, subPath: /abs}
                    - {name: v, mountPath: /b, subPath: a/../b}
                    - {name: v, mountPath: /c, subPath: a, subPathExpr: $(B)}
                    """,
                spec: """
                    volumes:
                    - name: v
                    """
            ),
            "7:32 spec.containers[0].volumeMounts[0].subPath: Invalid value: \"/abs\": must be a relative path; write a path inside the volume",
            "8:32 spec.containers[0].volumeMounts[1].subPath: Invalid value: \"a/../b\": must not contain '..'; write a path inside the volume",
            "9:44 spec.containers[0].volumeMounts[2].subPathExpr: Invalid value: \"$(B)\": subPathExpr and subPath are mutually exclusive; keep one of the two"
        ),
        Case(
            "propagation",
            pod(
                container: """
                    volumeMounts:
                    - {name: v, mountPath: /a, mountPropagation: Bidirectional}
                    - {name: v, mountPath: /b, mountPropagation: Both}
                    """,
                spec: """
                    volumes:
                    - name: v
                    """
            ),
            "7:32 spec.containers[0].volumeMounts[0].mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers; use HostToContainer, or make the container privileged",
            "8:32 spec.containers[0].volumeMounts[1].mountPropagation: Unsupported value: \"Both\": supported values: \"Bidirectional\", \"HostToContainer\", \"None\"; use one of these"
        ),
        Case(
            "propagation of a privileged container",
            pod(
                container: """
                    securityContext: {privileged: true}
                    volumeMounts:
                    - {name: v, mountPath: /a, mountPropagation: Bidirectional}
                    """,
                spec: """
                    volumes:
                    - name: v
                    """
            )
        ),
        Case(
            "recursive read-only",
            pod(
                container: """
                    volumeMounts:
                    - {name: v, mountPath: /a, recursiveReadOnly: Enabled}
                    - {name: v, mountPath: /b, readOnly: true, recursiveReadOnly: IfPossible, mountPropagation: HostToContainer}
                    - {name: v, mountPath: /c, recursiveReadOnly: Yes please}
                    """,
                spec: """
                    volumes:
                    - name: v
                    """
            ),
            "7:32 spec.containers[0].volumeMounts[0].recursiveReadOnly: Forbidden: may only be specified when readOnly is true; add readOnly: true",
            "8:48 spec.containers[0].volumeMounts[1].recursiveReadOnly: Forbidden: may only be specified when mountPropagation is None or not specified; remove it",
            "9:32 spec.containers[0].volumeMounts[2].recursiveReadOnly: Unsupported value: \"Yes please\": supported values: \"Disabled\", \"Enabled\", \"IfPossible\"; use one of these"
        ),
        Case(
            "devices",
            pod(
                container: """
                    volumeDevices:
                    - {name: v, devicePath: /dev/a}
                    - {name: w, devicePath: /dev/a}
                    - {name: x, devicePath: /dev/../b}
                    """,
                spec: """
                    volumes:
                    - name: v
                    - {name: w, persistentVolumeClaim: {claimName: w}}
                    """
            ),
            "7:8 spec.containers[0].volumeDevices[0].name: Invalid value: \"v\": can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode; mount it with volumeMounts",
            "8:17 spec.containers[0].volumeDevices[1].devicePath: Invalid value: \"/dev/a\": must be unique; choose another path",
            "9:8 spec.containers[0].volumeDevices[2].name: Not found: \"x\"; add a volume of that name to spec.volumes",
            "9:17 spec.containers[0].volumeDevices[2].devicePath: Invalid value: \"/dev/../b\": must not contain '..'; write the path without .."
        ),
    ]

    @Test(arguments: table)
    func `every finding has its place, its words and its remedy`(example: Case) throws {
        #expect(try findings(example.text, kind: example.kind) == example.expected)
    }
}
