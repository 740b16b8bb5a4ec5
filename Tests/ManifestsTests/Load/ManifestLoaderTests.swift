import Formats
import Manifests
import Testing

@Suite("Loading manifests") struct ManifestLoaderTests {
    private func load(_ texts: String..., namespace: String = "default") -> LoadResult {
        let names = ["a.yaml", "b.yaml", "c.yaml"]
        return ManifestLoader(namespace: namespace).load(
            files: zip(names, texts).map { ($0, Array($1.utf8)) }
        )
    }

    static let pod = """
        apiVersion: v1
        kind: Pod
        metadata:
          name: web
        spec:
          containers:
          - name: app
            image: app:1
        """

    @Test func `a pod comes with its defaults and its namespace`() throws {
        let result = load(Self.pod, namespace: "shop")
        #expect(result.findings.isEmpty)
        let object = try #require(result.objects.first)
        #expect(object.label == "pod/web")
        #expect(object.namespace == "shop")
        #expect(object.json["metadata"]?["namespace"] == "shop")
        #expect(object.json["spec"]?["restartPolicy"] == "Always")
        #expect(object.place == "a.yaml:1:1")
    }

    @Test func `what pods need comes first, whatever the order of the documents`() {
        let result = load(
            """
            \(Self.pod)
            ---
            {apiVersion: v1, kind: Secret, metadata: {name: s}}
            ---
            # only a remark
            ---
            {apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: other}}
            """,
            "{\"apiVersion\": \"v1\", \"kind\": \"Namespace\", \"metadata\": {\"name\": \"other\"}}"
        )
        #expect(result.findings.map(\.description) == [])
        #expect(
            result.objects.map(\.label)
                == ["namespace/other", "secret/s", "configmap/c", "pod/web"]
        )
        #expect(result.objects.map(\.namespace) == ["", "default", "other", "default"])
    }

    @Test func `all errors of all documents come at once, in the order of the text`() {
        let result = load(
            """
            apiVersion: v1
            kind: Pod
            metadata:
              name: Web_App
            spec:
              containers:
              - name: app
                image: app:1
                imagePullPolcy: Never
                volumeMounts:
                - name: dat
                  mountPath: /data
              volumes:
              - name: data
            ---
            apiVersion: v1
            kind: Pod
            metadata:
              name: two
            spec:
              containers: []
            """,
            """
            kind: Pod
            """
        )
        #expect(result.objects.isEmpty)
        #expect(
            result.errors == [
                "a.yaml:4:3: metadata.name: Invalid value: \"Web_App\": a lowercase RFC 1123"
                    + " subdomain must consist of lower case alphanumeric characters, '-' or '.',"
                    + " and must start and end with an alphanumeric character (e.g. 'example.com',"
                    + " regex used for validation is"
                    + " '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*');"
                    + " write \"web-app\"",
                "a.yaml:9:5: spec.containers[0].imagePullPolcy: unknown field \"imagePullPolcy\";"
                    + " did you mean \"imagePullPolicy\"?",
                "a.yaml:11:7: spec.containers[0].volumeMounts[0].name: Not found: \"dat\";"
                    + " did you mean \"data\"?",
                "a.yaml:21:3: spec.containers: Required value; add \"containers\" to spec",
                "b.yaml:1:1: apiVersion: Required value; write v1",
            ]
        )
    }

    @Test(arguments: [
        (
            "apiVersion: extensions/v1beta1\nkind: Deployment",
            "a.yaml:1:1: apiVersion: no kind \"Deployment\" is known in version"
                + " \"extensions/v1beta1\"; write apiVersion: apps/v1"
        ),
        (
            "apiVersion: v1\nkind: pod",
            "a.yaml:2:1: kind: unknown kind \"pod\"; did you mean \"Pod\"?"
        ),
        (
            "apiVersion: example.com/v1\nkind: Zebrafish",
            "a.yaml:2:1: kind: unknown kind \"Zebrafish\"; supported kinds are ClusterRole,"
                + " ClusterRoleBinding, ConfigMap, CronJob, DaemonSet, Deployment, EndpointSlice,"
                + " Endpoints, Job, Lease, LimitRange, MutatingWebhookConfiguration, Namespace,"
                + " PersistentVolume, PersistentVolumeClaim, Pod, PodDisruptionBudget,"
                + " PriorityClass, ReplicaSet, ResourceQuota, Role, RoleBinding, Secret, Service,"
                + " ServiceAccount, StatefulSet"
        ),
        ("apiVersion: v1", "a.yaml:1:1: kind: Required value; such as kind: Pod"),
        ("apiVersion: v1\nkind: 7", "a.yaml:2:1: kind: a string is expected; such as kind: Pod"),
        ("- a\n- b", "a.yaml:1:1: an object is expected; begin it with apiVersion and kind"),
        ("# nothing", "a.yaml:1:1: the file holds no object; write at least one document"),
        (
            "apiVersion: v1\nkind: List\nitems: {}",
            "a.yaml:3:1: items: a list is expected; write items: []"
        ),
        (
            "apiVersion: v1\nkind: Pod\nmetadata: {generateName: web-}\n"
                + "spec: {containers: [{name: a, image: a}]}",
            "a.yaml:3:1: metadata.name: Required value: generateName cannot be applied twice;"
                + " give the object a name"
        ),
    ])
    func `what is no object that can be applied`(text: String, error: String) {
        let result = load(text)
        #expect(result.errors == [error])
        #expect(result.objects.isEmpty)
    }

    @Test func `a text that is no YAML says where`() {
        let result = load("apiVersion: v1\nkind: Pod\nmetadata: [")
        #expect(result.errors.count == 1)
        #expect(result.errors.first?.hasPrefix("a.yaml:4:1: ") ?? false, "\(result.errors)")
        let twice = load("apiVersion: v1\nkind: Pod\nkind: Pod")
        #expect(twice.errors.first?.hasPrefix("a.yaml:3:1: ") ?? false, "\(twice.errors)")
    }

    @Test func `kinds that are not run yet are left out with a warning`() {
        let result = load(
            """
            \(Self.pod)
            ---
            apiVersion: storage.k8s.io/v1
            kind: StorageClass
            metadata: {name: web}
            provisioner: {anything: goes}
            ---
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            """
        )
        #expect(result.errors == [])
        #expect(result.objects.map(\.label) == ["pod/web"])
        #expect(
            result.warnings == [
                "a.yaml:11:1: warning: kind: StorageClass is left out: Remora does not run it yet",
                "a.yaml:16:1: warning: kind: Ingress is left out: Remora does not run it yet",
            ]
        )
    }

    @Test func `lists are taken apart`() {
        let result = load(
            """
            apiVersion: v1
            kind: List
            items:
            - {apiVersion: v1, kind: ConfigMap, metadata: {name: c}}
            - apiVersion: v1
              kind: ConfigMap
              metadata: {name: d}
              dat: {}
            """
        )
        #expect(
            result.errors == [
                "a.yaml:8:3: items[1].dat: unknown field \"dat\"; did you mean \"data\"?"
            ]
        )
    }

    @Test func `the same object twice is an error`() {
        let result = load(Self.pod, "# again\n" + Self.pod)
        #expect(
            result.errors == [
                "b.yaml:5:3: metadata.name: Duplicate value: \"web\"; the same Pod stands at"
                    + " a.yaml:1:1"
            ]
        )
        let elsewhere = Self.pod.replacing("name: web", with: "name: web\n  namespace: other")
        #expect(load(Self.pod, elsewhere).errors == [])
    }

    @Test func `what only a server sets is left out`() throws {
        let result = load(
            """
            apiVersion: v1
            kind: Pod
            metadata:
              name: web
              creationTimestamp: null
              uid: 7f1c
              resourceVersion: "12"
            spec: {containers: [{name: app, image: app:1}]}
            status: {}
            """
        )
        let object = try #require(result.objects.first)
        #expect(object.json["status"] == nil)
        #expect(object.json["metadata"] == ["name": "web", "namespace": "default"])
        #expect(
            result.warnings == [
                "a.yaml:6:3: warning: metadata.uid: left out: only the server sets it; remove it",
                "a.yaml:7:3: warning: metadata.resourceVersion: left out: only the server sets it;"
                    + " remove it",
            ]
        )
    }

    @Test func `a manifest that is far too large is refused at once`() {
        let line = "# " + String(repeating: "x", count: 97) + "\n"
        let text = Self.pod + "\n" + String(repeating: line, count: 105_000)
        let result = load(text)
        #expect(result.errors.count == 1)
        #expect(
            result.errors.first?.contains("more than the 8388608 that are read; split it") ?? false,
            "\(result.errors)"
        )
    }

    @Test func `aliases that multiply are refused at once`() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        let result = load(text)
        #expect(result.errors.count == 1, "\(result.errors)")
        #expect(result.objects.isEmpty)
    }

    @Test func `anchors, block texts and YAML words`() throws {
        let result = load(
            """
            apiVersion: v1
            kind: Pod
            metadata:
              name: web
              labels: &labels {app: web}
              annotations: {<<: *labels, answer: yes}
            spec:
              containers:
              - name: app
                image: app:1
                stdin: yes
                env:
                - {name: ANSWER, value: on}
                - {name: VERSION, value: 1.10}
                command:
                - sh
                - -c
                - |
                  echo one
                  echo two
            """
        )
        #expect(result.errors == [])
        let json = try #require(result.objects.first?.json)
        #expect(json["metadata"]?["annotations"] == ["app": "web", "answer": "yes"])
        let container = json["spec"]?["containers"]?[0]
        #expect(container?["stdin"] == true)
        #expect(container?["env"]?[0]?["value"] == "on")
        #expect(container?["env"]?[1]?["value"] == "1.10")
        #expect(container?["command"]?[2] == "echo one\necho two")
        #expect(
            result.warnings == [
                "a.yaml:14:23: warning: spec.containers[0].env[1].value: the number 1.10 is read as"
                    + " a string, as it is written; write it in quotes, kubectl insists on them:"
                    + " \"1.10\""
            ]
        )
    }
}
