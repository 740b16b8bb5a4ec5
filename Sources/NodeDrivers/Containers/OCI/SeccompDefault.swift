import Formats

/// The system-call filter behind `seccompProfile.type: RuntimeDefault`.
///
/// It follows containerd's default: everything is refused with EPERM but the calls that ordinary
/// programs make, and a capability opens the calls that it is about. `clone3` answers ENOSYS, so that
/// C libraries fall back to `clone`, whose flags a filter can look at.
enum SeccompDefault {
    /// The filter of a container that holds these capabilities on this architecture (`uname -m`).
    static func profile(capabilities: [String], architecture: String) -> JSON {
        let held = Set(capabilities)
        var rules: [JSON] = [allow(names(ordinary))]
        rules.append(
            contentsOf: personalities.map { personality in
                allow(["personality"], arguments: [argument(0, personality, "SCMP_CMP_EQ")])
            }
        )
        // 40 is AF_VSOCK: it reaches the machine below a virtual machine.
        rules.append(allow(["socket"], arguments: [argument(0, 40, "SCMP_CMP_NE")]))
        for (capability, list) in byCapability where held.contains(capability) {
            rules.append(allow(names(list)))
        }
        if !held.contains("CAP_SYS_ADMIN") {
            let mask = argument(0, cloneNamespaceFlags, "SCMP_CMP_MASKED_EQ", second: 0)
            rules.append(allow(["clone"], arguments: [mask]))
            rules.append(["names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38])
        }
        if architecture == "x86_64" { rules.append(allow(["arch_prctl", "modify_ldt"])) }
        if architecture == "aarch64" {
            rules.append(allow(names("arm_fadvise64_64 arm_sync_file_range sync_file_range2")))
        }
        return [
            "defaultAction": "SCMP_ACT_ERRNO",
            "defaultErrnoRet": 1,
            "architectures": .array(architectures(architecture).map { .string($0) }),
            "syscalls": .array(rules),
        ]
    }

    private static func architectures(_ name: String) -> [String] {
        switch name {
        case "x86_64": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]
        case "aarch64": ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]
        default: []
        }
    }

    private static func names(_ list: String) -> [String] {
        list.split { $0 == " " || $0 == "\n" }.map(String.init)
    }

    private static func allow(_ names: [String], arguments: [JSON] = []) -> JSON {
        var rule: JSONObject = [
            "names": .array(names.map { .string($0) }), "action": "SCMP_ACT_ALLOW",
        ]
        if !arguments.isEmpty { rule["args"] = .array(arguments) }
        return .object(rule)
    }

    private static func argument(
        _ index: Int64,
        _ value: Int64,
        _ comparison: String,
        second: Int64? = nil
    ) -> JSON {
        var argument: JSONObject = [
            "index": .int(index), "value": .int(value), "op": .string(comparison),
        ]
        if let second { argument["valueTwo"] = .int(second) }
        return .object(argument)
    }

    /// `CLONE_NEWNS`, `NEWCGROUP`, `NEWUTS`, `NEWIPC`, `NEWUSER`, `NEWPID` and `NEWNET` together.
    private static let cloneNamespaceFlags: Int64 = 0x7E02_0000

    private static let personalities: [Int64] = [0, 0x8, 0x20000, 0x20008, 0xFFFF_FFFF]

    private static let byCapability: [(String, String)] = [
        ("CAP_DAC_READ_SEARCH", "open_by_handle_at"),
        (
            "CAP_SYS_ADMIN",
            """
            bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount
            mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname
            sethostname setns syslog umount umount2 unshare
            """
        ),
        ("CAP_SYS_BOOT", "reboot"),
        ("CAP_SYS_CHROOT", "chroot"),
        ("CAP_SYS_MODULE", "delete_module init_module finit_module"),
        ("CAP_SYS_PACCT", "acct"),
        (
            "CAP_SYS_PTRACE",
            "kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace"
        ),
        ("CAP_SYS_RAWIO", "iopl ioperm"),
        ("CAP_SYS_TIME", "settimeofday stime clock_settime clock_settime64"),
        ("CAP_SYS_TTY_CONFIG", "vhangup"),
        ("CAP_SYS_NICE", "get_mempolicy mbind set_mempolicy set_mempolicy_home_node"),
        ("CAP_SYSLOG", "syslog"),
        ("CAP_BPF", "bpf"),
        ("CAP_PERFMON", "perf_event_open"),
    ]

