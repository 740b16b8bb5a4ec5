#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

enum { STACK_BYTES = 64 * 1024 };

// What the child shares with its parent. The memory is the parent's own (CLONE_VM), and the parent
// stands still until the child has executed or ended (CLONE_VFORK): a plain store is a report.
struct shared {
    const struct remora_program *program;
    int step;
    int error;
};

// Between clone and execve only system calls are made, and nothing of the parent's memory is
// changed but `shared` and the scratch numbers.
static int give_up(struct shared *shared, int step) {
    shared->step = step;
    shared->error = errno;
    _exit(127);
}

// Handlers of the parent must not run in the child, and ignored signals must not stay ignored.
static void reset_signals(void) {
    struct sigaction fallback = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) {
        if (number != SIGKILL && number != SIGSTOP) sigaction(number, &fallback, NULL);
    }
}

static int is_target(const struct remora_program *program, int descriptor) {
    for (size_t index = 0; index < program->count; index++) {
        if (program->targets[index] == descriptor) return 1;
    }
    return 0;
}

// Sources are first moved above all targets, so that no target overwrites a source still needed.
static int arrange_descriptors(const struct remora_program *program) {
    int highest = 2;
    for (size_t index = 0; index < program->count; index++) {
        if (program->targets[index] > highest) highest = program->targets[index];
    }
    for (size_t index = 0; index < program->count; index++) {
        int moved = fcntl(program->sources[index], F_DUPFD_CLOEXEC, highest + 1);
        if (moved < 0) return -1;
        program->scratch[index] = moved;
    }
    for (size_t index = 0; index < program->count; index++) {
        if (dup2(program->scratch[index], program->targets[index]) < 0) return -1;
    }
    for (int descriptor = 3; descriptor < highest; descriptor++) {
        if (!is_target(program, descriptor)) close(descriptor);
    }
    // What others opened without close-on-exec stays here. Kernels before 5.11 refuse the flag:
    // there the descriptors of this program are still safe, for all of them carry it already.
    syscall(SYS_close_range, (unsigned)highest + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    return 0;
}

static int child(void *argument) {
    struct shared *shared = argument;
    const struct remora_program *program = shared->program;
    reset_signals();
    if (program->new_session && setsid() < 0) give_up(shared, REMORA_SPAWN_SESSION);
    if (program->parent_death_signal != 0
        && prctl(PR_SET_PDEATHSIG, program->parent_death_signal) < 0) {
        give_up(shared, REMORA_SPAWN_DEATH_SIGNAL);
    }
    if (program->mount_namespace >= 0 && setns(program->mount_namespace, CLONE_NEWNS) < 0) {
        give_up(shared, REMORA_SPAWN_NAMESPACE);
    }
    if (arrange_descriptors(program) < 0) give_up(shared, REMORA_SPAWN_DESCRIPTORS);
    if (program->directory != NULL && chdir(program->directory) < 0) {
        give_up(shared, REMORA_SPAWN_DIRECTORY);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    char *const *environment = program->environment != NULL ? program->environment : environ;
    execve(program->path, program->arguments, environment);
    return give_up(shared, REMORA_SPAWN_EXECUTE);
}

int remora_spawn(const struct remora_program *program, struct remora_spawned *spawned) {
    struct shared shared = {.program = program, .step = REMORA_SPAWN_CLONE, .error = 0};
    spawned->step = REMORA_SPAWN_CLONE;
    char *stack = mmap(
        NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0
    );
    if (stack == MAP_FAILED) return errno;

    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int pidfd = -1;
    pid_t pid = clone(
        child, stack + STACK_BYTES, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &shared, &pidfd
    );
    int error = pid < 0 ? errno : shared.error;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    munmap(stack, STACK_BYTES);

    if (pid > 0 && error != 0) {
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
        close(pidfd);
    }
    if (error != 0) {
        spawned->step = shared.step;
        return error;
    }
    spawned->pid = pid;
    spawned->pidfd = pidfd;
    return 0;
}
