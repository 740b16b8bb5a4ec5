#pragma once
// How many pieces of memory the calling thread has asked for.
unsigned long remora_test_allocations(void);
