import Foundation

/// A wall clock of its own for a program: a library, put before the C library, that adds an offset.
///
/// Only the time of day is false; clocks that count from the machine's start stay true, as they do when
/// somebody sets the clock. (libfaketime does the same but moves the environment, where Swift's runtime
/// looks for the arguments.)
public struct FalseClock {
    private let folder: TemporaryDirectory
    private var library: String { folder.file("clock.so") }
    private var offset: String { folder.file("offset") }

    /// What the program has to be started with.
    public var environment: [String: String] {
        ["LD_PRELOAD": library, "FALSE_CLOCK": offset]
    }

    /// Compiles the library.
    ///
    /// - Throws: When it cannot be compiled.
    public init() async throws {
        folder = try TemporaryDirectory()
        let source = try folder.write(Self.source, to: "clock.c")
        try folder.write([UInt8](repeating: 0, count: 8), to: "offset")
        let path = "/opt/swift/usr/bin:" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
        let result = try await TestProgram.run(
            "/usr/bin/env",
            ["clang", "-O1", "-shared", "-fPIC", "-o", library, source, "-ldl"],
            environment: ["PATH": path]
        )
        guard result.succeeded else {
            throw TestProgram.Problem(description: "clang: \(result.errors)")
        }
    }

    /// Sets the clock so far from the true time, at once and for all programs that use it.
    ///
    /// - Throws: When that cannot be written.
    public func jump(to seconds: Int64) throws {
        let handle = try FileHandle(forUpdating: URL(filePath: offset))
        defer { try? handle.close() }
        try withUnsafeBytes(of: seconds) { try handle.write(contentsOf: Data($0)) }
    }

    private static let source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <fcntl.h>
        #include <stdint.h>
        #include <stdlib.h>
        #include <sys/mman.h>
        #include <sys/time.h>
        #include <time.h>
        #include <unistd.h>

        static volatile int64_t *offset;
        static int (*real)(clockid_t, struct timespec *);

        __attribute__((constructor)) static void begin(void) {
            real = dlsym(RTLD_NEXT, "clock_gettime");
            const char *path = getenv("FALSE_CLOCK");
            int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
            if (file < 0) return;
            void *page = mmap(0, 8, PROT_READ, MAP_SHARED, file, 0);
            close(file);
            if (page != MAP_FAILED) offset = page;
        }

        int clock_gettime(clockid_t clock, struct timespec *value) {
            if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
            int result = real(clock, value);
            if (result == 0 && offset
                && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
                value->tv_sec += *offset;
            return result;
        }

        int gettimeofday(struct timeval *restrict value, void *restrict zone) {
            struct timespec now;
            (void)zone;
            if (clock_gettime(CLOCK_REALTIME, &now)) return -1;
            value->tv_sec = now.tv_sec;
            value->tv_usec = now.tv_nsec / 1000;
            return 0;
        }

        time_t time(time_t *value) {
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            if (value) *value = now.tv_sec;
            return now.tv_sec;
        }

        """
}
