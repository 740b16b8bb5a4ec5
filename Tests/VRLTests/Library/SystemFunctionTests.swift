import Basics
import Records
import Synchronization
import Testing
import VRL

@Suite struct SystemFunctionTests {
    static let calls: [Call] = [
        Call("get_env_var", ["HOME"], "/root"),
        .fails("get_env_var", ["PATHOLOGICAL"], "environment variable not found"),
        Call("get_hostname", [], "my-host"), Call("get_timezone_name", [], "UTC"),
        Call("now", [], .time("2021-03-01T12:00:00.123456789Z")),
        Call("random_bool", [], false), Call("random_bytes", [3], .raw([1, 8, 15])),
        .fails("random_bytes", [-1], "Length is too small: -1"),
        .fails("random_bytes", [65537], "Length is too large. Maximum is 65536"),
        Call("random_int", [0, 256], 1), Call("random_int", [-10, -9], -10),
        .fails("random_int", [1, 1], "max must be greater than min"),
        .fails("random_float", [1.0, 0.5], "max must be greater than min"),
        Call("uuid_v4", [], "01080f16-1d24-4b32-b940-474e555c636a"),
        Call(
            "uuid_v7",
            [.time("2020-12-30T22:20:53.824Z")],
            "0176b5bd-58c0-7108-8f16-1d242b323940"
        ),
        Call(
            "uuid_from_friendly_id",
            ["3s87yEvnmkiPBMHsj8bwwc"],
            "7f41deed-d5e2-8b5e-7a13-ab4ff93cfad2"
        ),
        .fails(
            "uuid_from_friendly_id",
            ["a-b"],
            "failed to decode friendly id: string contains invalid characters"
        ),
        .fails(
            "uuid_from_friendly_id",
            ["zzzzzzzzzzzzzzzzzzzzzzzzzz"],
            "failed to decode friendly id: number would overflow a 128 bit integer"
        ),
        Call("assert", [true], true), .fails("assert", [false], "assertion failed"),
        .fails("assert", [false, "no"], "no"), Call("assert_eq", [[1, "a"], [1, "a"]], true),
        .fails(
            "assert_eq",
            [["b": 1.0, "a": nil], 1],
            "assertion failed: { \"a\": null, \"b\": 1.0 } == 1"
        ),
        .fails("assert_eq", [true, false, "differs"], "differs"),
    ]

    @Test(arguments: calls)
    func `scripts ask the world`(call: Call) throws {
        try call.check()
    }

    @Test func `floats by chance are within their bounds`() throws {
        let function = try #require(FunctionLibrary.functions["random_float"])
        guard case .plain(let run) = function.body else { return }
        let value = try run(Arguments([-1.5, 2.5]), Call.surroundings)
        guard case .float(let number) = value else {
            Issue.record("no float")
            return
        }
        #expect((-1.5..<2.5).contains(number))
    }

    @Test func `lines of a call are few in a second`() throws {
        let lines = Mutex<[String]>([])
        let time = Mutex<Int64>(0)
        let surroundings = Surroundings(
            now: { Timestamp(seconds: time.withLock { $0 }) },
            environment: { _ in nil },
            hostname: { nil },
            random: { [UInt8](repeating: 0, count: $0) },
            zone: "UTC",
            log: { level, text in lines.withLock { $0.append(level + " " + text) } }
        )
        let function = try #require(FunctionLibrary.functions["log"])
        let known = KnownArguments(types: [.any, nil, nil], constants: [nil, nil, nil])
        let run = try #require(function.prepare?(known))
        _ = try run(Arguments(["one", nil, nil]), surroundings)
        _ = try run(Arguments(["two", nil, nil]), surroundings)
        time.withLock { $0 = 1 }
        _ = try run(Arguments([["a": "x"], "warn", nil]), surroundings)
        _ = try run(Arguments(["three", "error", 0]), surroundings)
        #expect(lines.withLock { $0 } == ["info one", "warn { \"a\": \"x\" }", "error three"])
        #expect(throws: FunctionError.self) {
            try function.check(
                KnownArguments(types: [.any, .any, nil], constants: [nil, "loud", nil])
            )
        }
    }
}
