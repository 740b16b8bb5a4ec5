extension SchemaDescriptions {
    /// Containers, their environment, mounts, probes and hooks.
    static let containerTexts = """
        Container: A program that runs in a pod, from an image.
          name: What it is called in its pod; a DNS label that no other container of the pod has,
            and that never changes.
          image: The image to run, with its registry, tag or digest; latest if no tag is said. It
            may be changed, which starts the container again.
          command: The program and its first arguments, in place of the image's entrypoint.
            `$(NAME)` becomes the variable's value; `$$(NAME)` stays `$(NAME)`.
          args: Arguments of the program, in place of the image's command; variables are replaced as
            in `command`.
          workingDir: The directory that the program starts in; by default the image's.
          ports: The ports that the program listens on. The list informs and names them; a port that
            is not in it can be reached as well.
          envFrom: Whole ConfigMaps and Secrets as environment variables. Of equal names the last
            source counts, and `env` comes before all.
          env: Environment variables, in the order in which they may refer to earlier ones.
          resources: How much CPU, memory and the like the container asks for and may use.
          resizePolicy: Whether the container is started again when its resources change in place.
            This engine does not change resources of running pods.
          restartPolicy: The container's own Always, OnFailure or Never; by default the pod's policy
            holds. Always makes an init container a sidecar.
          restartPolicyRules: What happens for certain exit codes, before `restartPolicy` is asked,
            which must be set then; the first rule that matches decides.
          volumeMounts: Where the pod's volumes appear in the container's file system.
          volumeDevices: Claims that appear as block devices. Block volumes are refused by this
            engine.
          livenessProbe: A check that the container still works; when it fails the container is
            stopped, and started again as `restartPolicy` says.
          readinessProbe: A check that the container can serve; while it fails the pod is not Ready
            and gets no traffic from services.
          startupProbe: A check that the container has started; the other probes wait for it, and
            when it fails the container is stopped.
          lifecycle: What is done after the container starts and before it stops.
          terminationMessagePath: The file in which the program leaves a last message, at most 4096
            bytes; /dev/termination-log by default.
          terminationMessagePolicy: Where the last message comes from: File (default), or
            FallbackToLogsOnError, which takes the end of the log if the container failed and the
            file is empty.
          imagePullPolicy: When the image is pulled: Always, IfNotPresent or Never. The default is
            Always for the tag latest or none, else IfNotPresent.
          securityContext: The user and restrictions of this container; they come before the pod's.
          stdin: Whether the program's standard input stays open; without it reads end at once.
            False by default.
          stdinOnce: Whether standard input is closed when the first client that attached to it
            goes; false by default.
          tty: Whether the program gets a terminal; it needs `stdin`. False by default.
        EphemeralContainer: A container that is added to a running pod to look into it, as `kubectl
            debug` does; it is never started again or removed. Ports, probes, hooks, resources and
            restart policies are errors.
          +Container
          name: What it is called; different from all other containers of the pod.
          targetContainerName: The container of the pod whose processes it sees; by default only its
            own.
        ContainerPort: A port that a program listens on.
          name: What probes and services may call it: at most 15 lower case letters, digits and
            hyphens; each once in a container.
          hostPort: The node's port that leads to this one; none by default. With `hostNetwork` it
            is the same as `containerPort`.
          containerPort: The port's number in the pod, from 1 to 65535.
          protocol: TCP (default), UDP or SCTP.
          hostIP: The node's address at which `hostPort` is open; all by default.
        EnvFromSource: A ConfigMap or a Secret whose keys become environment variables.
          prefix: What is put before each key.
          configMapRef: The ConfigMap.
          secretRef: The Secret.
        OptionalReference: An object of the pod's namespace that may be missing.
          name: The object's name.
          optional: Whether the container starts without it; false by default.
        EnvVar: An environment variable of a container.
          name: The variable's name: any printable ASCII characters but the equals sign.
          value: Its value. `$(NAME)` becomes the value of an earlier variable; `$$(NAME)` stays
            `$(NAME)`. Empty by default.
          valueFrom: Where the value comes from instead; not together with `value`.
        EnvVarSource: Where a variable's value comes from; exactly one of the fields.
          fieldRef: A field of the pod: its name, namespace, UID, node, service account, addresses,
            or one of its labels or annotations.
          resourceFieldRef: A request or limit of this or another container.
          configMapKeyRef: A key of a ConfigMap.
          secretKeyRef: A key of a Secret.
          fileKeyRef: A variable in a file that an init container has written.
        ObjectFieldSelector: A field of the pod.
          apiVersion: The version that the field's path is written in; v1 by default.
          fieldPath: The path, such as metadata.name, `metadata.labels['app']` or status.podIP.
        ResourceFieldSelector: A request or limit of a container.
          containerName: Which container; by default the one whose variable it is. Volumes must name
            it.
          resource: What is wanted: limits or requests of cpu, memory, ephemeral-storage or huge
            pages, such as limits.cpu. Without a limit it is what the node has.
          divisor: The unit that the number is given in, such as 1m for cpu or 1Mi for memory; 1 by
            default, rounded up.
        KeySelector: A key of a ConfigMap or Secret of the pod's namespace.
          name: The object's name.
          key: The key.
          optional: Whether the container starts, without the variable, if object or key is missing;
            false by default.
        FileKeySelector: A variable in a file of an `emptyDir` volume, read when the container
            starts.
          volumeName: The volume; the container need not mount it.
          path: The file, relative to the volume and without `..`.
          key: The variable's name in the file.
          optional: Whether the container starts without the variable; false by default. Here that
            holds for a missing file as well as a missing key.
        ResourceRequirements: How much of each resource is asked for, and how much may be used.
          limits: The most that may be used: cpu beyond it is slowed down, memory beyond it ends a
            process.
          requests: What is set aside, and how cpu is shared out when it is short; by default the
            limits.
          claims: Devices from the pod's `resourceClaims` that the container uses. They have no
            effect here.
        ResourceClaim: A claim of devices that a container uses.
          name: Its name in the pod's `resourceClaims`.
          request: The one request of the claim that is meant; by default all.
        ContainerResizePolicy: What a change of a resource in place means for a container.
          resourceName: cpu or memory.
          restartPolicy: NotRequired or RestartContainer.
        ContainerRestartRule: What happens if a container ends in a certain way.
          action: Restart starts this container again, RestartAllContainers all of the pod, from its
            init containers on.
          exitCodes: The exit codes for which the rule holds.
        ContainerRestartRuleOnExitCodes: Exit codes that are in a list, or not.
          operator: In or NotIn.
          values: The codes, 0 to 255, at most 255 of them. 0 is success and is not in a list that
            leaves it out.
        VolumeMount: A volume at a place in a container's file system.
          name: The volume's name in the pod.
          readOnly: Whether the container may only read it; false by default.
          recursiveReadOnly: Whether mounts below it are read-only too: Disabled (default),
            IfPossible or Enabled, the last two only with `readOnly` and without propagation.
          mountPath: Where it appears in the container; no colon, and each path once.
          subPath: The file or directory of the volume that appears there; by default its top. It
            does not follow later changes of ConfigMaps and Secrets.
          mountPropagation: Whether mounts made later pass between node and container: None
            (default), HostToContainer, or Bidirectional for privileged containers.
          subPathExpr: Like `subPath`, with `$(NAME)` replaced by the container's variables; not
            together with it.
        VolumeDevice: A block volume as a device in a container.
          name: The name of a `persistentVolumeClaim` or `ephemeral` volume of the pod.
          devicePath: The path of the device in the container.
        Probe: A check of a container, made again and again.
          exec: Runs a command in the container; exit code 0 is success.
          httpGet: Asks for a page of the container; answers 200 to 399 are success.
          tcpSocket: Opens a connection; success if somebody accepts it.
          grpc: Asks the gRPC health service; SERVING is success.
          initialDelaySeconds: How long after its start the container is first checked; 0 by
            default.
          timeoutSeconds: After how many seconds without an answer a check fails; 1 by default.
          periodSeconds: How many seconds are between checks; 10 by default.
          successThreshold: How many successes in a row it takes after a failure; 1 by default, and
            always 1 for liveness and startup.
          failureThreshold: How many failures in a row it takes; 3 by default.
          terminationGracePeriodSeconds: The grace of a container that this probe stops, in place of
            the pod's; at least 1, and not for readiness.
        ExecAction: A command that runs in the container, without a shell.
          command: The program and its arguments.
        HTTPGetAction: A request to a web server in the container.
          path: The path that is asked for; / by default.
          port: The port's number, or its name among the container's ports.
          host: The host to connect to; by default the pod's address. For a virtual host set the
            header Host.
          scheme: HTTP (default) or HTTPS, whose certificate is not checked.
          httpHeaders: Fields of the request; the same name may be there several times.
        HTTPHeader: A field of an HTTP request.
          name: The field's name.
          value: Its value.
        TCPSocketAction: A connection over TCP.
          port: The port's number, or its name among the container's ports.
          host: The host to connect to; by default the pod's address.
        GRPCAction: A call of the gRPC health checking protocol, without TLS, to the pod's address.
          port: The number of the port.
          service: The service whose health is asked for; empty, the default, means the server.
        SleepAction: A wait in place of a hook.
          seconds: How many seconds; at most the pod's grace period.
        Lifecycle: What is done at the beginning and end of a container.
          postStart: Done right after the start; the container counts as running only then, and is
            stopped if it fails.
          preStop: Done before the stop signal, when the engine stops the container; not if it ends
            by itself. Its time counts for the grace period.
          stopSignal: The signal that stops the container, such as SIGUSR1; by default the image's,
            else SIGTERM. It needs `os.name` in the pod.
        LifecycleHandler: What a hook does; exactly one of the fields.
          exec: Runs a command in the container; anything but exit code 0 is a failure.
          httpGet: Asks for a page of the container.
          tcpSocket: Left for old manifests; such a hook is never carried out.
          sleep: Waits.
        SecurityContext: The user and restrictions of a container; they come before the pod's.
          capabilities: Capabilities that the program gets or loses, compared with the runtime's
            default.
          privileged: Whether the container has all capabilities and devices, much like a process of
            the node's root; false by default.
          seLinuxOptions: The container's SELinux label. This engine sets none.
          windowsOptions: Settings for Windows; they have no effect here.
          runAsUser: The user ID of the processes; by default the pod's, else the image's user.
          runAsGroup: The primary group ID; by default the pod's, else that of the user in the
            image.
          runAsNonRoot: Whether to refuse to start if the user is root or is not known by number.
          readOnlyRootFilesystem: Whether the image's files cannot be changed; volumes still can.
            False by default.
          allowPrivilegeEscalation: Whether a process may get more rights than its parent, by setuid
            programs say; true by default, and it cannot be false with `privileged` or
            CAP_SYS_ADMIN.
          procMount: How /proc appears: Default, with parts hidden or read-only, or Unmasked, which
            needs `hostUsers: false`.
          seccompProfile: The container's filter of system calls; by default the pod's.
          appArmorProfile: The container's AppArmor profile. This engine sets none.
        Capabilities: Rights of root that can be given and taken one by one.
          add: Capabilities to give, such as NET_ADMIN; ALL means all.
          drop: Capabilities to take away; ALL means all but those in `add`.
        """
}
