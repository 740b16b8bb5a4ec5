#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

const char *remora_entry_name(const struct dirent *entry) { return entry->d_name; }

int remora_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

int remora_birth(const char *path, int64_t *seconds, uint32_t *nanoseconds) {
    struct statx status;
    if (statx(AT_FDCWD, path, 0, STATX_BTIME, &status) != 0) return -1;
    if ((status.stx_mask & STATX_BTIME) == 0) return -1;
    *seconds = status.stx_btime.tv_sec;
    *nanoseconds = status.stx_btime.tv_nsec;
    return 0;
}

int remora_rename(const char *from, const char *to, int exchange) {
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, exchange ? RENAME_EXCHANGE : 0);
}

// Directories open at one time; what lies deeper is first moved up to the top.
enum { DEPTH_MAXIMUM = 48, REPEATS_MAXIMUM = 256 };

struct removal {
    DIR *open[DEPTH_MAXIMUM];
    char names[DEPTH_MAXIMUM][256];
    int depth;
    unsigned moved;
    int repeats;
    char *culprit;
};

static void note(struct removal *removal, const char *name) {
    size_t length = strnlen(name, 255);
    memcpy(removal->culprit, name, length);
    removal->culprit[length] = 0;
}

// Opens a directory of the same mount; a mount point gives EBUSY, as rmdir would.
static DIR *open_directory(int parent, const char *name, int may_be_mount) {
    struct open_how how = {
        .flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
        .resolve = may_be_mount ? 0 : RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS,
    };
    int descriptor = (int)syscall(SYS_openat2, parent, name, &how, sizeof how);
    if (descriptor < 0) {
        if (errno == EXDEV) errno = EBUSY;
        return NULL;
    }
    DIR *stream = fdopendir(descriptor);
    if (stream == NULL) {
        int error = errno;
        close(descriptor);
        errno = error;
    }
    return stream;
}

static int descend(struct removal *removal, const char *name) {
    int parent = dirfd(removal->open[removal->depth - 1]);
    if (removal->depth < DEPTH_MAXIMUM) {
        DIR *stream = open_directory(parent, name, 0);
        if (stream == NULL) return -1;
        removal->open[removal->depth] = stream;
        note(removal, name);
        memcpy(removal->names[removal->depth], removal->culprit, 256);
        removal->depth++;
        return 0;
    }
    char fresh[64];
    for (;;) {
        snprintf(fresh, sizeof fresh, ".remora-removed-%u", removal->moved++);
        if (renameat2(parent, name, dirfd(removal->open[0]), fresh, RENAME_NOREPLACE) == 0) {
            // The top must be read again from its start to see the new name.
            rewinddir(removal->open[0]);
            return 0;
        }
        if (errno != EEXIST) return -1;
    }
}

static int is_dots(const char *name) {
    return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}

// One entry of the deepest directory. Returns 1 when that directory is empty, -1 on failure.
static int remove_next(struct removal *removal) {
    DIR *current = removal->open[removal->depth - 1];
    errno = 0;
    struct dirent *entry = readdir(current);
    if (entry == NULL) return errno == 0 ? 1 : -1;
    if (is_dots(entry->d_name)) return 0;
    note(removal, entry->d_name);
    if (entry->d_type != DT_DIR) {
        if (unlinkat(dirfd(current), entry->d_name, 0) == 0 || errno == ENOENT) return 0;
        if (errno != EISDIR) return -1;
    }
    if (descend(removal, entry->d_name) == 0 || errno == ENOENT) return 0;
    return -1;
}

static int walk(struct removal *removal) {
    while (removal->depth > 0) {
        int result = remove_next(removal);
        if (result < 0) return -1;
        if (result == 0) continue;
        removal->depth--;
        closedir(removal->open[removal->depth]);
        if (removal->depth == 0) return 0;
        const char *name = removal->names[removal->depth];
        note(removal, name);
        int parent = dirfd(removal->open[removal->depth - 1]);
        if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT) continue;
        // Somebody added an entry meanwhile: it is met again when the parent is read again.
        if (errno != ENOTEMPTY && errno != EEXIST) return -1;
        if (removal->repeats++ == REPEATS_MAXIMUM) return -1;
        rewinddir(removal->open[removal->depth - 1]);
    }
    return 0;
}

int remora_remove_tree(int directory, const char *name, char culprit[256]) {
    struct removal removal = {.depth = 0, .culprit = culprit};
    note(&removal, name);
    if (unlinkat(directory, name, 0) == 0 || errno == ENOENT) return 0;
    if (errno != EISDIR && errno != EPERM) return -1;
    // A last round for entries that appear while the tree is being removed.
    for (int round = 0; round < 8; round++) {
        if (unlinkat(directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return 0;
        if (errno != ENOTEMPTY && errno != EEXIST) return -1;
        removal.open[0] = open_directory(directory, name, 1);
        if (removal.open[0] == NULL) return errno == ENOENT ? 0 : -1;
        removal.depth = 1;
        if (walk(&removal) < 0) {
            int error = errno;
            while (removal.depth > 0) closedir(removal.open[--removal.depth]);
            errno = error;
            return -1;
        }
    }
    if (unlinkat(directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return 0;
    note(&removal, name);
    return -1;
}
