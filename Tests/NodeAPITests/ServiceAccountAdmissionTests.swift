import Formats
import ObjectStore
import PodModel
import Reactor
import Testing

@testable import NodeAPI

@Suite("What service accounts give to pods") struct ServiceAccountAdmissionTests {
    private static let mount: JSON = [
        "name": "kube-api-access-abcde", "readOnly": true,
        "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
    ]

    private static func admission(
        _ account: String?,
        mountsToken: Bool = true
    ) throws -> ServiceAccountAdmission {
        let stored = try account.map { try YAML.parse($0) }
        return ServiceAccountAdmission(
            find: { $0 == ObjectKey("serviceaccounts", "ns", "builder") ? stored : nil },
            mountsToken: mountsToken,
            suffix: "abcde"
        )
    }

    private static func completed(
        _ spec: String,
        _ account: String? = "{}",
        mountsToken: Bool = true
    ) throws -> (pod: JSON, refusal: String?) {
        var pod: JSON = ["metadata": ["namespace": "ns"], "spec": try YAML.parse(spec)]
        pod["spec"]?["serviceAccountName"] = "builder"
        let refusal = try admission(account, mountsToken: mountsToken).complete(&pod)
        return (pod, refusal)
    }

    @Test func `a pod gets the volume, and each container the mount, after its own`() throws {
        let (pod, refusal) = try Self.completed(
            """
            volumes: [{name: data, emptyDir: {}}]
            initContainers: [{name: i}]
            containers: [{name: a, volumeMounts: [{name: data, mountPath: /data}]}, {name: b}]
            """
        )
        #expect(refusal == nil)
        let spec = pod["spec"]
        #expect(spec?["initContainers"]?[0]?["volumeMounts"] == [Self.mount])
        #expect(
            spec?["containers"]?[0]?["volumeMounts"]
                == [["name": "data", "mountPath": "/data"], Self.mount]
        )
        #expect(spec?["containers"]?[1]?["volumeMounts"] == [Self.mount])
        #expect(spec?["volumes"]?.array?.count == 2)
        let expected = try YAML.parse(
            """
            name: kube-api-access-abcde
            projected:
              sources:
              - serviceAccountToken: {expirationSeconds: 3607, path: token}
              - configMap:
                  name: kube-root-ca.crt
                  items: [{key: ca.crt, path: ca.crt}]
              - downwardAPI:
                  items:
                  - path: namespace
                    fieldRef: {apiVersion: v1, fieldPath: metadata.namespace}
              defaultMode: 420
            """
        )
        #expect(spec?["volumes"]?[1] == expected)
    }

    @Test(arguments: [
        ("automountServiceAccountToken: false", "{}"),
        ("automountServiceAccountToken: false", "automountServiceAccountToken: true"),
        ("restartPolicy: Always", "automountServiceAccountToken: false"),
    ])
    func `who says no gets nothing`(spec: String, account: String) throws {
        let (pod, refusal) = try Self.completed(spec + "\ncontainers: [{name: a}]", account)
        #expect(refusal == nil && pod["spec"]?["volumes"] == nil)
        #expect(pod["spec"]?["containers"] == [["name": "a"]])
    }

    @Test func `the pod's yes comes before the account's no`() throws {
        let (pod, _) = try Self.completed(
            "automountServiceAccountToken: true\ncontainers: [{name: a}]",
            "automountServiceAccountToken: false"
        )
        #expect(pod["spec"]?["containers"]?[0]?["volumeMounts"] == [Self.mount])
    }

    @Test func `a container that mounts something there keeps it`() throws {
        let (pod, _) = try Self.completed(
            """
            volumes: [{name: own, emptyDir: {}}]
            containers:
            - name: a
              volumeMounts: [{name: own, mountPath: /var/run/secrets/kubernetes.io/serviceaccount}]
            """
        )
        #expect(pod["spec"]?["volumes"]?.array?.count == 1)
        #expect(pod["spec"]?["containers"]?[0]?["volumeMounts"]?.array?.count == 1)
    }

    @Test func `a volume that is there already is used, so that twice is once`() throws {
        var (pod, _) = try Self.completed("containers: [{name: a}]")
        let once = pod
        #expect(try Self.admission("{}").complete(&pod) == nil)
        #expect(pod == once)
        let named = try Self.completed(
            "volumes: [{name: kube-api-access-mine, emptyDir: {}}]\ncontainers: [{name: a}]"
        ).pod
        #expect(named["spec"]?["volumes"]?.array?.count == 1)
        let mount = named["spec"]?["containers"]?[0]?["volumeMounts"]?[0]
        #expect(mount?["name"] == "kube-api-access-mine")
    }

    @Test func `an account that does not exist is a refusal only where tokens are mounted`() throws
    {
        let refused = try Self.completed("containers: [{name: a}]", nil)
        #expect(
            refused.refusal
                == """
                error looking up service account ns/builder: serviceaccount "builder" not found
                """
        )
        let plain = try Self.completed("containers: [{name: a}]", nil, mountsToken: false)
        #expect(plain.refusal == nil && plain.pod["spec"]?["volumes"] == nil)
    }

    @Test func `a changed pod that does not mention the volume keeps it where it was`() throws {
        let old = try Self.completed(
            """
            volumes: [{name: data, emptyDir: {}}]
            containers: [{name: a, image: x, volumeMounts: [{name: data, mountPath: /data}]}]
            """
        ).pod
        var new: JSON = [
            "spec": try YAML.parse(
                """
                volumes: [{name: data, emptyDir: {}}]
                containers: [{name: a, image: y, volumeMounts: [{name: data, mountPath: /data}]}]
                """
            )
        ]
        ServiceAccountAdmission.carry(&new, from: old)
        #expect(new["spec"]?["volumes"] == old["spec"]?["volumes"])
        let container = new["spec"]?["containers"]?[0]
        #expect(container?["volumeMounts"] == old["spec"]?["containers"]?[0]?["volumeMounts"])
        #expect(container?["image"] == "y")
        let whole = new
        ServiceAccountAdmission.carry(&new, from: old)
        #expect(new == whole)
    }
}
