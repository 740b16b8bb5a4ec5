import Foundation
import TestKit
import Testing

/// What people type, with the real kubectl against real pods.
@Suite("kubectl", .engineLimit) struct KubectlTests {
    private func running(
        _ files: [String: String] = [:],
        _ script: String,
        atLeast count: Int
    ) async throws {
        try await withEngine(Kubectl.options) { engine in
            for (name, text) in files { _ = try engine.folder.write(text, to: name) }
            let steps = try await Kubectl(engine).run(script)
            #expect(steps >= count)
        }
    }

    @Test func `pods and what they use`() async throws {
        try await running(
            ["pod.yaml": Self.pod, "bad.yaml": Self.bad, "more.yaml": Self.more],
            Self.podScript,
            atLeast: 60
        )
    }

    @Test func `what looks at the whole, and what limits it`() async throws {
        try await running(["limits.yaml": Self.limits], Self.wholeScript, atLeast: 40)
    }

    // MARK: Pods

    private static let pod = """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings}
        data: {greeting: hello}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: web, labels: {app: web}}
        spec:
          terminationGracePeriodSeconds: 1
          initContainers:
          - name: shipper
            image: remora/busybox
            restartPolicy: Always
            command: [sh, -c, "echo shipping; trap 'exit 0' TERM; while :; do sleep 0.1; done"]
          containers:
          - name: app
            image: remora/busybox
            command: [sh, -c, "echo $GREETING; echo second; trap 'exit 0' TERM; while :; do sleep 0.1; done"]
            env:
            - name: GREETING
              valueFrom: {configMapKeyRef: {name: settings, key: greeting}}
            resources: {requests: {cpu: 10m, memory: 8Mi}}
        """

    private static let bad = """
        apiVersion: v1
        kind: Pod
        metadata: {name: bad}
        spec: {containers: [{name: a, image: x, imagePullPolcy: Never}]}
        """

    private static let more = """
        apiVersion: v1
        kind: Pod
        metadata: {name: other, labels: {app: other}}
        spec:
          restartPolicy: Never
          containers:
          - {name: a, image: remora/busybox, command: [sh, -c, "echo done; exit 3"]}
        """

