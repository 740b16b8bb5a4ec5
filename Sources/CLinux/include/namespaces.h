#pragma once
#include <stddef.h>

/// Where in the making of namespaces an error arose.
enum remora_namespace_step {
    REMORA_NAMESPACE_THREAD,
    REMORA_NAMESPACE_USERS,
    REMORA_NAMESPACE_UNSHARE,
    REMORA_NAMESPACE_HOSTNAME,
    REMORA_NAMESPACE_LOOPBACK,
    REMORA_NAMESPACE_SYSCTL,
    REMORA_NAMESPACE_PIN,
};

/// What to make. A path is an existing file on which the namespace is pinned; NULL makes none.
struct remora_namespaces {
    const char *net;
    const char *ipc;
    const char *uts;
    const char *users;                // a user namespace that owns the others; NULL makes none
    unsigned first_id;                // the node's ID of the first user and group in it
    unsigned id_count;                // how many users and groups it has
    const char *hostname;             // set in the new UTS namespace; NULL leaves it
    const char *const *sysctl_paths;  // below /proc/sys, written in order
    const char *const *sysctl_values;
    size_t sysctl_count;
    size_t optional_count;            // the first so many may fail: the kernel may lack them
};

/// Makes and pins namespaces on a thread of its own. Returns 0 or an errno; then `step` tells where,
/// and `index` which sysctl (or which pin: 0 net, 1 ipc, 2 uts, 3 users).
int remora_namespaces_make(
    const struct remora_namespaces *wanted, enum remora_namespace_step *step, size_t *index);

/// Starts a program as PID 1 of a new PID namespace, in a session of its own, with /dev/null as its
/// three descriptors and no others. With `users`, the descriptor of a user namespace (else -1), the
/// program is that one's root and the PID namespace belongs to it. Returns its PID as seen here, or a
/// negated errno.
int remora_hold_pid_namespace(
    int users, const char *path, char *const argv[], char *const envp[]);

/// Shows a file or directory at another place with its owners mapped as a user namespace maps them.
/// Without a target it is only tried. Returns 0 or an errno: EINVAL if the file system cannot map.
int remora_mount_mapped(const char *source, const char *users, const char *target);

/// Reaps everything and takes no notice of SIGTERM until it is killed from outside: the body of a
/// PID namespace's PID 1.
_Noreturn void remora_pause(void);

/// Whether a namespace is mounted on that file: 1 or 0.
int remora_is_namespace(const char *path);

/// The address that packets to the outside would come from, as text. Returns 0, or -1 with errno if
/// there is no route: then nothing is written.
int remora_outward_address(int family, char *text, size_t size);

/// A socket in the network namespace that is pinned on a file; the calling thread is there only meanwhile.
/// Returns the descriptor, or a negated errno. Ends the process if the thread cannot come back.
int remora_socket_in(const char *net, int family, int type);

/// Takes a bridge down and removes it. Returns 0, or an errno (ENODEV if there is none).
int remora_bridge_remove(const char *name);

/// Makes a bridge with an IPv4 address and a mask, both in network order, and brings it up; one that is
/// there is used. Returns 0, or an errno.
int remora_bridge_make(const char *name, unsigned address, unsigned mask);
