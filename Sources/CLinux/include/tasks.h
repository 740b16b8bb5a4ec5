#pragma once

// Takes a job of the Swift runtime; called on any thread.
typedef void (*remora_job_taker)(void *job);

// Hands all jobs that have no executor of their own to a function, for the rest of the process.
// Returns 0, or -1 if the runtime has no such hook. Call it before other threads exist.
int remora_take_global_jobs(remora_job_taker take);
