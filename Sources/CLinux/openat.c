#define _GNU_SOURCE
#include "CLinux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// A rename on the way makes the kernel answer EAGAIN; somebody who renames for ever gets that error.
enum { ATTEMPTS_MAXIMUM = 64, DEPTH_MAXIMUM = 128 };

static void close_kept(int descriptor) {
    int error = errno;
    close(descriptor);
    errno = error;
}

int remora_open_beneath(int directory, const char *path, int flags, unsigned mode) {
    struct open_how how = {
        .flags = (uint64_t)(unsigned)flags | O_CLOEXEC,
        .mode = (flags & O_CREAT) ? mode : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    int descriptor = -1;
    for (int attempt = 0; attempt < ATTEMPTS_MAXIMUM; attempt++) {
        descriptor = (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
        if (descriptor >= 0 || (errno != EAGAIN && errno != EINTR)) break;
    }
    return descriptor;
}

// Makes one directory in an open one and opens it.
static int make_entry(int parent, const char *name, unsigned mode) {
    if (mkdirat(parent, name, mode & 0777) < 0) return -1;
    int descriptor = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor >= 0 && fchmod(descriptor, mode & 07777) < 0) {
        close_kept(descriptor);
        return -1;
    }
    return descriptor;
}

int remora_make_beneath(int directory, const char *path, unsigned mode) {
    char prefix[PATH_MAX];
    size_t length = strlen(path);
    if (length >= sizeof prefix) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int current = remora_open_beneath(directory, ".", O_PATH | O_DIRECTORY, 0);
    for (size_t start = 0; current >= 0 && start < length;) {
        size_t end = start;
        while (end < length && path[end] != '/') end++;
        if (end > start) {
            memcpy(prefix, path, end);
            prefix[end] = 0;
            // From the top each time: `..` and links inside the tree must be seen by one lookup.
            int next = remora_open_beneath(directory, prefix, O_PATH | O_DIRECTORY, 0);
            if (next < 0 && errno == ENOENT) {
                next = make_entry(current, prefix + start, mode);
                if (next < 0 && errno == EEXIST) {
                    // Somebody else made it, or it is a link that leads nowhere.
                    next = remora_open_beneath(directory, prefix, O_PATH | O_DIRECTORY, 0);
                }
            }
            close_kept(current);
            current = next;
        }
        start = end + 1;
    }
    return current;
}

struct grant {
    unsigned group, file, directory;
    char *culprit;
};

static void note(const struct grant *grant, const char *name) {
    size_t length = strnlen(name, 255);
    memcpy(grant->culprit, name, length);
    grant->culprit[length] = 0;
}

static int grant_directory(const struct grant *grant, int descriptor, int depth);

static int grant_entry(const struct grant *grant, int parent, const char *name, int depth) {
    note(grant, name);
    int entry = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    // What has gone meanwhile needs nothing.
    if (entry < 0) return errno == ENOENT && depth > 0 ? 0 : -1;
    struct stat status;
    int result = fstat(entry, &status);
    if (result == 0) result = fchownat(entry, "", (uid_t)-1, grant->group, AT_EMPTY_PATH);
    if (result == 0 && !S_ISLNK(status.st_mode)) {
        char path[40];
        snprintf(path, sizeof path, "/proc/self/fd/%d", entry);
        unsigned added = S_ISDIR(status.st_mode) ? grant->directory : grant->file;
        result = chmod(path, (status.st_mode & 07777) | added);
    }
    if (result == 0 && S_ISDIR(status.st_mode)) {
        int inside = openat(entry, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        close_kept(entry);
        return inside < 0 ? -1 : grant_directory(grant, inside, depth);
    }
    close_kept(entry);
    return result;
}

// Takes the descriptor over.
static int grant_directory(const struct grant *grant, int descriptor, int depth) {
    if (depth > DEPTH_MAXIMUM) {
        close(descriptor);
        errno = ENAMETOOLONG;
        return -1;
    }
    DIR *stream = fdopendir(descriptor);
    if (stream == NULL) {
        close_kept(descriptor);
        return -1;
    }
    int result = 0;
    while (result == 0) {
        errno = 0;
        struct dirent *entry = readdir(stream);
        if (entry == NULL) {
            result = errno == 0 ? 0 : -1;
            break;
        }
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        result = grant_entry(grant, descriptor, entry->d_name, depth + 1);
    }
    int error = errno;
    closedir(stream);
    errno = error;
    return result;
}

int remora_grant_group(
    const char *path, unsigned group, unsigned file, unsigned directory, char *culprit) {
    struct grant grant = {group, file, file | directory, culprit};
    return grant_entry(&grant, AT_FDCWD, path, 0);
}

// The files with several names that were counted: an open hash table of their numbers.
struct usage {
    int64_t stop, bytes, entries;
    ino_t *seen;
    size_t capacity, count;
};

static __thread struct usage *current_usage;

static int insert(ino_t *seen, size_t capacity, ino_t number) {
    size_t slot = ((size_t)number * 0x9E3779B97F4A7C15u) & (capacity - 1);
    while (seen[slot] != 0) {
        if (seen[slot] == number) return 0;
        slot = (slot + 1) & (capacity - 1);
    }
    seen[slot] = number;
    return 1;
}

// 1 if the number is new, 0 if it was counted, -1 without memory.
static int is_new(struct usage *usage, ino_t number) {
    if (usage->count * 2 >= usage->capacity) {
        size_t capacity = usage->capacity == 0 ? 256 : usage->capacity * 2;
        ino_t *seen = calloc(capacity, sizeof *seen);
        if (seen == NULL) return -1;
        for (size_t slot = 0; slot < usage->capacity; slot++) {
            if (usage->seen[slot] != 0) insert(seen, capacity, usage->seen[slot]);
        }
        free(usage->seen);
        usage->seen = seen;
        usage->capacity = capacity;
    }
    int fresh = insert(usage->seen, usage->capacity, number);
    usage->count += (size_t)fresh;
    return fresh;
}

static int add(const char *path, const struct stat *status, int type, struct FTW *place) {
    (void)path;
    (void)place;
    if (type == FTW_NS) return 0;
    struct usage *usage = current_usage;
    if (status->st_nlink > 1 && !S_ISDIR(status->st_mode)) {
        int fresh = is_new(usage, status->st_ino);
        if (fresh < 0) return -1;
        if (fresh == 0) return 0;
    }
    usage->bytes += (int64_t)status->st_blocks * 512;
    usage->entries++;
    return usage->bytes > usage->stop ? 1 : 0;
}

int remora_tree_usage(const char *path, int64_t stop, int64_t *bytes, int64_t *entries) {
    struct usage usage = {.stop = stop};
    current_usage = &usage;
    int result = nftw(path, add, 32, FTW_PHYS | FTW_MOUNT);
    current_usage = NULL;
    int error = errno;
    free(usage.seen);
    errno = error;
    *bytes = usage.bytes;
    *entries = usage.entries;
    return result < 0 ? -1 : 0;
}

int remora_is_mount_root(const char *path) {
    struct statx status;
    int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;
    if (statx(AT_FDCWD, path, flags, 0, &status) < 0) return -1;
    return (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}
