import Records
import Testing
import VRL

@Suite struct TimestampFunctionTests {
    static let calls: [Call] = [
        Call("to_unix_timestamp", [.time("2021-01-01T00:00:00Z")], 1_609_459_200),
        Call(
            "to_unix_timestamp",
            [.time("2021-01-01T00:00:00Z"), "milliseconds"],
            1_609_459_200_000
        ),
        Call(
            "to_unix_timestamp",
            [.time("2021-01-01T00:00:00Z"), "nanoseconds"],
            1_609_459_200_000_000_000
        ),
        Call("from_unix_timestamp", [1_431_648_000], .time("2015-05-15T00:00:00Z")),
        Call(
            "from_unix_timestamp",
            [5000],
            ["unit": "microseconds"],
            .time("1970-01-01T00:00:00.005Z")
        ),
        .fails(
            "from_unix_timestamp",
            [9_999_999_999_999],
            "unable to coerce 9999999999999 into timestamp"
        ),
        .fails("from_unix_timestamp", [5.123], "unable to coerce float into timestamp"),
        Call(
            "parse_timestamp",
            ["16/10/2019:12:00:00 +0000", "%d/%m/%Y:%H:%M:%S %z"],
            .time("2019-10-16T12:00:00Z")
        ),
        Call(
            "parse_timestamp",
            ["10-Oct-2020 16:00+00:00", "%v %R %:z"],
            .time("2020-10-10T16:00:00Z")
        ),
        Call(
            "parse_timestamp",
            ["16/10/2019 12:00:00", "%d/%m/%Y %H:%M:%S"],
            ["timezone": "Asia/Taipei"],
            .time("2019-10-16T04:00:00Z")
        ),
        Call(
            "parse_timestamp",
            [.time("2019-10-16T12:00:00Z"), "%d/%m/%Y"],
            .time("2019-10-16T12:00:00Z")
        ),
        .fails(
            "parse_timestamp",
            ["16/10/2019:12:00:00", "%d/%m/%Y:%H:%M:%S", "Europe/Pariss"],
            "unable to parse timezone: Europe/Pariss"
        ),
        .fails("parse_timestamp", [nil, "%d"], "unable to convert null value to timestamp"),
        .fails(
            "parse_timestamp",
            ["16/10", "%d/%m/%Y"],
            "Invalid timestamp \"16/10\": premature end of input"
        ),
        Call(
            "format_timestamp",
            [.time("2020-10-21T16:00:00Z"), "%+"],
            "2020-10-21T16:00:00+00:00"
        ),
        Call("format_timestamp", [.time("2020-10-21T16:00:00Z"), "%v %R"], "21-Oct-2020 16:00"),
        Call(
            "format_timestamp",
            [.time("2021-02-10T23:32:00Z"), "%d %B %Y %H:%M", "Europe/Berlin"],
            "11 February 2021 00:32"
        ),
        .fails(
            "format_timestamp",
            [.time("2021-02-10T23:32:00Z"), "%d", "Nowhere"],
            "unable to parse timezone: Nowhere"
        ),
    ]

    static let deprecated: [Call] = [
        Call("to_timestamp", [5], .time("1970-01-01T00:00:05Z")),
        Call("to_timestamp", [1500, "milliseconds"], .time("1970-01-01T00:00:01.5Z")),
        Call("to_timestamp", [1.5], .time("1970-01-01T00:00:01.5Z")),
        Call("to_timestamp", [.time("2020-01-01T00:00:00Z")], .time("2020-01-01T00:00:00Z")),
        Call("to_timestamp", ["2020-01-01T00:00:00+01:00"], .time("2019-12-31T23:00:00Z")),
        Call("to_timestamp", ["2020-01-01 01:02:03"], .time("2020-01-01T01:02:03Z")),
        .fails(
            "to_timestamp",
            ["tomorrow"],
            "No matching timestamp format found for \"tomorrow\""
        ), .fails("to_timestamp", [nil], "unable to coerce null into timestamp"),
    ]

    @Test(arguments: deprecated)
    func `old scripts read times of any form`(call: Call) throws {
        try call.check()
    }

    @Test(arguments: calls)
    func `times are read and written`(call: Call) throws {
        try call.check()
        try call.checkPrepared()
    }
}
