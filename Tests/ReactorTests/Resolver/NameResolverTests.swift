import Basics
import System
import TestKit
import Testing

@testable import Reactor

@Suite("Name resolver", .timeLimit(.minutes(1))) struct NameResolverTests {
    /// A resolver whose files and server are the test's own.
    @MainLoop private final class World {
        let folder = try? TemporaryDirectory()
        let server: DNSResponder
        let resolver: NameResolver

        init(
            hosts: String = "",
            search: String = "",
            openMost: Int = 64,
            patience: Duration = .seconds(10),
            _ reply: @escaping (DNSResponder.Question) -> DNSResponder.Reply
        ) throws {
            server = try DNSResponder(reply)
            let path = folder?.path ?? "/nonexistent"
            try Files.write(path + "/hosts", Array(hosts.utf8))
            try Files.write(path + "/resolv.conf", Array(search.utf8))
            resolver = NameResolver(
                hostsPath: path + "/hosts",
                configuration: path + "/resolv.conf",
                openMost: openMost,
                patience: patience
            )
        }

        func find(
            _ name: String,
            _ families: [AddressFamily] = AddressFamily.allCases,
            timeout: Duration = .seconds(20)
        ) async throws(Failure) -> ResolvedNames {
            try await resolver.addresses(
                of: name,
                families: families,
                servers: [server.address],
                timeout: timeout
            )
        }

        func failure(_ name: String, timeout: Duration = .seconds(20)) async -> Failure? {
            do throws(Failure) {
                let found = try await find(name, timeout: timeout)
                Issue.record("\(name) has \(found.addresses)")
                return nil
            } catch {
                return error
            }
        }
    }

    @Test @MainLoop func `the servers of a service are found, with their ports`() async throws {
        let all = [
            ResolvedService(host: "a.example", port: 8080, priority: 1, weight: 5),
            ResolvedService(host: "b.c.example", port: 65535, priority: 65535),
            ResolvedService(host: "", port: 0),
        ]
        let world = try World { question in
            switch question.name {
            case "_http._tcp.users.example": .services(question.isService ? all : [])
            case "_none._tcp.users.example": .code(3)
            case "_empty._tcp.users.example": .addresses([])
            case "_broken._tcp.users.example": .code(2)
            default: .garbage
            }
        }
        defer { world.server.close() }
        func services(_ name: String) async throws(Failure) -> [ResolvedService] {
            try await world.resolver.services(
                of: name,
                servers: [world.server.address],
                timeout: .seconds(20)
            )
        }
        #expect(Set(try await services("_http._tcp.users.example")) == Set(all))
        let table: [(String, Failure.Code)] = [
            ("_none._tcp.users.example", .notFound), ("_empty._tcp.users.example", .notFound),
            ("_broken._tcp.users.example", .unavailable), ("a b", .invalid), ("", .invalid),
        ]
        for (name, code) in table {
            do throws(Failure) {
                _ = try await services(name)
                Issue.record("\(name) is found")
            } catch {
                #expect(error.code == code, "\(name)")
            }
        }
        #expect(world.server.questions.allSatisfy { $0.isService || $0.name.isEmpty })
        #expect(world.resolver.open == 0)
    }

    @Test @MainLoop func `both families are asked for, and the shortest time to live holds`()
        async throws
    {
        let world = try World { question in
            question.isV6
                ? .addresses(["fd00::1"], ttl: 30) : .addresses(["10.0.0.1", "10.0.0.2"], ttl: 7)
        }
        let found = try await world.find("db.example.com")
        #expect(found.addresses.map(\.host) == ["fd00::1", "10.0.0.1", "10.0.0.2"])
        #expect(found.ttl == .seconds(7))
        #expect(found.failed.isEmpty)
        #expect(Set(world.server.questions.map(\.isV6)) == [true, false])
    }

    @Test @MainLoop func `one family is asked for alone`() async throws {
        let world = try World { _ in .addresses(["10.0.0.1"]) }
        #expect(try await world.find("a.example", [.v4]).addresses.map(\.host) == ["10.0.0.1"])
        #expect(world.server.questions.map(\.isV6) == [false])
    }

    @Test @MainLoop func `numbers, localhost and the hosts file need no server`() async throws {
        let world = try World(
            hosts: """
                # comment
                10.1.1.1\tDB db.local # more
                fd00::7 db
                10.1.1.2 db
                nonsense db
                """
        ) { _ in .code(3) }
        #expect(try await world.find("192.0.2.7").addresses.map(\.host) == ["192.0.2.7"])
        #expect(try await world.find("::1").addresses.map(\.host) == ["::1"])
        #expect(try await world.find("localhost").addresses.map(\.host) == ["::1", "127.0.0.1"])
        #expect(try await world.find("x.localhost.").addresses.count == 2)
        let names = try await world.find("dB").addresses.map(\.host)
        #expect(names == ["fd00::7", "10.1.1.1", "10.1.1.2"])
        #expect(try await world.find("db.local", [.v4]).addresses.map(\.host) == ["10.1.1.1"])
        let failure = await world.failure("192.0.2.300")
        #expect(failure?.code == .notFound)
        #expect(world.server.questions.allSatisfy { $0.name == "192.0.2.300" })
    }

    @Test @MainLoop func `a changed hosts file counts at once`() async throws {
        let world = try World(hosts: "10.1.1.1 a\n") { _ in .code(3) }
        #expect(try await world.find("a").addresses.map(\.host) == ["10.1.1.1"])
        try Files.write((world.folder?.path ?? "") + "/hosts", Array("10.1.1.22 a b\n".utf8))
        #expect(try await world.find("a").addresses.map(\.host) == ["10.1.1.22"])
    }

    @Test @MainLoop func `names are searched for as resolv.conf says`() async throws {
        let search = "search team.svc.cluster.local svc.cluster.local\noptions ndots:5\n"
        let world = try World(search: search) { question in
            question.name == "user-service.svc.cluster.local" && !question.isV6
                ? .addresses(["10.96.0.7"])
                : .code(question.name.hasSuffix("svc.cluster.local") && question.isV6 ? 0 : 3)
        }
        let found = try await world.find("user-service", [.v4])
        #expect(found.addresses.map(\.host) == ["10.96.0.7"])
        let asked = world.server.questions.map(\.name)
        #expect(
            asked == ["user-service.team.svc.cluster.local", "user-service.svc.cluster.local"]
        )
        // A full stop at the end ends the search.
        _ = await world.failure("user-service.")
        #expect(world.server.questions.dropFirst(2).allSatisfy { $0.name == "user-service" })
    }

    @Test @MainLoop func `an answer that was cut is asked for again over TCP`() async throws {
        let many = (1...60).map { "10.0.1.\($0)" }
        let world = try World { $0.isV6 ? .addresses([]) : .cut(many) }
        let found = try await world.find("many.example")
        #expect(Set(found.addresses.map(\.host)) == Set(many))
        #expect(world.server.questions.contains { $0.overTCP && !$0.isV6 })
    }

    @Test(arguments: [
        (DNSResponder.Reply.code(3), Failure.Code.notFound, "there is no such name"),
        (.addresses([]), .notFound, "it has no address of the wanted family"),
        (.code(5), .unavailable, "refuse"),
        (.code(2), .unavailable, ""),
        (.silence, .timedOut, "no name server answered"),
    ])
    @MainLoop func `each way to fail has its sentence`(
        _ reply: DNSResponder.Reply,
        _ code: Failure.Code,
        _ cause: String
    ) async throws {
        let world = try World { _ in reply }
        let timeout: Duration = code == .timedOut ? .milliseconds(300) : .seconds(20)
        let failure = await world.failure("a.example", timeout: timeout)
        #expect(failure?.code == code)
        #expect(failure?.description.hasPrefix("cannot look up a.example: ") == true)
        #expect(cause.isEmpty || failure?.cause.contains(cause) == true, "\(failure?.cause ?? "")")
    }

    @Test @MainLoop func `an empty answer of one family is no answer while the other one failed`()
        async throws
    {
        let world = try World { $0.isV6 ? .addresses([]) : .code(2) }
        #expect(await world.failure("a.example")?.code == .unavailable)
        world.server.reply = { $0.isV6 ? .code(2) : .addresses(["10.0.0.1"]) }
        let found = try await world.find("a.example")
        #expect(found.addresses.map(\.host) == ["10.0.0.1"])
        #expect(found.failed == [.v6])
    }

    @Test @MainLoop func `a lost question is asked again`() async throws {
        let world = try World(patience: .seconds(2)) { _ in .addresses(["10.0.0.1"]) }
        var isFirst = true
        world.server.reply = { _ in
            defer { isFirst = false }
            return isFirst ? .silence : .addresses(["10.0.0.1"])
        }
        #expect(try await world.find("a.example", [.v4]).addresses.count == 1)
        #expect(world.server.questions.count >= 2)
    }

    @Test @MainLoop func `garbage is no answer`() async throws {
        let world = try World { _ in .garbage }
        let failure = await world.failure("a.example", timeout: .milliseconds(500))
        #expect(failure != nil)
    }

    @Test @MainLoop func `questions over the limit wait for their turn`() async throws {
        let world = try World(openMost: 2) { _ in .addresses(["10.0.0.1"]) }
        let tasks = (0..<50).map { index in
            Task { @MainLoop in try await world.find("n\(index).example", [.v4]).addresses.count }
        }
        var most = 0
        for task in tasks {
            most = max(most, world.resolver.open)
            #expect(try await task.value == 1)
        }
        #expect(most <= 2)
        #expect(world.resolver.open == 0)
        #expect(world.resolver.statistics.found == 50)
    }

    @Test @MainLoop func `a question that is cancelled or late ends alone`() async throws {
        let world = try World(openMost: 1) { _ in .silence }
        let first = Task { @MainLoop in try await world.find("a.example") }
        let second = Task { @MainLoop in
            try await world.find("b.example", timeout: .milliseconds(100))
        }
        await #expect(throws: Failure.self) { try await second.value }
        first.cancel()
        await #expect(throws: Failure.self) { try await first.value }
        world.server.reply = { _ in .addresses(["10.0.0.1"]) }
        #expect(try await world.find("c.example", [.v4]).addresses.count == 1)
        #expect(world.resolver.open == 0)
    }

    @Test @MainLoop func `a server that is not there is a failure`() async throws {
        let resolver = NameResolver()
        let free = try FreePort.find()
        await #expect(throws: Failure.self) {
            try await resolver.addresses(
                of: "a.example",
                servers: ["127.0.0.1:\(free)"],
                timeout: .seconds(20)
            )
        }
        await #expect(throws: Failure.self) {
            try await resolver.addresses(of: "a.example", servers: ["what is this"])
        }
        await #expect(throws: Failure.self) { try await resolver.addresses(of: "") }
        await #expect(throws: Failure.self) { try await resolver.addresses(of: "a b") }
    }
}
