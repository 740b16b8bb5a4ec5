/// A valid pod that uses nearly every field the API knows.
enum FullPod {
    static let yaml = """
        apiVersion: v1
        kind: Pod
        metadata:
          name: full
          namespace: shop
          labels: {app.kubernetes.io/name: full, tier: web}
          annotations: {example.com/note: "yes"}
          finalizers: [example.com/keep]
          ownerReferences:
          - {apiVersion: apps/v1, kind: ReplicaSet, name: full, uid: u-1, controller: true}
        spec:
          restartPolicy: OnFailure
          terminationGracePeriodSeconds: 45
          activeDeadlineSeconds: 3600
          dnsPolicy: None
          dnsConfig:
            nameservers: [10.0.0.10, "2001:db8::1"]
            searches: [svc.example.com, .]
            options: [{name: ndots, value: "5"}, {name: edns0}]
          nodeSelector: {disk: ssd}
          serviceAccountName: robot
          automountServiceAccountToken: false
          shareProcessNamespace: true
          hostname: full
          subdomain: web
          setHostnameAsFQDN: false
          schedulerName: default-scheduler
          priorityClassName: high
          priority: 10
          preemptionPolicy: Never
          runtimeClassName: plain
          enableServiceLinks: false
          os: {name: linux}
          overhead: {cpu: 10m}
          imagePullSecrets: [{name: registry}]
          hostAliases: [{ip: 10.1.2.3, hostnames: [db.example.com, db]}]
          readinessGates: [{conditionType: example.com/warm}]
          tolerations: [{key: a, operator: Exists, effect: NoExecute, tolerationSeconds: 60}]
          affinity:
            nodeAffinity:
              requiredDuringSchedulingIgnoredDuringExecution:
                nodeSelectorTerms:
                - matchExpressions: [{key: zone, operator: In, values: [a, b]}]
          topologySpreadConstraints:
          - maxSkew: 1
            topologyKey: zone
            whenUnsatisfiable: ScheduleAnyway
            labelSelector: {matchLabels: {tier: web}}
          schedulingGates: [{name: example.com/wait}]
          resourceClaims: [{name: card, resourceClaimName: card}]
          securityContext:
            runAsUser: 1000
            runAsGroup: 1000
            runAsNonRoot: true
            fsGroup: 2000
            fsGroupChangePolicy: OnRootMismatch
            supplementalGroups: [3000, 4000]
            supplementalGroupsPolicy: Merge
            seLinuxOptions: {level: "s0:c1,c2"}
            seccompProfile: {type: RuntimeDefault}
            appArmorProfile: {type: Unconfined}
            sysctls: [{name: net.ipv4.tcp_syncookies, value: "1"}]
          volumes:
          - {name: scratch, emptyDir: {medium: Memory, sizeLimit: 64Mi}}
          - {name: plain}
          - name: settings
            configMap: {name: settings, items: [{key: a, path: x/a, mode: 0400}], optional: true}
          - {name: keys, secret: {secretName: keys, defaultMode: 0440}}
          - {name: node, hostPath: {path: /var/lib/full, type: DirectoryOrCreate}}
          - {name: claim, persistentVolumeClaim: {claimName: data, readOnly: true}}
          - {name: content, image: {reference: "site:3", pullPolicy: Always}}
          - name: about
            downwardAPI:
              items:
              - {path: labels, fieldRef: {fieldPath: metadata.labels}}
              - path: cpu
                resourceFieldRef: {containerName: app, resource: limits.cpu, divisor: 1m}
          - name: all
            projected:
              defaultMode: 0400
              sources:
              - secret: {name: keys, items: [{key: k, path: k}]}
              - configMap: {name: settings, optional: false}
              - downwardAPI: {items: [{path: name, fieldRef: {fieldPath: metadata.name}}]}
              - serviceAccountToken: {path: token, audience: api, expirationSeconds: 7200}
          initContainers:
          - name: prepare
            image: prepare:1
            command: [sh, -c, "echo $(WHO)"]
            restartPolicy: OnFailure
          - name: proxy
            image: registry.example.com:5000/proxy@sha256:0123
            restartPolicy: Always
            ports: [{name: admin, containerPort: 9901}]
            startupProbe: {grpc: {port: 9901, service: up}, failureThreshold: 30}
            lifecycle: {preStop: {httpGet: {path: /drain, port: admin}}}
          containers:
          - name: app
            image: app:2
            imagePullPolicy: Never
            command: [app]
            args: ["--port", "8080"]
            workingDir: /srv
            ports:
            - {name: http, containerPort: 8080, hostPort: 80, hostIP: 127.0.0.1, protocol: TCP}
            - {name: dns, containerPort: 53, protocol: UDP}
            envFrom:
            - {prefix: CFG_, configMapRef: {name: settings, optional: true}}
            - {secretRef: {name: keys}}
            env:
            - {name: WHO, value: world}
            - {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
            - {name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
            - {name: A, valueFrom: {configMapKeyRef: {name: settings, key: a, optional: true}}}
            - {name: K, valueFrom: {secretKeyRef: {name: keys, key: k}}}
            - {name: F, valueFrom: {fileKeyRef: {volumeName: plain, path: env, key: F}}}
            resources:
              requests: {cpu: 250m, memory: 64Mi}
              limits: {cpu: "1", memory: 128Mi, ephemeral-storage: 1Gi}
            resizePolicy: [{resourceName: cpu, restartPolicy: NotRequired}]
            restartPolicy: Never
            restartPolicyRules:
            - {action: Restart, exitCodes: {operator: In, values: [42, 43]}}
            volumeMounts:
            - {name: scratch, mountPath: /tmp, mountPropagation: HostToContainer}
            - {name: settings, mountPath: /etc/app, readOnly: true, recursiveReadOnly: IfPossible}
            - {name: plain, mountPath: /data, subPathExpr: "$(WHO)/x"}
            - {name: all, mountPath: /all, subPath: k}
            livenessProbe:
              httpGet:
                path: /live
                port: http
                scheme: HTTPS
                host: 127.0.0.1
                httpHeaders: [{name: Accept, value: text/plain}]
              initialDelaySeconds: 5
              terminationGracePeriodSeconds: 10
            readinessProbe: {tcpSocket: {port: 8080}, successThreshold: 2, timeoutSeconds: 3}
            startupProbe: {exec: {command: [test, -f, /tmp/up]}, periodSeconds: 1}
            lifecycle:
              postStart: {exec: {command: ["true"]}}
              preStop: {sleep: {seconds: 5}}
              stopSignal: SIGUSR1
            terminationMessagePath: /dev/words
            terminationMessagePolicy: FallbackToLogsOnError
            securityContext:
              capabilities: {add: [NET_BIND_SERVICE], drop: [ALL]}
              privileged: false
              readOnlyRootFilesystem: true
              allowPrivilegeEscalation: false
              runAsUser: 1001
              seccompProfile: {type: Localhost, localhostProfile: app.json}
            stdin: true
            stdinOnce: true
            tty: true
          - {name: second, image: second}
        """
}
