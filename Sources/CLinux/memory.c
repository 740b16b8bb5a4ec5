#define _GNU_SOURCE
#include "CLinux.h"

#include <elf.h>
#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

// The program itself comes first; its code and constants cannot be written, so the file still has them.
static int forget_segments(struct dl_phdr_info *program, size_t size, void *unused) {
    (void)size;
    (void)unused;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int index = 0; index < program->dlpi_phnum; index++) {
        const ElfW(Phdr) *header = &program->dlpi_phdr[index];
        if (header->p_type != PT_LOAD || (header->p_flags & PF_W) != 0) continue;
        uintptr_t start = (program->dlpi_addr + header->p_vaddr) & ~(page - 1);
        uintptr_t end = program->dlpi_addr + header->p_vaddr + header->p_filesz;
        madvise((void *)start, end - start, MADV_DONTNEED);
    }
    return 1;
}

void remora_memory_settle(void) {
    malloc_trim(0);
    dl_iterate_phdr(forget_segments, NULL);
}
