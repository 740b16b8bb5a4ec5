#pragma once
#include <stddef.h>
#include <stdint.h>

// Opens a path below a directory. A link that leads out of the directory, an absolute link and the
// links of /proc are refused: EXDEV or ELOOP. A new descriptor, or -1.
int remora_open_beneath(int directory, const char *path, int flags, unsigned mode);

// Makes the directories of a path below a directory as far as they are missing, each with exactly
// that mode (set-group-ID and sticky bits included), and opens the last one with O_PATH.
// A link that leads out of the directory is refused. A new descriptor, or -1.
int remora_make_beneath(int directory, const char *path, unsigned mode);

// Gives a tree to a group: every entry gets it (links themselves), everything but links gets `file`
// added to its mode, directories `directory` as well. Links are not followed. 0, or -1; then the
// name of the entry that failed is in `culprit` (256 bytes).
int remora_grant_group(
    const char *path, unsigned group, unsigned file, unsigned directory, char *culprit);

// Adds up the disk space of a tree, of its own file system only; a file with several names counts
// once. Stops early when `stop` bytes are exceeded. 0, or -1.
int remora_tree_usage(const char *path, int64_t stop, int64_t *bytes, int64_t *entries);

// Whether something is mounted exactly at a path; links are not followed. 1, 0, or -1.
int remora_is_mount_root(const char *path);
