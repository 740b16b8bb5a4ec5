#define _GNU_SOURCE
#include "CLinux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

// The names came with glibc 2.36; the numbers are the kernel's, on every architecture.
#define REMORA_OPEN_TREE 428
#define REMORA_MOVE_MOUNT 429
#define REMORA_MOUNT_SETATTR 442
#define REMORA_OPEN_TREE_CLONE 1
#define REMORA_MOVE_MOUNT_EMPTY_PATH 4
#define REMORA_MOUNT_ATTR_IDMAP 0x00100000

struct mapping_attributes {
    uint64_t set;
    uint64_t clear;
    uint64_t propagation;
    uint64_t users;
};

struct job {
    const struct remora_namespaces *wanted;
    enum remora_namespace_step step;
    size_t index;
    int error;
};

static int bring_loopback_up(void) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return errno;
    struct ifreq request = {.ifr_name = "lo"};
    int error = 0;
    if (ioctl(fd, SIOCGIFFLAGS, &request) < 0) {
        error = errno;
    } else {
        request.ifr_flags |= IFF_UP;
        if (ioctl(fd, SIOCSIFFLAGS, &request) < 0) error = errno;
    }
    close(fd);
    return error;
}

static int write_sysctl(const char *name, const char *value) {
    char path[512];
    int length = snprintf(path, sizeof path, "/proc/sys/%s", name);
    if (length < 0 || (size_t)length >= sizeof path) return ENAMETOOLONG;
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return errno;
    size_t size = strlen(value);
    int error = write(fd, value, size) == (ssize_t)size ? 0 : errno;
    close(fd);
    return error;
}

static int pin(const char *kind, const char *target) {
    char source[64];
    snprintf(source, sizeof source, "/proc/thread-self/ns/%s", kind);
    return mount(source, target, NULL, MS_BIND, NULL) < 0 ? errno : 0;
}

static int write_map(pid_t pid, const char *name, const struct remora_namespaces *wanted) {
    char path[64], line[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    int length = snprintf(line, sizeof line, "0 %u %u", wanted->first_id, wanted->id_count);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return errno;
    int error = write(fd, line, (size_t)length) == length ? 0 : errno;
    close(fd);
    return error;
}

static int become_root(void) {
    // The raw calls, because glibc's change all threads of the process.
    if (syscall(SYS_setgroups, 0, NULL) < 0 || syscall(SYS_setresgid, 0, 0, 0) < 0
        || syscall(SYS_setresuid, 0, 0, 0) < 0)
        return errno;
    return 0;
}

// Runs in a process of its own, for a thread cannot have another user namespace than its process.
// The namespaces belong to the root of the new user namespace: its message queues, for instance.
static _Noreturn void own_namespaces(int flags, int mapped, int answer) {
    char byte;
    int error = read(mapped, &byte, 1) == 1 ? become_root() : EPIPE;
    if (!error && unshare(flags) < 0) error = errno;
    if (write(answer, &error, sizeof error) == sizeof error) {
        // Until the others hold the namespaces, or are gone.
        while (read(mapped, &byte, 1) < 0 && errno == EINTR) {}
    }
    _exit(0);
}

static int join(pid_t pid, const char *kind, int flag) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)pid, kind);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno;
    int error = setns(fd, flag) < 0 ? errno : 0;
    close(fd);
    return error;
}

// Makes a user namespace and others that belong to it; the thread joins those others, so that the
// rest of the work is done with the node's privileges.
static int enter_owned(struct job *job, int flags) {
    const struct remora_namespaces *wanted = job->wanted;
    int mapped[2], answer[2];
    if (pipe2(mapped, O_CLOEXEC) < 0) return errno;
    if (pipe2(answer, O_CLOEXEC) < 0) {
        int error = errno;
        close(mapped[0]);
        close(mapped[1]);
        return error;
    }
    job->step = REMORA_NAMESPACE_USERS;
    pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);
    int error = pid < 0 ? errno : 0;
    if (pid == 0) {
        close(mapped[1]);
        close(answer[0]);
        own_namespaces(flags, mapped[0], answer[1]);
    }
    close(mapped[0]);
    close(answer[1]);
    if (!error) error = write_map(pid, "uid_map", wanted);
    if (!error) error = write_map(pid, "gid_map", wanted);
    if (!error) {
        job->step = REMORA_NAMESPACE_UNSHARE;
        if (write(mapped[1], "", 1) != 1 || read(answer[0], &error, sizeof error) != sizeof error)
            error = EPIPE;
    }
    if (!error && wanted->net) error = join(pid, "net", CLONE_NEWNET);
    if (!error && wanted->ipc) error = join(pid, "ipc", CLONE_NEWIPC);
    if (!error && wanted->uts) error = join(pid, "uts", CLONE_NEWUTS);
    if (!error) {
        job->step = REMORA_NAMESPACE_PIN;
        job->index = 3;
        char source[64];
        snprintf(source, sizeof source, "/proc/%d/ns/user", (int)pid);
        if (mount(source, wanted->users, NULL, MS_BIND, NULL) < 0) error = errno;
    }
    close(mapped[1]);
    close(answer[0]);
    if (pid > 0) {
        kill(pid, SIGKILL);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
    }
    return error;
}

