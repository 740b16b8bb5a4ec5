#pragma once
#include <dirent.h>
#include <stddef.h>
#include <stdint.h>

// The name of an entry; valid until the next readdir.
const char *remora_entry_name(const struct dirent *entry);

// Removes `name` in `directory` with everything below it. Symbolic links are removed, not followed.
// A mount point below ends the work with EBUSY and nothing behind it is touched.
// On failure returns -1 with errno, and `culprit` (256 bytes) holds the entry's own name.
int remora_remove_tree(int directory, const char *name, char culprit[256]);

// An unnamed file in memory with close-on-exec.
int remora_memory_file(const char *name);

// When a file was made; -1 if the file system does not know.
int remora_birth(const char *path, int64_t *seconds, uint32_t *nanoseconds);

// Renames; with `exchange` the two names swap what they mean, in one step.
int remora_rename(const char *from, const char *to, int exchange);
