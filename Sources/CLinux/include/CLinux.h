#pragma once
// Headers and thin functions that the Glibc module lacks; imported by `System` only.
#include "containers.h"
#include "files.h"
#include "kernel.h"
#include "process_memory.h"
#include "namespaces.h"
#include "openat.h"
#include "processes.h"
#include "tasks.h"