    private static let ordinary = """
        accept accept4 access adjtimex alarm bind brk capget capset chdir chmod chown chown32
        clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime
        clock_gettime64 clock_nanosleep clock_nanosleep_time64 close close_range connect
        copy_file_range creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_ctl_old
        epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 execve execveat exit
        exit_group faccessat faccessat2 fadvise64 fadvise64_64 fallocate fanotify_mark fchdir
        fchmod fchmodat fchown fchown32 fchownat fcntl fcntl64 fdatasync fgetxattr flistxattr
        flock fork fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 fsync
        ftruncate ftruncate64 futex futex_time64 futex_waitv futimesat getcpu getcwd getdents
        getdents64 getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32
        getitimer getpeername getpgid getpgrp getpid getppid getpriority getrandom getresgid
        getresgid32 getresuid getresuid32 getrlimit get_robust_list getrusage getsid getsockname
        getsockopt get_thread_area gettid gettimeofday getuid getuid32 getxattr inotify_add_watch
        inotify_init inotify_init1 inotify_rm_watch io_cancel ioctl io_destroy io_getevents
        io_pgetevents io_pgetevents_time64 ioprio_get ioprio_set io_setup io_submit ipc kill
        landlock_add_rule landlock_create_ruleset landlock_restrict_self lchown lchown32 lgetxattr
        link linkat listen listxattr llistxattr _llseek lremovexattr lseek lsetxattr lstat lstat64
        madvise membarrier memfd_create memfd_secret mincore mkdir mkdirat mknod mknodat mlock
        mlock2 mlockall mmap mmap2 mprotect mq_getsetattr mq_notify mq_open mq_timedreceive
        mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink mremap msgctl msgget
        msgrcv msgsnd msync munlock munlockall munmap name_to_handle_at nanosleep newfstatat
        _newselect open openat openat2 pause pidfd_open pidfd_send_signal pipe pipe2 pkey_alloc
        pkey_free pkey_mprotect poll ppoll ppoll_time64 prctl pread64 preadv preadv2 prlimit64
        process_mrelease pselect6 pselect6_time64 ptrace pwrite64 pwritev pwritev2 read readahead
        readlink readlinkat readv recv recvfrom recvmmsg recvmmsg_time64 recvmsg remap_file_pages
        removexattr rename renameat renameat2 restart_syscall rmdir rseq rt_sigaction
        rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait
        rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_getaffinity sched_getattr sched_getparam
        sched_get_priority_max sched_get_priority_min sched_getscheduler sched_rr_get_interval
        sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam
        sched_setscheduler sched_yield seccomp select semctl semget semop semtimedop
        semtimedop_time64 send sendfile sendfile64 sendmmsg sendmsg sendto setfsgid setfsgid32
        setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 setitimer setpgid setpriority
        setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32
        setrlimit set_robust_list setsid setsockopt set_thread_area set_tid_address setuid
        setuid32 setxattr shmat shmctl shmdt shmget shutdown sigaltstack signalfd signalfd4
        sigprocmask sigreturn socketcall socketpair splice stat stat64 statfs statfs64 statx
        symlink symlinkat sync sync_file_range syncfs sysinfo tee tgkill time timer_create
        timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime
        timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime
        timerfd_settime64 times tkill truncate truncate64 ugetrlimit umask uname unlink unlinkat
        utime utimensat utimensat_time64 utimes vfork vmsplice wait4 waitid waitpid write writev
        """
}