// The thread's namespaces die with it unless they are pinned: a half-made set leaves nothing.
static void *make(void *argument) {
    struct job *job = argument;
    const struct remora_namespaces *wanted = job->wanted;
    int flags = (wanted->net ? CLONE_NEWNET : 0) | (wanted->ipc ? CLONE_NEWIPC : 0)
        | (wanted->uts ? CLONE_NEWUTS : 0);

    if (wanted->users) {
        job->error = enter_owned(job, flags);
        if (job->error) return NULL;
    } else {
        job->step = REMORA_NAMESPACE_UNSHARE;
        if (unshare(flags) < 0) {
            job->error = errno;
            return NULL;
        }
    }
    job->step = REMORA_NAMESPACE_HOSTNAME;
    if (wanted->uts && wanted->hostname
        && sethostname(wanted->hostname, strlen(wanted->hostname)) < 0) {
        job->error = errno;
        return NULL;
    }
    job->step = REMORA_NAMESPACE_LOOPBACK;
    if (wanted->net && (job->error = bring_loopback_up())) return NULL;

    job->step = REMORA_NAMESPACE_SYSCTL;
    for (job->index = 0; job->index < wanted->sysctl_count; job->index++) {
        int error = write_sysctl(
            wanted->sysctl_paths[job->index], wanted->sysctl_values[job->index]);
        if (error && job->index >= wanted->optional_count) {
            job->error = error;
            return NULL;
        }
    }
    job->step = REMORA_NAMESPACE_PIN;
    const char *kinds[] = {"net", "ipc", "uts"};
    const char *targets[] = {wanted->net, wanted->ipc, wanted->uts};
    for (job->index = 0; job->index < 3; job->index++) {
        if (!targets[job->index]) continue;
        job->error = pin(kinds[job->index], targets[job->index]);
        if (job->error) return NULL;  // the caller releases the pins that were made
    }
    return NULL;
}

int remora_namespaces_make(
    const struct remora_namespaces *wanted, enum remora_namespace_step *step, size_t *index) {
    struct job job = {.wanted = wanted, .step = REMORA_NAMESPACE_THREAD};
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 128 * 1024);
    int error = pthread_create(&thread, &attributes, make, &job);
    pthread_attr_destroy(&attributes);
    if (!error) {
        pthread_join(thread, NULL);
        error = job.error;
    }
    *step = job.step;
    *index = job.index;
    return error;
}

struct hold {
    int users;
    const char *path;
    char *const *argv;
    char *const *envp;
    char *stack;
    size_t stack_size;
    pid_t pid;
    int error;
};

// Runs on the parent's memory (CLONE_VM) while the parent's thread waits: only system calls here.
static int become_holder(void *argument) {
    struct hold *hold = argument;
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
    setsid();
    int null = open("/dev/null", O_RDWR);
    if (null >= 0)
        for (int fd = 0; fd < 3; fd++) dup2(null, fd);
    syscall(SYS_close_range, 3U, ~0U, 0U);
    if (chdir("/") < 0) { /* the working directory then stays what it was */ }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(hold->path, hold->argv, hold->envp);
    hold->error = errno;
    _exit(127);
}

// Runs like the holder and makes it, as a child of the same parent: a PID namespace belongs to the user
// namespace of the process that makes it.
static int become_maker(void *argument) {
    struct hold *hold = argument;
    if (setns(hold->users, CLONE_NEWUSER) < 0) {
        hold->error = errno;
    } else if (!(hold->error = become_root())) {
        hold->pid = clone(become_holder, hold->stack + hold->stack_size / 2,
            CLONE_NEWPID | CLONE_VM | CLONE_VFORK | CLONE_PARENT | SIGCHLD, hold);
        if (hold->pid < 0) hold->error = errno;
    }
    _exit(0);
}

int remora_hold_pid_namespace(
    int users, const char *path, char *const argv[], char *const envp[]) {
    const size_t size = 128 * 1024;
    char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) return -errno;
    struct hold hold = {.users = users, .path = path, .argv = argv, .envp = envp,
        .stack = stack, .stack_size = size};

    // No signal handler of ours may run in the child on shared memory.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid;
    if (users < 0) {
        pid = clone(become_holder, stack + size,
            CLONE_NEWPID | CLONE_VM | CLONE_VFORK | SIGCHLD, &hold);
        if (pid < 0) hold.error = errno;
    } else {
        // Memory is shared, and so is this property, which goes with the change of the user.
        int dumpable = prctl(PR_GET_DUMPABLE);
        pid_t maker = clone(become_maker, stack + size, CLONE_VM | CLONE_VFORK | SIGCHLD, &hold);
        if (maker < 0) hold.error = errno;
        else waitpid(maker, NULL, 0);
        prctl(PR_SET_DUMPABLE, dumpable);
        pid = hold.pid;
    }
    int error = hold.error;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    munmap(stack, size);
    if (pid > 0 && error) waitpid(pid, NULL, 0);
    return error ? -error : pid;
}

