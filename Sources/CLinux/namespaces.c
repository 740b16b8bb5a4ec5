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
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

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

// The thread's namespaces die with it unless they are pinned: a half-made set leaves nothing.
static void *make(void *argument) {
    struct job *job = argument;
    const struct remora_namespaces *wanted = job->wanted;
    int flags = (wanted->net ? CLONE_NEWNET : 0) | (wanted->ipc ? CLONE_NEWIPC : 0)
        | (wanted->uts ? CLONE_NEWUTS : 0);

    job->step = REMORA_NAMESPACE_UNSHARE;
    if (unshare(flags) < 0) {
        job->error = errno;
        return NULL;
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
    const char *path;
    char *const *argv;
    char *const *envp;
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

int remora_hold_pid_namespace(const char *path, char *const argv[], char *const envp[]) {
    const size_t size = 64 * 1024;
    char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) return -errno;
    struct hold hold = {.path = path, .argv = argv, .envp = envp};

    // No signal handler of ours may run in the child on shared memory.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid = clone(become_holder, stack + size,
        CLONE_NEWPID | CLONE_VM | CLONE_VFORK | SIGCHLD, &hold);
    int error = pid < 0 ? errno : hold.error;
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
