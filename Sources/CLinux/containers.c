#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <termios.h>
#include <unistd.h>

static int write_once(int fd, const void *text, size_t count) {
    ssize_t written;
    do {
        written = write(fd, text, count);
    } while (written < 0 && errno == EINTR);
    int error = written < 0 ? -errno : 0;
    close(fd);
    return error;
}

int remora_control_write(const char *path, const void *text, size_t count) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return -errno;
    return write_once(fd, text, count);
}

int remora_fifo_write(const char *path, const void *text, size_t count) {
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return -errno;
    return write_once(fd, text, count);
}

struct pin {
    const char *parent;
    const char *hidden;
    int result;
};

// Puts a version 1 hierarchy over `hidden`. crun makes a group there whatever the file system is: on
// the directory below the mount point, which every namespace shares, it would stay for ever.
static int cover(const char *parent, const char *hidden) {
    static const char *const hierarchies[] = {"systemd", "pids", "freezer", "memory", "cpu"};
    for (size_t i = 0; i < sizeof hierarchies / sizeof hierarchies[0]; i++) {
        char path[256];
        struct statfs kind;
        int length = snprintf(path, sizeof path, "%s/%s", parent, hierarchies[i]);
        if (length < 0 || (size_t)length >= sizeof path) continue;
        if (statfs(path, &kind) != 0 || kind.f_type != CGROUP_SUPER_MAGIC) continue;
        return mount(path, hidden, NULL, MS_BIND, NULL);
    }
    return mount("tmpfs", hidden, "tmpfs", 0, "mode=0755");
}

static void *pin_thread(void *argument) {
    struct pin *pin = argument;
    if (unshare(CLONE_NEWNS) != 0) {
        pin->result = -errno;
        return NULL;
    }
    // The parent mount must be private first, or the unmount would travel back to the caller.
    if (mount(NULL, pin->parent, NULL, MS_PRIVATE, NULL) != 0
        || umount2(pin->hidden, MNT_DETACH) != 0 || cover(pin->parent, pin->hidden) != 0) {
        pin->result = -errno;
        return NULL;
    }
    int fd = open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC);
    pin->result = fd < 0 ? -errno : fd;
    return NULL;
}

int remora_pin_mount_namespace(const char *parent, const char *hidden) {
    struct pin pin = {parent, hidden, -EINVAL};
    pthread_t thread;
    int error = pthread_create(&thread, NULL, pin_thread, &pin);
    if (error != 0) return -error;
    pthread_join(thread, NULL);
    return pin.result;
}

int remora_share_directory(const char *path) {
    // MS_SHARED on something that is not a mount point fails with EINVAL: then it becomes one.
    if (mount(NULL, path, NULL, MS_SHARED, NULL) == 0) return 0;
    if (errno != EINVAL) return -errno;
    if (mount(path, path, NULL, MS_BIND | MS_REC, NULL) != 0) return -errno;
    if (mount(NULL, path, NULL, MS_SHARED, NULL) != 0) return -errno;
    return 0;
}

int remora_receive_descriptor(int socket) {
    char byte[256];
    struct iovec data = {byte, sizeof byte};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = {0};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.space;
    message.msg_controllen = sizeof control.space;
    ssize_t count;
    do {
        count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    } while (count < 0 && errno == EINTR);
    if (count < 0) return -errno;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS) {
            int fd;
            memcpy(&fd, CMSG_DATA(part), sizeof fd);
            return fd;
        }
    }
    return -ENODATA;
}

static int unix_address(int directory, const char *name, struct sockaddr_un *address) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    int length = snprintf(
        address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/%s", directory, name);
    return length > 0 && (size_t)length < sizeof address->sun_path ? 0 : -ENAMETOOLONG;
}

static int unix_socket(const char *directory, const char *name, int type, int listening) {
    int folder = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return -errno;
    struct sockaddr_un address;
    int error = unix_address(folder, name, &address);
    int fd = -1;
    if (error == 0) {
        fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd < 0) error = -errno;
    }
    if (error == 0 && !listening
        && connect(fd, (struct sockaddr *)&address, sizeof address) != 0) error = -errno;
    if (error == 0 && listening
        && (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 4) != 0))
        error = -errno;
    close(folder);
    if (error == 0) return fd;
    if (fd >= 0) close(fd);
    return error;
}

int remora_connect_packets(const char *directory, const char *name) {
    return unix_socket(directory, name, SOCK_SEQPACKET, 0);
}

int remora_listen_stream(const char *directory, const char *name) {
    return unix_socket(directory, name, SOCK_STREAM, 1);
}

int remora_open_terminal(int *slave) {
    int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0) return -errno;
    int number, locked = 0;
    if (ioctl(master, TIOCSPTLCK, &locked) < 0) goto fail;
    // By the master and not by its path: the devices may be mounted elsewhere.
    *slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*slave < 0) goto fail;
    struct termios mode;
    if (tcgetattr(*slave, &mode) == 0) {
        cfmakeraw(&mode);
        if (tcsetattr(*slave, TCSANOW, &mode) == 0) return master;
    }
    number = errno;
    close(*slave);
    close(master);
    return -number;
fail:
    number = errno;
    close(master);
    return -number;
}

int remora_set_window(int terminal, unsigned short rows, unsigned short columns) {
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    return ioctl(terminal, TIOCSWINSZ, &size) == 0 ? 0 : -errno;
}

int remora_open_in_root(const char *root, const char *path) {
    int folder = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return -errno;
    struct open_how how = {0};
    how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    int fd = (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
    int error = fd < 0 ? -errno : 0;
    close(folder);
    if (error != 0) return error;
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        close(fd);
        return -EINVAL;
    }
    return fd;
}
