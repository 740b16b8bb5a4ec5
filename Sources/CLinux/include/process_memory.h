// Gives the kernel back what the process does not use: free memory of malloc, and the pages of the
// program's own code and constants, which come again from the file as they are needed.
void remora_memory_settle(void);
