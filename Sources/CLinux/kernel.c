#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
// The name in <sys/wait.h> came with glibc 2.36; the number is the kernel's.
#define REMORA_P_PIDFD 3

int remora_accept(int listener) {
    return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int remora_refuse_handshakes(int listener) {
    // Byte 13 of a TCP header holds the flags; with SYN among them the packet is dropped.
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x02, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof code[0], .filter = code};
    return setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

int remora_accept_peer(int listener, void *address, unsigned *size) {
    return accept4(listener, address, size, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

ssize_t remora_splice(int from, int to, size_t count) {
    return splice(from, NULL, to, NULL, count, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
}

int remora_pipe_nonblocking(int ends[2]) { return pipe2(ends, O_CLOEXEC | O_NONBLOCK); }

int remora_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int remora_random(void *bytes, size_t count) {
    uint8_t *next = bytes;
    while (count > 0) {
        ssize_t got = getrandom(next, count, 0);
        if (got < 0) {
            if (errno == EINTR) continue;
            return -1;
        }
        next += got;
        count -= (size_t)got;
    }
    return 0;
}

static void signal_set(sigset_t *set, const int *signals, size_t count) {
    sigemptyset(set);
    for (size_t index = 0; index < count; index++) sigaddset(set, signals[index]);
}

int remora_signal_descriptor(const int *signals, size_t count) {
    sigset_t set;
    signal_set(&set, signals, count);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

int remora_signal_read(int descriptor) {
    struct signalfd_siginfo info;
    ssize_t got = read(descriptor, &info, sizeof info);
    if (got < 0) return -1;
    if (got != sizeof info) {
        errno = EIO;
        return -1;
    }
    return (int)info.ssi_signo;
}

int remora_signals_block(const int *signals, size_t count) {
    sigset_t set;
    signal_set(&set, signals, count);
    int error = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (error == 0) return 0;
    errno = error;
    return -1;
}

int remora_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int remora_pidfd_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int remora_reap(int pidfd, struct remora_ending *ending) {
    siginfo_t info = {0};
    struct rusage usage = {0};
    // The raw call, because glibc's waitid drops the resource usage.
    if (syscall(SYS_waitid, REMORA_P_PIDFD, pidfd, &info, WEXITED | WNOHANG, &usage) < 0) return -1;
    if (info.si_pid == 0) {
        errno = EAGAIN;
        return -1;
    }
    ending->signalled = info.si_code != CLD_EXITED;
    ending->value = info.si_status;
    ending->user_microseconds =
        (uint64_t)usage.ru_utime.tv_sec * 1000000 + (uint64_t)usage.ru_utime.tv_usec;
    ending->system_microseconds =
        (uint64_t)usage.ru_stime.tv_sec * 1000000 + (uint64_t)usage.ru_stime.tv_usec;
    return 0;
}

int remora_epoll_control(int epoll, int operation, int descriptor, uint32_t bits, uint64_t token) {
    struct epoll_event event = {.events = bits, .data.u64 = token};
    return epoll_ctl(epoll, operation, descriptor, &event);
}

int remora_epoll_wait(int epoll, struct remora_event *events, int room, int milliseconds) {
    struct epoll_event ready[256];
    int count = epoll_wait(epoll, ready, room < 256 ? room : 256, milliseconds);
    for (int index = 0; index < count; index++) {
        events[index].token = ready[index].data.u64;
        events[index].bits = ready[index].events;
    }
    return count;
}

pid_t remora_thread_id(void) { return (pid_t)syscall(SYS_gettid); }

void remora_thread_name(const char *name) {
    char kept[16] = {0};
    for (size_t index = 0; index < sizeof kept - 1 && name[index] != 0; index++) {
        kept[index] = name[index];
    }
    pthread_setname_np(pthread_self(), kept);
}

long remora_receive(int socket, void *room, size_t count) {
    return syscall(SYS_recvfrom, socket, room, count, 0, NULL, NULL);
}

long remora_send(int socket, const void *bytes, size_t count) {
    return syscall(SYS_sendto, socket, bytes, count, MSG_NOSIGNAL, NULL, 0);
}

int remora_receive_many(int socket, uint8_t *room, size_t size, uint32_t *lengths, int count, uint32_t *lost) {
    enum { MOST = 64, CONTROL = CMSG_SPACE(sizeof(uint32_t)) };
    struct mmsghdr messages[MOST] = {0};
    struct iovec places[MOST];
    _Alignas(struct cmsghdr) char controls[MOST][CONTROL];
    if (count > MOST) count = MOST;
    for (int index = 0; index < count; index++) {
        places[index] = (struct iovec){.iov_base = room + (size_t)index * size, .iov_len = size};
        messages[index].msg_hdr.msg_iov = &places[index];
        messages[index].msg_hdr.msg_iovlen = 1;
        messages[index].msg_hdr.msg_control = controls[index];
        messages[index].msg_hdr.msg_controllen = CONTROL;
    }
    int got = recvmmsg(socket, messages, (unsigned)count, MSG_DONTWAIT | MSG_TRUNC, NULL);
    for (int index = 0; index < got; index++) {
        lengths[index] = messages[index].msg_len;
        struct msghdr *header = &messages[index].msg_hdr;
        for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
            if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SO_RXQ_OVFL) {
                memcpy(lost, CMSG_DATA(part), sizeof *lost);
            }
        }
    }
    return got;
}

int remora_count_lost(int socket) {
    int yes = 1;
    return setsockopt(socket, SOL_SOCKET, SO_RXQ_OVFL, &yes, sizeof yes);
}

int remora_lost(int socket, uint32_t *lost) {
    uint32_t told[SK_MEMINFO_VARS];
    socklen_t size = sizeof told;
    if (getsockopt(socket, SOL_SOCKET, SO_MEMINFO, told, &size) != 0) return -1;
    if (size <= SK_MEMINFO_DROPS * sizeof told[0]) return -1;
    *lost = told[SK_MEMINFO_DROPS];
    return 0;
}
