#pragma once
#include <stddef.h>
#include <sys/types.h>

// A program to start. Pointers are read during the call only.
struct remora_program {
    const char *path;
    char *const *arguments;
    // NULL means the caller's own environment.
    char *const *environment;
    // NULL means the caller's own directory.
    const char *directory;
    // `targets[i]` of the child is `sources[i]` of the caller; every other descriptor is closed.
    const int *targets;
    const int *sources;
    // Room for as many numbers as there are targets, written by the child.
    int *scratch;
    size_t count;
    // -1 for the caller's mount namespace.
    int mount_namespace;
    int new_session;
    // 0 for none; delivered when the thread that called ends.
    int parent_death_signal;
};

// The step that failed.
enum remora_spawn_step {
    REMORA_SPAWN_CLONE = 0,
    REMORA_SPAWN_SESSION = 1,
    REMORA_SPAWN_DEATH_SIGNAL = 2,
    REMORA_SPAWN_DESCRIPTORS = 3,
    REMORA_SPAWN_NAMESPACE = 4,
    REMORA_SPAWN_DIRECTORY = 5,
    REMORA_SPAWN_EXECUTE = 6,
};

struct remora_spawned {
    pid_t pid;
    // Close-on-exec; owned by the caller.
    int pidfd;
    int step;
};

// Starts a program as vfork and exec do: the calling thread waits until the child has executed it.
// Returns 0, or an errno with `step` set; then no child and no descriptor is left behind.
int remora_spawn(const struct remora_program *program, struct remora_spawned *spawned);
