extension Schema {
    /// The types of containers, as core/v1 of v1.36 has them; see `Schema` for the notation.
    static let containerTypes = """
        Container
          name string!
          image string
          command [string]
          args [string]
          workingDir string
          ports [ContainerPort] key=containerPort,protocol merge=containerPort
          envFrom [EnvFromSource]
          env [EnvVar] key=name merge=name
          resources ResourceRequirements
          resizePolicy [ContainerResizePolicy]
          restartPolicy string
          restartPolicyRules [ContainerRestartRule]
          volumeMounts [VolumeMount] key=mountPath merge=mountPath
          volumeDevices [VolumeDevice] key=devicePath merge=devicePath
          livenessProbe Probe
          readinessProbe Probe
          startupProbe Probe
          lifecycle Lifecycle
          terminationMessagePath string
          terminationMessagePolicy string
          imagePullPolicy string
          securityContext SecurityContext
          stdin bool
          stdinOnce bool
          tty bool
        EphemeralContainer
          +Container
          targetContainerName string
        ContainerPort
          name string
          hostPort int
          containerPort int!
          protocol string
          hostIP string
        EnvFromSource
          prefix string
          configMapRef OptionalReference
          secretRef OptionalReference
        OptionalReference
          name string
          optional bool
        EnvVar
          name string!
          value string
          valueFrom EnvVarSource
        EnvVarSource
          fieldRef ObjectFieldSelector
          resourceFieldRef ResourceFieldSelector
          configMapKeyRef KeySelector
          secretKeyRef KeySelector
          fileKeyRef FileKeySelector
        ObjectFieldSelector atomic
          apiVersion string
          fieldPath string!
        ResourceFieldSelector atomic
          containerName string
          resource string!
          divisor quantity
        KeySelector atomic
          name string
          key string!
          optional bool
        FileKeySelector atomic
          volumeName string!
          path string!
          key string!
          optional bool
        ResourceRequirements
          limits {quantity}
          requests {quantity}
          claims [ResourceClaim] key=name
        ResourceClaim
          name string!
          request string
        ContainerResizePolicy
          resourceName string!
          restartPolicy string!
        ContainerRestartRule
          action string!
          exitCodes ContainerRestartRuleOnExitCodes
        ContainerRestartRuleOnExitCodes
          operator string!
          values [int]
        VolumeMount
          name string!
          readOnly bool
          recursiveReadOnly string
          mountPath string!
          subPath string
          mountPropagation string
          subPathExpr string
        VolumeDevice
          name string!
          devicePath string!
        Probe
          exec ExecAction
          httpGet HTTPGetAction
          tcpSocket TCPSocketAction
          grpc GRPCAction
          initialDelaySeconds int
          timeoutSeconds int
          periodSeconds int
          successThreshold int
          failureThreshold int
          terminationGracePeriodSeconds long
        ExecAction
          command [string]!
        HTTPGetAction
          path string
          port intstr!
          host string
          scheme string
          httpHeaders [HTTPHeader]
        HTTPHeader
          name string!
          value string
        TCPSocketAction
          port intstr!
          host string
        GRPCAction
          port int!
          service string
        SleepAction
          seconds long!
        Lifecycle
          postStart LifecycleHandler
          preStop LifecycleHandler
          stopSignal string
        LifecycleHandler
          exec ExecAction
          httpGet HTTPGetAction
          tcpSocket TCPSocketAction
          sleep SleepAction
        SecurityContext
          capabilities Capabilities
          privileged bool
          seLinuxOptions SELinuxOptions
          windowsOptions WindowsSecurityContextOptions
          runAsUser long
          runAsGroup long
          runAsNonRoot bool
          readOnlyRootFilesystem bool
          allowPrivilegeEscalation bool
          procMount string
          seccompProfile SeccompProfile
          appArmorProfile AppArmorProfile
        Capabilities
          add [string]
          drop [string]
        """
}
