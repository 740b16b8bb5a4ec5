import Basics
import Foundation
import Testing

@testable import System

@Suite("Host") struct HostTests {
    @Test func `facts about the machine agree with others`() {
        #expect(Host.hostname == ProcessInfo.processInfo.hostName || !Host.hostname.isEmpty)
        #expect(Host.memoryBytes == ProcessInfo.processInfo.physicalMemory)
        #expect(Host.cpuCount == ProcessInfo.processInfo.activeProcessorCount)
        #expect(Host.kernelRelease.contains("."))
        #expect(Host.bootID.count == 36)
        #expect(Host.processID == getpid())
    }

    @Test func `clocks do not run backwards and the wall clock is the usual one`() {
        let first = Clocks.moment
        let second = Clocks.moment
        #expect(first.instant <= second.instant)
        #expect(abs(Double(first.wall.seconds) - Date().timeIntervalSince1970) < 60)
    }

    @Test func `random texts have their form and differ`() {
        let uuids = (0..<100).map { _ in Random.uuid() }
        #expect(Set(uuids).count == 100)
        for uuid in uuids {
            #expect(UUID(uuidString: uuid) != nil)
            #expect(Array(uuid)[14] == "4")
            #expect("89ab".contains(Array(uuid)[19]))
        }
        #expect(Random.bytes(0) == [])
        #expect(Random.bytes(1000).count == 1000)
        #expect(Random.hexadecimal(9).allSatisfy { "0123456789abcdef".contains($0) })
    }

    @Test(arguments: [
        ("TERM", Int32(15)), ("SIGTERM", 15), ("sigkill", 9), ("9", 9), ("SIGRTMIN", 34),
        ("SIGRTMIN+3", 37), ("RTMAX-1", 63), ("64", 64),
    ])
    func `signal names are understood`(_ name: String, _ number: Int32) {
        #expect(Signals.number(of: name) == number)
    }

    @Test(arguments: ["", "SIG", "SIGNONE", "0", "65", "-1", "SIGRTMIN+31", "SIGRTMIN3"])
    func `what is no signal is none`(_ name: String) {
        #expect(Signals.number(of: name) == nil)
    }

    @Test func `endings read as people say them`() {
        #expect(ExitStatus.exited(3).description == "exit code 3")
        #expect(ExitStatus.signalled(9).description == "killed by SIGKILL")
        #expect(ExitStatus.signalled(9).code == 137)
        #expect(!ExitStatus.exited(1).isSuccess)
    }

    @Test func `an error becomes a failure with cause and remedy`() {
        let failure = Failure("cannot save", SystemError(ENOSPC, "write", "/x"))
        #expect(failure.code == .exhausted)
        #expect(
            failure.description
                == "cannot save: write /x: No space left on device; free space on the file system"
        )
    }

    @Test func `addresses are read and written`() throws {
        #expect(SocketAddress(number: "10.1.2.3", port: 80)?.description == "10.1.2.3:80")
        #expect(SocketAddress(number: "::1", port: 443)?.description == "[::1]:443")
        #expect(SocketAddress(number: "localhost", port: 1) == nil)
        #expect(try SocketAddress.unix("/run/x").description == "/run/x")
        #expect(throws: SystemError.self) {
            try SocketAddress.unix("/" + String(repeating: "x", count: 107))
        }
    }

    @Test func `the next descriptor tells how many there are`() throws {
        let next = DescriptorLimit.nextNumber
        #expect(next >= 3 && Int(next) < DescriptorLimit.current)
        #expect(DescriptorLimit.raise() >= DescriptorLimit.current)
    }

    @Test func `programs are found in the path`() throws {
        #expect(try Processes.find("sh", path: "/nowhere:/bin") == "/bin/sh")
        #expect(try Processes.find("./x") == "./x")
        #expect(throws: SystemError.self) { try Processes.find("sh", path: "/nowhere") }
        // A directory of the name is no program.
        #expect(throws: SystemError.self) { try Processes.find("share", path: "/usr") }
    }
}

@Suite struct `Memory of the process` {
    @Test func `what was written, and what is only read, survives what is given back`() {
        let written = Array(0..<100_000).map { "\($0)" }
        for _ in 0..<3 {
            Memory.settle()
            #expect(written.count == 100_000 && written[99_999] == "99999")
            #expect("\(Host.kernelRelease.split(separator: "."))".contains(","))
        }
    }
}
