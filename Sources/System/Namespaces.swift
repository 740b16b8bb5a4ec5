public import Basics
import CLinux
import Glibc

/// The namespaces that shall be made together, each pinned on a file.
public struct NamespaceRequest: Sendable {
    /// A kernel parameter that belongs to one of the new namespaces.
    public struct Sysctl: Sendable, Hashable {
        /// The name, parted by dots or slashes: `net.ipv4.ip_local_port_range`.
        public var name: String
        /// What is written.
        public var value: String

        /// Names a parameter and its value.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }

        /// The path below `/proc/sys`.
        ///
        /// As with sysctl(8), the first separator decides: after a dot, a slash stands for a dot
        /// within a name (`net.ipv4.conf.eth0/1.mtu`).
        var path: String {
            guard let first = name.first(where: { $0 == "." || $0 == "/" }), first == "." else {
                return name
            }
            return String(name.map { $0 == "." ? "/" : $0 == "/" ? "." : $0 })
        }
    }

    /// The file on which a new user namespace is pinned that owns the others; nil makes none.
    public var users: String?
    /// The users and groups of the new user namespace, as the node numbers them.
    public var userRange = UserRange(first: 0)
    /// The file on which a new network namespace is pinned; nil makes none.
    public var net: String?
    /// The file on which a new IPC namespace is pinned; nil makes none.
    public var ipc: String?
    /// The file on which a new UTS namespace is pinned; nil makes none.
    public var uts: String?
    /// The hostname of the new UTS namespace, at most 64 bytes; nil keeps the machine's.
    public var hostname: String?
    /// What is set if the kernel knows it.
    public var defaults: [Sysctl] = []
    /// What must be set.
    public var sysctls: [Sysctl] = []

    /// Asks for nothing.
    public init() {}
}

/// Network, IPC, UTS and user namespaces that live without a process, pinned by a bind mount on a file.
public enum Namespaces {
    /// Makes the namespaces, the loopback interface up and the hostname and parameters set.
    ///
    /// What an earlier life pinned on the same files is released first. After a throw nothing is
    /// left. Takes about a millisecond; the calling thread's own namespaces do not change.
    /// `exhausted` where the kernel refuses (more) namespaces.
    public static func make(_ request: NamespaceRequest) throws(Failure) {
        let pins = [request.net, request.ipc, request.uts, request.users].compactMap(\.self)
        if pins.isEmpty { return }
        do throws(SystemError) {
            for pin in pins {
                try release(pin)
                try Files.write(pin, [], mode: 0o600)
            }
        } catch {
            throw Failure("cannot make the file for a namespace", error)
        }
        let failure = make(pinned: request)
        if let failure {
            for pin in pins { _ = try? release(pin) }
            throw failure
        }
    }

    /// Unpins a namespace and removes the file; returns whether the file existed.
    ///
    /// The namespace goes when its last process has gone.
    @discardableResult
    public static func release(_ pin: String) throws(SystemError) -> Bool {
        while try Mounts.unmount(pin, lazily: true) {}
        if unsafe unlink(pin) == 0 { return true }
        if errno == ENOENT { return false }
        throw SystemError(errno, "unlink", pin)
    }

    /// Whether a namespace is pinned on that file.
    public static func isPinned(_ pin: String) -> Bool {
        unsafe remora_is_namespace(pin) == 1
    }

    private static func make(pinned request: NamespaceRequest) -> Failure? {
        let sysctls = request.defaults + request.sysctls
        var paths = unsafe sysctls.map { unsafe UnsafePointer(strdup($0.path)) }
        var values = unsafe sysctls.map { unsafe UnsafePointer(strdup($0.value)) }
        let texts = unsafe [
            request.net, request.ipc, request.uts, request.hostname, request.users,
        ]
        .map { text in unsafe text.flatMap { unsafe strdup($0) } }
        defer {
            unsafe (paths + values).forEach { unsafe free(UnsafeMutableRawPointer(mutating: $0)) }
            unsafe texts.forEach { unsafe free($0) }
        }
        var step = REMORA_NAMESPACE_THREAD
        var index = 0
        let error = unsafe paths.withUnsafeMutableBufferPointer { paths in
            unsafe values.withUnsafeMutableBufferPointer { values in
                var wanted = unsafe remora_namespaces(
                    net: texts[0],
                    ipc: texts[1],
                    uts: texts[2],
                    users: texts[4],
                    first_id: request.userRange.first,
                    id_count: UserRange.count,
                    hostname: texts[3],
                    sysctl_paths: UnsafePointer(paths.baseAddress),
                    sysctl_values: UnsafePointer(values.baseAddress),
                    sysctl_count: sysctls.count,
                    optional_count: request.defaults.count
                )
                return unsafe remora_namespaces_make(&wanted, &step, &index)
            }
        }
        return error == 0 ? nil : failure(of: request, step, error, sysctl: index)
    }

    /// What went wrong, in words.
    static func failure(
        of request: NamespaceRequest,
        _ step: remora_namespace_step,
        _ error: Int32,
        sysctl index: Int = 0
    ) -> Failure {
        let sysctls = request.defaults + request.sysctls
        let cause = SystemError.words(for: error)
        switch step {
        case REMORA_NAMESPACE_SYSCTL where error == ENOENT:
            return Failure(
                .invalid,
                "cannot set sysctl \(sysctls[index].name)",
                cause: "the kernel has no such parameter in the pod's namespaces",
                remedy: "correct its name, or remove it from securityContext.sysctls"
            )
        case REMORA_NAMESPACE_SYSCTL:
            return Failure(
                .invalid,
                "cannot set sysctl \(sysctls[index].name) to \"\(sysctls[index].value)\"",
                cause: cause,
                remedy: "correct the value in securityContext.sysctls"
            )
        case REMORA_NAMESPACE_HOSTNAME:
            return Failure(
                .invalid,
                "cannot set the hostname \"\(request.hostname ?? "")\"",
                cause: cause,
                remedy: "use at most 64 characters"
            )
        case REMORA_NAMESPACE_USERS:
            return Failure(
                .exhausted,
                "cannot make a user namespace for the pod",
                cause: "the kernel refuses it: \(cause)",
                remedy: "raise /proc/sys/user/max_user_namespaces, or remove hostUsers: false"
            )
        case REMORA_NAMESPACE_UNSHARE where error == ENOSPC:
            return Failure(
                .exhausted,
                "cannot make namespaces",
                cause: "the limit of namespaces is reached",
                remedy: "raise the limits in /proc/sys/user"
            )
        case REMORA_NAMESPACE_UNSHARE, REMORA_NAMESPACE_PIN:
            return Failure(
                error == EPERM ? .forbidden : .unavailable,
                "cannot make namespaces",
                cause: cause,
                remedy: error == EPERM ? "run Remora as root" : ""
            )
        default:
            return Failure(.unavailable, "cannot make namespaces", cause: cause)
        }
    }
}
