#pragma once
// System calls that the Glibc module hides behind _GNU_SOURCE or does not have at all.
// Every function returns what the call returns: -1 with errno on failure.
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/types.h>

// accept4 with SOCK_NONBLOCK | SOCK_CLOEXEC; the peer's address is not wanted.
int remora_accept(int listener);
// The same, with the peer's address; `size` is the room and then the address's size.
int remora_accept_peer(int listener, void *address, unsigned *size);
// Has a listening socket begin no more handshakes; those under way are finished and can be accepted.
int remora_refuse_handshakes(int listener);
// Moves bytes between two descriptors, one of which is a pipe, without waiting (SPLICE_F_MOVE).
ssize_t remora_splice(int from, int to, size_t count);
// A pipe whose ends do not wait and are closed on exec.
int remora_pipe_nonblocking(int ends[2]);
// pipe2 with O_CLOEXEC; both ends block until made otherwise.
int remora_pipe(int ends[2]);
// getrandom without flags, in full.
int remora_random(void *bytes, size_t count);
// A descriptor that reads `struct signalfd_siginfo`; the signals must be blocked.
int remora_signal_descriptor(const int *signals, size_t count);
// One signal number from such a descriptor; -1 with EAGAIN if there is none.
int remora_signal_read(int descriptor);
// Blocks the signals in the calling thread and all threads it starts later.
int remora_signals_block(const int *signals, size_t count);

// A descriptor of the process that becomes readable when it ends.
int remora_pidfd_open(pid_t pid);
int remora_pidfd_signal(int pidfd, int signal);

// How a child ended: `signalled` is 0 for an exit code and 1 for a signal in `value`.
struct remora_ending {
    int signalled;
    int value;
    uint64_t user_microseconds;
    uint64_t system_microseconds;
};
// Reaps the child behind a pidfd without waiting; EAGAIN while it still runs.
int remora_reap(int pidfd, struct remora_ending *ending);

// Readiness of a descriptor: what was given when it was added, and EPOLL... bits.
struct remora_event {
    uint64_t token;
    uint32_t bits;
};
// epoll_ctl; bits and token are not used for EPOLL_CTL_DEL.
int remora_epoll_control(int epoll, int operation, int descriptor, uint32_t bits, uint64_t token);
// epoll_wait for up to 256 events.
int remora_epoll_wait(int epoll, struct remora_event *events, int room, int milliseconds);

// The thread's kernel id.
pid_t remora_thread_id(void);
// Names the calling thread; 15 bytes at most are kept.
void remora_thread_name(const char *name);

// recv and send without flags but MSG_NOSIGNAL, and without being points where a thread can be
// cancelled, which costs a tenth of a call.
long remora_receive(int socket, void *room, size_t count);
long remora_send(int socket, const void *bytes, size_t count);

// recvmmsg without waiting: up to `count` (at most 64) datagrams into room of `size` bytes each. `lengths` gets the
// length of each as it was sent, which may be more than `size`; `lost` how many the socket dropped since it was
// made, if the kernel says so. Needs remora_count_lost for that.
int remora_receive_many(int socket, uint8_t *room, size_t size, uint32_t *lengths, int count, uint32_t *lost);
// Has the kernel tell with datagrams how many were dropped for want of room (SO_RXQ_OVFL).
int remora_count_lost(int socket);
// How many datagrams the socket has dropped since it was made; -1 where the kernel does not tell.
int remora_lost(int socket, uint32_t *lost);