void remora_pause(void) {
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGCHLD);
    sigaddset(&wanted, SIGTERM);
    sigaddset(&wanted, SIGINT);
    sigprocmask(SIG_BLOCK, &wanted, NULL);
    prctl(PR_SET_NAME, "remora-pause");
    for (;;) {
        sigwaitinfo(&wanted, NULL);
        while (waitpid(-1, NULL, WNOHANG) > 0) {}
    }
}

int remora_mount_mapped(const char *source, const char *users, const char *target) {
    int error = 0;
    int tree = (int)syscall(REMORA_OPEN_TREE, AT_FDCWD, source, REMORA_OPEN_TREE_CLONE | O_CLOEXEC);
    if (tree < 0) return errno;
    int namespace = open(users, O_RDONLY | O_CLOEXEC);
    if (namespace < 0) {
        error = errno;
    } else {
        struct mapping_attributes attributes = {
            .set = REMORA_MOUNT_ATTR_IDMAP, .propagation = MS_SLAVE, .users = (uint64_t)namespace};
        if (syscall(REMORA_MOUNT_SETATTR, tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes)
            < 0)
            error = errno;
        close(namespace);
    }
    if (!error && target
        && syscall(REMORA_MOVE_MOUNT, tree, "", AT_FDCWD, target, REMORA_MOVE_MOUNT_EMPTY_PATH) < 0)
        error = errno;
    close(tree);
    return error;
}

int remora_is_namespace(const char *path) {
    struct statfs information;
    return statfs(path, &information) == 0 && information.f_type == 0x6e736673;  // NSFS_MAGIC
}

// A datagram socket is only connected, which asks the routing table and sends nothing.
int remora_outward_address(int family, char *text, size_t size) {
    union {
        struct sockaddr generic;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address;
    memset(&address, 0, sizeof address);
    address.generic.sa_family = (sa_family_t)family;
    const char *far = family == AF_INET ? "198.51.100.1" : "2001:db8::1";
    void *number = family == AF_INET ? (void *)&address.v4.sin_addr : (void *)&address.v6.sin6_addr;
    inet_pton(family, far, number);
    if (family == AF_INET) address.v4.sin_port = htons(9);
    else address.v6.sin6_port = htons(9);

    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    socklen_t length = sizeof address;
    int result = connect(fd, &address.generic, length);
    if (result == 0) result = getsockname(fd, &address.generic, &length);
    if (result == 0 && !inet_ntop(family, number, text, (socklen_t)size)) result = -1;
    int error = errno;
    close(fd);
    errno = error;
    return result;
}

int remora_socket_in(const char *net, int family, int type) {
    int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (own < 0) return -errno;
    int there = open(net, O_RDONLY | O_CLOEXEC);
    if (there < 0 || setns(there, CLONE_NEWNET) < 0) {
        int error = errno;
        if (there >= 0) close(there);
        close(own);
        return -error;
    }
    int fd = socket(family, type, 0);
    int result = fd < 0 ? -errno : fd;
    // A thread that stays in a pod's network would do the node's work there.
    if (setns(own, CLONE_NEWNET) < 0) abort();
    close(there);
    close(own);
    return result;
}

int remora_bridge_remove(const char *name) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return errno;
    struct ifreq request;
    memset(&request, 0, sizeof request);
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    int error = 0;
    if (ioctl(fd, SIOCGIFFLAGS, &request) < 0) {
        error = errno;
    } else {
        request.ifr_flags &= ~IFF_UP;
        if (ioctl(fd, SIOCSIFFLAGS, &request) < 0 || ioctl(fd, SIOCBRDELBR, name) < 0) error = errno;
    }
    close(fd);
    return error;
}

int remora_bridge_make(const char *name, unsigned address, unsigned mask) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return errno;
    struct ifreq request;
    memset(&request, 0, sizeof request);
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    struct sockaddr_in *place = (struct sockaddr_in *)&request.ifr_addr;
    int error = 0;
    if (ioctl(fd, SIOCBRADDBR, name) < 0 && errno != EEXIST) error = errno;
    if (!error) {
        place->sin_family = AF_INET;
        place->sin_addr.s_addr = address;
        if (ioctl(fd, SIOCSIFADDR, &request) < 0) error = errno;
    }
    if (!error) {
        place->sin_family = AF_INET;
        place->sin_addr.s_addr = mask;
        if (ioctl(fd, SIOCSIFNETMASK, &request) < 0) error = errno;
    }
    if (!error && ioctl(fd, SIOCGIFFLAGS, &request) < 0) error = errno;
    if (!error) {
        request.ifr_flags |= IFF_UP;
        if (ioctl(fd, SIOCSIFFLAGS, &request) < 0) error = errno;
    }
    close(fd);
    return error;
}
