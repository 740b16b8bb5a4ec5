import Formats
import Manifests
import PodModel
import Testing

/// Manifests as people write them for the usual patterns; all must load as they are.
@Suite("Patterns") struct PatternTests {
    static let redirect = """
        # A mesh sidecar with an init container that redirects traffic.
        apiVersion: v1
        kind: Pod
        metadata:
          creationTimestamp: null
          labels:
            app: shop
            security.example.com/tlsMode: strict
          name: shop
        spec:
          containers:
          - image: shop:4
            name: shop
            ports:
            - containerPort: 9080
            resources: {}
          - args: [proxy, sidecar, --domain, $(POD_NAMESPACE).svc.cluster.local]
            env:
            - name: POD_NAMESPACE
              valueFrom:
                fieldRef:
                  fieldPath: metadata.namespace
            - name: CPU_LIMIT
              valueFrom:
                resourceFieldRef:
                  resource: limits.cpu
            image: proxy:1.20
            name: proxy
            readinessProbe:
              failureThreshold: 30
              httpGet:
                path: /healthz/ready
                port: 15021
              initialDelaySeconds: 1
            securityContext:
              allowPrivilegeEscalation: false
              capabilities:
                drop:
                - ALL
              privileged: false
              readOnlyRootFilesystem: true
              runAsUser: 1337
            volumeMounts:
            - mountPath: /etc/proxy
              name: proxy-config
          initContainers:
          - args: [-p, "15001", -u, "1337"]
            image: redirect:1.20
            name: redirect
            securityContext:
              capabilities:
                add: [NET_ADMIN, NET_RAW]
              runAsNonRoot: false
          securityContext:
            fsGroup: 1337
          volumes:
          - emptyDir:
              medium: Memory
            name: proxy-config
        status: {}
        """

    static let ambassador = """
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: gateway-config
        data:
          gateway.yaml: |
            listeners:
              - address: { socket_address: { address: 127.0.0.1, port_value: 5432 } }
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: db}
        stringData: {password: "s3cret: with colon"}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: ambassador}
        spec:
          containers:
            - name: app
              image: app
              env:
                - {name: DATABASE_URL, value: "postgres://localhost:5432/app"}
                - name: PASSWORD
                  valueFrom: {secretKeyRef: {name: db, key: password}}
            - name: gateway
              image: gateway:v1.29
              command: ["gateway", "-c", "/etc/gateway/gateway.yaml"]
              volumeMounts: [{name: config, mountPath: /etc/gateway}]
          volumes:
            - name: config
              configMap: {name: gateway-config}
        """

    static let deployment = """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: api
          labels: &labels
            app: api
        spec:
          replicas: 3
          selector:
            matchLabels: *labels
          strategy:
            rollingUpdate: {maxSurge: 1, maxUnavailable: 25%}
          template:
            metadata:
              labels: *labels
            spec:
              initContainers:
              - name: log-shipper
                image: shipper:2
                restartPolicy: Always
                volumeMounts: &logs
                - {name: logs, mountPath: /var/log/api}
              containers:
              - name: api
                image: api:7
                resources:
                  requests: {cpu: 0.25, memory: 128Mi}
                  limits: {memory: 256Mi}
                livenessProbe: {httpGet: {path: /live, port: http}}
                ports: [{name: http, containerPort: 8080}]
                volumeMounts: *logs
              volumes:
              - name: logs
                emptyDir: {}
        """

    static let task = """
        {
          "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "migrate"},
          "spec": {
            "restartPolicy": "OnFailure",
            "initContainers": [
              {"name": "wait", "image": "busybox:1.36",
               "command": ["sh", "-c", "until nc -z db 5432; do sleep 1; done"]}
            ],
            "containers": [{"name": "migrate", "image": "tool", "args": ["up"]}]
          }
        }
        """

    @Test(arguments: [
        (redirect, ["pod/shop"]),
        (ambassador, ["configmap/gateway-config", "secret/db", "pod/ambassador"]),
        (deployment, ["deployment/api"]), (task, ["pod/migrate"]),
    ])
    func `a manifest loads as it is written`(text: String, labels: [String]) {
        let result = ManifestLoader().load(files: [("pattern.yaml", Array(text.utf8))])
        #expect(result.findings.map(\.description) == [])
        #expect(result.objects.map(\.label) == labels)
        for object in result.objects {
            #expect(Defaults.apply(to: object.json, kind: object.kind) == object.json)
            #expect(Validation.validate(object.json, kind: object.kind) == [])
        }
    }

    @Test func `anchors and amounts come out as Kubernetes writes them`() throws {
        let result = ManifestLoader().load(files: [("d.yaml", Array(Self.deployment.utf8))])
        let json = try #require(result.objects.first?.json)
        let deployment = try Deployment(json: json)
        #expect(deployment.spec.template.metadata.labels == ["app": "api"])
        let pod = deployment.spec.template.spec
        #expect(pod.initContainers.map(\.isSidecar) == [true])
        #expect(pod.containers[0].volumeMounts == pod.initContainers[0].volumeMounts)
        #expect(pod.containers[0].resources.requests["cpu"]?.text == "250m")
        #expect(pod.containers[0].livenessProbe?.periodSeconds == 10)
        #expect(deployment.spec.strategy.rollingUpdate?.maxUnavailable == .string("25%"))
    }

    @Test func `a secret's plain text becomes base64`() throws {
        let result = ManifestLoader().load(files: [("s.yaml", Array(Self.ambassador.utf8))])
        let secret = try Secret(json: try #require(result.objects.dropFirst().first?.json))
        #expect(secret.data["password"] == Array("s3cret: with colon".utf8))
    }
}
