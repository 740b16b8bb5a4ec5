#pragma once
int LLVMFuzzerRunDriver(int *count, char ***arguments, int (*run)(const unsigned char *data, unsigned long size));