    private static let podScript = #"""
        $ k version -o json
        > "gitVersion": "v1.33.1+remora
        $ k api-resources --verbs=list --namespaced -o name
        > pods
        > configmaps
        > leases.coordination.k8s.io
        $ k api-versions
        > rbac.authorization.k8s.io/v1
        > metrics.k8s.io/v1beta1
        $ k apply -f pod.yaml
        > configmap/settings created
        > pod/web created
        $ k wait --for=condition=Ready pod/web --timeout=30s
        > pod/web condition met
        $ k apply -f pod.yaml
        > pod/web unchanged
        $ k diff -f pod.yaml
        ! diff
        $ k get pods
        > web    2/2     Running   0
        $ k get po web -o wide
        > NOMINATED NODE
        $ k get pod/web -o jsonpath='{.status.qosClass}'
        > Burstable
        $ k get po -l app=web -o name
        > pod/web
        $ k get po -l 'app in (web,api),!tier' --no-headers
        > web
        $ k get po --field-selector=status.phase=Running -o custom-columns=N:.metadata.name,I:.status.podIP
        > web
        $ k get po --sort-by=.metadata.creationTimestamp
        > web
        $ k get po nothing
        = 1
        > Error from server (NotFound): pods "nothing" not found
        $ k get po nothing --ignore-not-found
        $ k get frogs
        = 1
        > the server doesn't have a resource type "frogs"
        $ k get all
        > pod/web
        $ k get pods -A
        > default     web
        $ k get pod web -o yaml
        > initContainers
        ! managedFields
        $ k get pod web --show-managed-fields -o yaml
        > kubectl-client-side-apply
        $ k describe pod web
        > Started
        > GREETING:  <set to the key 'greeting' of config map 'settings'>
        $ k logs web
        > hello
        > Defaulted container "app" out of: app, shipper (init)
        $ k logs web -c shipper
        > shipping
        $ k logs web --tail=1
        ! hello
        > second
        $ k logs web --timestamps -c app
        > Z hello
        $ k logs web --all-containers --prefix
        > [pod/web/shipper] shipping
        > [pod/web/app] hello
        $ k logs -l app=web
        > second
        $ k logs web -c none
        = 1
        > container none is not valid for pod web
        $ k exec web -- sh -c 'echo out; echo err >&2; exit 7'
        = 7
        > out
        > err
        $ echo piped | k exec -i web -- cat
        > piped
        $ k exec web -c shipper -- hostname
        > web
        $ k exec none -- true
        = 1
        > pods "none" not found
        $ k cp web:/etc/hostname copied && cat copied
        > web
        $ echo there > sent && k cp sent web:/tmp/sent && k exec web -- cat /tmp/sent
        > there
        $ k label pod web tier=front
        > pod/web labeled
        $ k label pod web tier=back
        = 1
        > --overwrite is false
        $ k label pod web tier-
        > pod/web unlabeled
        $ k annotate pod web note='a b'
        > pod/web annotated
        $ k patch pod web -p '{"metadata":{"labels":{"patched":"yes"}}}'
        > pod/web patched
        $ k patch pod web --type=json -p '[{"op":"remove","path":"/metadata/labels/patched"}]'
        > pod/web patched
        $ k patch pod web --type=merge -p '{"spec":{"hostname":"x"}}'
        = 1
        > Forbidden: pod updates may not change fields other than
        $ k set image pod/web app=remora/busybox:latest --dry-run=server -o name
        > pod/web
        $ k apply -f bad.yaml
        = 1
        > unknown field "spec.containers[0].imagePullPolcy"
        $ k apply -f bad.yaml --validate=false --dry-run=server
        > pod/bad created (server dry run)
        $ k get po bad
        = 1
        > not found
        $ k create -f more.yaml
        > pod/other created
        $ k create -f more.yaml
        = 1
        > Error from server (AlreadyExists)
        $ k wait --for=jsonpath='{.status.phase}'=Failed pod/other --timeout=20s
        > condition met
        $ k get po other
        > Error
        $ k get events --field-selector=involvedObject.name=other
        > Started
        $ k events --for pod/web --types=Normal
        > Created
        $ k replace -f more.yaml
        > pod/other replaced
        $ k replace --force -f more.yaml
        > replaced
        $ k run quick --image=remora/busybox --restart=Never --command -- sh -c 'echo quick; exit 0'
        > pod/quick created
        $ k logs -f quick
        ~ 15
        > quick
        $ k delete pod quick other
        > pod "quick" deleted
        $ k create configmap m --from-literal=a=b --from-file=sent
        > configmap/m created
        $ k get cm m -o jsonpath='{.data.sent}'
        > there
        $ k create secret generic s --from-literal=password=hunter2
        > secret/s created
        $ k get secret s -o jsonpath='{.data.password}' | base64 -d
        > hunter2
        $ k describe secret s
        > password:  7 bytes
        ! hunter2
        $ k create namespace team && k create configmap m -n team --from-literal=x=y && k get cm -n team -o name
        > configmap/m
        $ k apply -n nowhere -f more.yaml
        = 1
        > namespaces "nowhere" not found
        $ k delete namespace team --timeout=20s
        > namespace "team" deleted
        $ k get pods -w --request-timeout=1s; true
        > web
        $ k get --raw /readyz
        > ok
        $ k get --raw /metrics
        > remora_pods{phase="Running"} 1
        > apiserver_request_total
        $ k top pod web --containers
        > shipper
        $ k top node
        > CPU(cores)
        $ k cluster-info
        > control plane
        $ k explain pod.spec.initContainers.restartPolicy
        > FIELD: restartPolicy
        $ k delete pod web --now
        > pod "web" deleted
        $ k delete -f pod.yaml --ignore-not-found
        > configmap "settings" deleted
        $ k get pods
        > No resources found
        """#

    // MARK: The whole

    private static let limits = """
        apiVersion: v1
        kind: LimitRange
        metadata: {name: sizes}
        spec:
          limits:
          - type: Container
            default: {cpu: 100m, memory: 32Mi}
            defaultRequest: {cpu: 10m, memory: 8Mi}
            max: {cpu: "1", memory: 256Mi}
        ---
        apiVersion: v1
        kind: ResourceQuota
        metadata: {name: budget}
        spec: {hard: {pods: "2", requests.cpu: 100m, count/configmaps: "3"}}
        ---
        apiVersion: v1
        kind: PersistentVolume
        metadata: {name: disk}
        spec:
          capacity: {storage: 1Gi}
          accessModes: [ReadWriteOnce]
          storageClassName: manual
          hostPath: {path: /tmp}
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: data}
        spec: {accessModes: [ReadWriteOnce], storageClassName: manual, resources: {requests: {storage: 1Gi}}}
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: scratch}
        spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}
        """

    private static let wholeScript = #"""
        $ k auth whoami
        > remora-admin
        $ k auth can-i '*' '*'
        > yes
        $ k auth can-i create pods --as=system:serviceaccount:default:default
        = 1
        > no
        $ k create serviceaccount robot
        > serviceaccount/robot created
        $ k create role reader --verb=get,list,watch --resource=pods,pods/log
        > role.rbac.authorization.k8s.io/reader created
        $ k create rolebinding robots --role=reader --serviceaccount=default:robot
        > rolebinding.rbac.authorization.k8s.io/robots created
        $ k auth can-i list pods --as=system:serviceaccount:default:robot
        > yes
        $ k get pods --as=system:serviceaccount:default:robot
        > No resources found
        $ k get secrets --as=system:serviceaccount:default:robot
        = 1
        > secrets is forbidden: User "system:serviceaccount:default:robot" cannot list resource "secrets"
        $ k auth can-i --list --as=system:serviceaccount:default:robot
        > pods/log
        $ k create token robot --duration=1h | tr -cd . | wc -c
        > 2
        $ k create clusterrolebinding all --clusterrole=view --group=devs
        > created
        $ k auth can-i get configmaps -n kube-system --as=me --as-group=devs
        > yes
        $ k describe clusterrole view
        > pods/log
        $ k get clusterrolebindings
        > ClusterRole/view
        $ k get sa
        > robot
        $ k get nodes
        > Ready
        $ k describe node
        > kubernetes.io/hostname
        > Capacity
        $ k get ns default -o jsonpath='{.status.phase}'
        > Active
        $ k describe ns default
        > Active
        $ k apply -f limits.yaml
        > limitrange/sizes created
        > resourcequota/budget created
        $ k get limits,quota
        > pods: 0/2
        $ k describe limits sizes
        > 256Mi
        $ k run one --image=remora/busybox --command -- sleep 1000
        > pod/one created
        $ k get pod one -o jsonpath='{.spec.containers[0].resources}'
        > "requests":{"cpu":"10m","memory":"8Mi"}
        $ k run big --image=remora/busybox --overrides='{"spec":{"containers":[{"name":"big","image":"x","resources":{"limits":{"cpu":"2"}}}]}}'
        = 1
        > maximum cpu usage per Container is 1, but limit is 2
        $ k run two --image=remora/busybox --command -- sleep 1000
        > pod/two created
        $ k run three --image=remora/busybox --command -- sleep 1000
        = 1
        > exceeded quota: budget, requested: pods=1, used: pods=2, limited: pods=2
        $ k get quota budget
        ~ 10
        > pods: 2/2
        > requests.cpu: 20m/100m
        $ k describe quota budget
        > requests.cpu
        $ k create configmap a && k create configmap b
        > configmap/b created
        $ k create configmap c
        = 1
        > exceeded quota: budget
        $ k create quota other --hard=services=1 --scopes=BestEffort --dry-run=server
        > created
        $ k get pv,pvc
        ~ 10
        > persistentvolume/disk
        > Bound    default/data
        > persistentvolumeclaim/scratch   Bound    pvc-
        $ k delete pod one two --now
        > deleted
        $ k delete pvc data scratch
        > deleted
        $ k get pv
        ~ 10
        > Released
        ! default/scratch
        $ k delete pv disk
        > deleted
        $ k delete quota,limits --all
        > deleted
        $ echo '{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"leader"},"spec":{"holderIdentity":"me"}}' | k create -f -
        > lease.coordination.k8s.io/leader created
        $ k get lease leader
        > me
        $ k get --raw /openapi/v3 | head -c 40
        > paths
        $ k get --raw /apis/none/v1
        = 1
        > NotFound
        $ k config view --minify -o jsonpath='{.contexts[0].name}'
        > remora
        """#
}
