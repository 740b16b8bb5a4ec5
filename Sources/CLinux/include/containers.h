#pragma once
#include <stddef.h>

// Every function answers 0 or a descriptor on success and a negated errno on failure.

/// Writes `text` to an existing control file in one `write`.
int remora_control_write(const char *path, const void *text, size_t count);

/// Makes a mount namespace like the caller's, in which `hidden` shows a hierarchy of version 1 instead
/// and `parent` (the mount above it) is private; everything else stays a peer of the caller's mounts. The namespace lives as
/// long as the descriptor or a process in it. Runs on a thread of its own.
int remora_pin_mount_namespace(const char *parent, const char *hidden);

/// Makes `path` a mount of its own that is shared (a bind onto itself), unless it is one already.
int remora_share_directory(const char *path);

/// Receives one descriptor from a connected Unix socket (non-blocking answer `-EAGAIN`).
int remora_receive_descriptor(int socket);

/// Connects to a `SOCK_SEQPACKET` Unix socket named `name` in `directory`, however long that path is.
int remora_connect_packets(const char *directory, const char *name);

/// Listens on a stream Unix socket named `name` in `directory`, however long that path is.
int remora_listen_stream(const char *directory, const char *name);

/// Makes a terminal in raw mode: its master is the result, its other side goes to `slave`.
int remora_open_terminal(int *slave);

/// Sets the size of a terminal.
int remora_set_window(int terminal, unsigned short rows, unsigned short columns);

/// Opens a FIFO for writing without waiting for its reader (`-ENXIO` without one) and writes to it.
int remora_fifo_write(const char *path, const void *text, size_t count);

/// Opens a regular file for reading; `path` is resolved as if `root` were the root directory, so that
/// no symbolic link in it leads out (`openat2` with `RESOLVE_IN_ROOT`). Anything else is `-EINVAL`.
int remora_open_in_root(const char *root, const char *path);
