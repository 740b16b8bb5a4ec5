#define _GNU_SOURCE
#include "CLinux.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

// Bits of an entry of /proc/PID/pagemap: see Documentation/admin-guide/mm/pagemap.rst of the kernel.
#define PAGE_IS_PRESENT (UINT64_C(1) << 63)
#define PAGE_IS_OF_FILE (UINT64_C(1) << 61)

// Forgets the pages of a range that nothing was written to: those that were are not in the file.
static void forget_unwritten(uintptr_t start, uintptr_t end, uintptr_t page) {
    int map = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (map < 0) return;
    uint64_t entries[64];
    while (start < end) {
        size_t count = (end - start) / page;
        if (count > 64) count = 64;
        ssize_t got = pread(map, entries, count * sizeof entries[0], (off_t)(start / page * sizeof entries[0]));
        if (got != (ssize_t)(count * sizeof entries[0])) break;
        for (size_t index = 0; index < count; index++) {
            uint64_t wanted = PAGE_IS_PRESENT | PAGE_IS_OF_FILE;
            if ((entries[index] & wanted) == wanted) madvise((void *)(start + index * page), page, MADV_DONTNEED);
        }
        start += count * page;
    }
    close(map);
}

// The program itself comes first; its code and constants cannot be written, so the file still has them.
// Tables that the loader may have written before they were closed are looked at page by page.
static int forget_segments(struct dl_phdr_info *program, size_t size, void *unused) {
    (void)size;
    (void)unused;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int index = 0; index < program->dlpi_phnum; index++) {
        const ElfW(Phdr) *header = &program->dlpi_phdr[index];
        uintptr_t start = program->dlpi_addr + header->p_vaddr;
        if (header->p_type == PT_LOAD && (header->p_flags & PF_W) == 0) {
            uintptr_t end = start + header->p_filesz;
            start &= ~(page - 1);
            madvise((void *)start, end - start, MADV_DONTNEED);
        } else if (header->p_type == PT_GNU_RELRO) {
            uintptr_t end = (start + header->p_memsz) & ~(page - 1);
            forget_unwritten((start + page - 1) & ~(page - 1), end, page);
        }
    }
    return 1;
}

void remora_memory_settle(void) {
    malloc_trim(0);
    dl_iterate_phdr(forget_segments, NULL);
}
