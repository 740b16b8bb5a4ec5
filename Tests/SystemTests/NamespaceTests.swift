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

@Suite struct `Pinned user namespaces` {
    @Test func `own the other namespaces and have the range that was asked for`() throws {
        try withScratch { root throws in
            var request = NamespaceRequest()
            request.users = root + "/users"
            request.userRange = UserRange(first: 655360)
            request.net = root + "/net"
            request.ipc = root + "/ipc"
            request.uts = root + "/uts"
            request.hostname = "web-0"
            request.sysctls = [.init("net.ipv4.tcp_fin_timeout", "17")]
            try Namespaces.make(request)
            let all = ["--user=\(root)/users", "--net=\(root)/net", "--uts=\(root)/uts"]
            for file in ["uid_map", "gid_map"] {
                let map = try inside(all[0], "cat", "/proc/self/" + file)
                #expect(map.split { $0 == " " || $0 == "\n" } == ["0", "655360", "65536"])
            }
            #expect(try inside(all[2], "hostname") == "web-0\n")
            // Its root may do there what only the owner may.
            #expect(try inside(all[0], all[1], "ip", "link", "set", "lo", "mtu", "1400") == "")
            #expect(try inside(all[1], "ip", "link", "show", "lo").contains("mtu 1400"))
            #expect(try inside(all[0], all[2], "hostname", "web-1") == "")
            #expect(try inside(all[2], "hostname") == "web-1\n")

            let holder = try NamespaceHolder.start(
                `A namespace holder`.program,
                `A namespace holder`.arguments,
                pin: root + "/pid",
                users: root + "/users"
            )
            let status = try Files.text("/proc/\(holder)/status")
            #expect(status.contains("NSpid:\t\(holder)\t1\n"))
            #expect(status.contains("Uid:\t655360\t655360\t655360\t655360\n"))
            #expect(status.contains("Groups:\t \n"))
            #expect(try NamespaceHolder.release(pin: root + "/pid"))

            for name in ["net", "ipc", "uts", "users"] { try Namespaces.release(root + "/" + name) }
            #expect(try Files.list(root) == [])
        }
    }

    @Test func `leave nothing when the kernel refuses them`() throws {
        try withScratch { root throws in
            var request = NamespaceRequest()
            request.users = root + "/users"
            request.net = root + "/net"
            // Beyond the last number that there is.
            request.userRange = UserRange(first: .max - 10)
            let failure = #expect(throws: Failure.self) { try Namespaces.make(request) }
            #expect(failure?.description.contains("max_user_namespaces") == true)
            #expect(failure?.description.contains("hostUsers: false") == true)
            #expect(try Files.list(root) == [])
            #expect(try Mounts.table().targets(below: root) == [])
        }
    }

    @Test func `map the owners of files that are shown elsewhere`() throws {
        try withScratch { root throws in
            var request = NamespaceRequest()
            request.users = root + "/users"
            request.userRange = UserRange(first: 655360)
            try Namespaces.make(request)
            defer { _ = try? Namespaces.release(root + "/users") }
            try Files.makeDirectories(root + "/from/below")
            try Files.makeDirectories(root + "/to")
            try Files.write(root + "/from/file", "text")
            try Files.chown(root + "/from/file", user: 1000, group: 70000)
            #expect(try Mounts.canMap(root + "/from", for: root + "/users"))
            #expect(try !Mounts.canMap("/proc", for: root + "/users"))
            #expect(throws: SystemError.self) {
                try Mounts.canMap(root + "/nothing", for: root + "/users")
            }
            try Mounts.bind(root + "/from", at: root + "/to", mappedFor: root + "/users")
            let status = try Files.stat(root + "/to/file")
            #expect(status.user == 656_360)
            #expect(status.group == 65534, "a group beyond the range is nobody's")
            #expect(try Mounts.unmount(root + "/to"))
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
private func inside(_ words: String...) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/nsenter")
    process.arguments = words
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
}
