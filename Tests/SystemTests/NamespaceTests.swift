import Basics
import Foundation
import System
import Testing

@Suite struct `Pinned namespaces` {
    @Test func `are made with hostname, loopback and sysctls, and go without a trace`() throws {
        try withScratch { root throws in
            var request = NamespaceRequest()
            request.net = root + "/net"
            request.ipc = root + "/ipc"
            request.uts = root + "/uts"
            request.hostname = "web-0"
            request.defaults = [.init("net.ipv4.no_such_thing", "1")]
            request.sysctls = [
                .init("net.ipv4.ip_local_port_range", "4000 5000"),
                .init("kernel/shm_rmid_forced", "1"),
            ]
            try Namespaces.make(request)
            for name in ["net", "ipc", "uts"] { #expect(Namespaces.isPinned(root + "/" + name)) }
            #expect(try inside("--uts=\(root)/uts", "hostname") == "web-0\n")
            #expect(
                try inside("--net=\(root)/net", "cat", "/proc/sys/net/ipv4/ip_local_port_range")
                    == "4000\t5000\n"
            )
            #expect(
                try inside("--ipc=\(root)/ipc", "cat", "/proc/sys/kernel/shm_rmid_forced") == "1\n"
            )
            #expect(try inside("--net=\(root)/net", "ip", "-br", "link").contains("LOOPBACK,UP"))
            #expect(try !Files.text("/proc/sys/kernel/hostname").hasPrefix("web-0"))

            // Once more on the same files: the earlier ones are released.
            request.hostname = "web-1"
            try Namespaces.make(request)
            #expect(try inside("--uts=\(root)/uts", "hostname") == "web-1\n")
            #expect(try Mounts.table().targets(below: root).count == 3)

            for name in ["net", "ipc", "uts"] {
                #expect(try Namespaces.release(root + "/" + name))
                #expect(try !Namespaces.release(root + "/" + name))
            }
            #expect(try Files.list(root) == [])
        }
    }

    @Test func `leave nothing when a sysctl is refused`() throws {
        try withScratch { root throws in
            var request = NamespaceRequest()
            request.net = root + "/net"
            request.uts = root + "/uts"
            request.sysctls = [.init("net.ipv4.no_such_thing", "1")]
            let failure = #expect(throws: Failure.self) { try Namespaces.make(request) }
            #expect(failure?.what.contains("net.ipv4.no_such_thing") == true)
            #expect(failure?.remedy.isEmpty == false)
            #expect(try Files.list(root) == [])
            #expect(try Mounts.table().targets(below: root) == [])
        }
    }

    @Test func `refuse a hostname that the kernel refuses`() throws {
        try withScratch { root throws in
            var request = NamespaceRequest()
            request.uts = root + "/uts"
            request.hostname = String(repeating: "x", count: 65)
            let failure = #expect(throws: Failure.self) { try Namespaces.make(request) }
            #expect(failure?.description.contains("64") == true)
            #expect(try Files.list(root) == [])
        }
    }
}

@Suite struct `A namespace holder` {
    static let program = "/bin/busybox"
    static let arguments = ["sh", "-c", "trap '' TERM; while :; do sleep 100; done"]

    @Test func `is PID 1, is found again without its record, and ends with everything`() throws {
        try withScratch { root throws in
            let pin = root + "/pid"
            let pid = try NamespaceHolder.start(Self.program, Self.arguments, pin: pin)
            #expect(Namespaces.isPinned(pin))
            #expect(NamespaceHolder.pid(pin: pin) == pid)
            let status = try Files.text("/proc/\(pid)/status")
            #expect(status.contains("NSpid:\t\(pid)\t1\n"))
            #expect(try Files.list("/proc/\(pid)/fd") == ["0", "1", "2"])

            // As after a kill between the start and the record.
            try Files.remove(pin + ".holder")
            #expect(NamespaceHolder.pid(pin: pin) == pid)
            // A record that names a process which is not the holder misleads nobody.
            try Files.write(pin + ".holder", "1\n")
            #expect(NamespaceHolder.pid(pin: pin) == pid)

            #expect(try NamespaceHolder.release(pin: pin))
            #expect(!Files.exists("/proc/\(pid)"))
            #expect(try Files.list(root) == [])
            #expect(try !NamespaceHolder.release(pin: pin))
        }
    }

    @Test func `that cannot be executed leaves nothing`() throws {
        try withScratch { root throws in
            let failure = #expect(throws: Failure.self) {
                try NamespaceHolder.start("/no/such/program", [], pin: root + "/pid")
            }
            #expect(failure?.description.contains("/no/such/program") == true)
            #expect(try Files.list(root) == [])
        }
    }
}

/// Runs a program inside a pinned namespace and returns what it prints.
private func inside(_ namespace: String, _ program: String...) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/nsenter")
    process.arguments = [namespace] + program
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
}
