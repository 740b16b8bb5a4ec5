#define _GNU_SOURCE
#include "CLinux.h"

#include <stddef.h>

typedef __attribute__((swiftcall)) void (*enqueue_original)(void *job);
typedef __attribute__((swiftcall)) void (*enqueue_hook)(void *job, enqueue_original original);

// Exported by libswift_Concurrency for event loops like ours; swift-nio uses it the same way.
extern enqueue_hook swift_task_enqueueGlobal_hook __attribute__((weak));

static remora_job_taker taker;

static __attribute__((swiftcall)) void enqueue(void *job, enqueue_original original) {
    (void)original;
    taker(job);
}

int remora_take_global_jobs(remora_job_taker take) {
    if (&swift_task_enqueueGlobal_hook == NULL) return -1;
    taker = take;
    swift_task_enqueueGlobal_hook = enqueue;
    return 0;
}
