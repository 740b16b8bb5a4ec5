import Basics
import Testing

@testable import Formats

@Suite("Values") struct ValueTests {
    @Test(arguments: [
        ("0", "0"), ("0.0", "0"), ("1", "1"), ("1.5", "1500m"), ("0.5", "500m"), ("100m", "100m"),
        ("1000m", "1"), ("1000", "1k"), ("1024", "1024"), ("1Ki", "1Ki"), ("1024Ki", "1Mi"),
        ("0.5Ki", "512"), ("1.5Gi", "1536Mi"), ("0.1Ki", "102400m"), ("1e3", "1e3"),
        ("1500e3", "1500e3"), ("1E3", "1e3"), ("1E", "1E"), ("1e-3", "1e-3"), ("12e1", "120"),
        ("100n", "100n"), ("0.1n", "1n"), ("1.1n", "2n"), ("-1.5", "-1500m"), ("+3", "3"),
        (".5", "500m"), ("5.", "5"), ("9223372036854775808", "9223372036854775807"),
        ("10E", "9223372036854775807"), ("8Ei", "9223372036854775807"), ("7Ei", "7Ei"),
        ("1000000", "1M"), ("1001", "1001"), ("3000u", "3m"), ("1.2345678901", "1234567891n"),
        ("512Mi", "512Mi"), ("1000Mi", "1000Mi"), ("-1Gi", "-1Gi"),
        ("1e9999", "9223372036854775807"),
    ])
    func `a quantity has its canonical text`(text: String, canonical: String) throws {
        let quantity = try Quantity(text)
        #expect(quantity.text == canonical)
        #expect(try Quantity(canonical) == quantity)
    }

    @Test(arguments: [
        "", "-", "+", ".", "1 ", " 1", "1kb", "1K", "1ki", "1e", "1E+", "1.2.3", "a", "1Kii", "0x1",
        "1e1.5", "--1", "1_0", "NaN", "1mi", "١",
    ])
    func `what is no quantity is refused`(text: String) {
        #expect(throws: FormatError.self) { try Quantity(text) }
    }

    @Test func `values are rounded up`() throws {
        #expect(try Quantity("1.1").value == 2)
        #expect(try Quantity("1m").value == 1)
        #expect(try Quantity("1500u").milliValue == 2)
        #expect(try Quantity("-1.1").value == -2)
        #expect(try Quantity("1Ei").milliValue == .max)
        #expect(try Quantity("0.5").milliValue == 500)
        #expect(try Quantity("1Gi") > Quantity("1G"))
        #expect(try Quantity("1Gi") == Quantity("1073741824"))
        #expect(try (Quantity("1Gi") + Quantity("512Mi")).text == "1536Mi")
        #expect(try (Quantity(milli: 1500) - Quantity("1")).text == "500m")
        #expect(try Quantity(json: 2).text == "2")
        #expect(try Quantity(json: 0.25).text == "250m")
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2006-01-02T15:04:05Z", 1_136_214_245),
        ("2006-01-02T15:04:05+07:00", 1_136_189_045), ("2000-02-29T23:59:59-00:30", 951_870_599),
        ("1969-12-31T23:59:59Z", -1), ("2262-04-11T23:47:16Z", 9_223_372_036),
    ])
    func `a time is read`(text: String, seconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.seconds == seconds)
        #expect(Timestamp(seconds: seconds).rfc3339.hasSuffix("Z"))
        #expect(
            Timestamp(rfc3339: Timestamp(seconds: seconds).rfc3339) == Timestamp(seconds: seconds)
        )
    }

    @Test func `fractions of a second are read and written`() {
        let stamp = Timestamp(rfc3339: "2024-05-06T07:08:09.012345678Z")
        #expect(stamp?.rfc3339 == "2024-05-06T07:08:09Z")
        #expect(stamp?.rfc3339Micro == "2024-05-06T07:08:09.012345Z")
        #expect(stamp?.rfc3339Nano == "2024-05-06T07:08:09.012345678Z")
        #expect(
            Timestamp(rfc3339: "2024-05-06T07:08:09.5Z")?.rfc3339Micro
                == "2024-05-06T07:08:09.500000Z"
        )
        #expect(Timestamp(nanoseconds: -1).rfc3339Nano == "1969-12-31T23:59:59.999999999Z")
    }

    @Test(arguments: [
        "", "2024-05-06", "2024-13-01T00:00:00Z", "2023-02-29T00:00:00Z", "2024-05-06T24:00:00Z",
        "2024-05-06T07:08:09", "2024-05-06 07:08:09Z", "2024-05-06T07:08:09.Z",
        "2024-05-06T07:08:09+0700", "0001-01-01T00:00:00Z", "2024-05-06T07:08:09Zx",
    ])
    func `what is no time is refused`(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy"),
        ("ÿ?>", "w78/Pg=="),
    ])
    func `base 64 goes both ways`(text: String, encoded: String) {
        #expect(Base64.encode(text.utf8) == encoded)
        #expect(Base64.decode(encoded) == Array(text.utf8))
    }

    @Test(arguments: [
        "Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm9v=", "Z g==", "Zg==Zg==", "-_==", "====",
    ])
    func `what is no base 64 is refused`(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test(arguments: [
        (-2, "<invalid>", "<invalid>"), (-1, "0s", "0s"), (0, "0s", "0s"), (119, "119s", "1m"),
        (120, "2m", "2m"),
        (125, "2m5s", "2m"), (599, "9m59s", "9m"), (600, "10m", "10m"), (10_799, "179m", "2h"),
        (10_800, "3h", "3h"), (11_100, "3h5m", "3h"), (28_800, "8h", "8h"), (172_799, "47h", "1d"),
        (172_800, "2d", "2d"), (176_400, "2d1h", "2d"), (691_200, "8d", "8d"),
        (63_071_999, "729d", "1y"),
        (63_072_000, "2y", "2y"), (63_158_400, "2y1d", "2y"), (252_288_000, "8y", "8y"),
    ])
    func `an age has kubectl's text`(seconds: Int, human: String, short: String) {
        #expect(Duration.seconds(seconds).humanText == human)
        #expect(Duration.seconds(seconds).shortHumanText == short)
    }

    @Test(arguments: [
        ("0", 0), ("5m3s", 303_000), ("1.5h", 5_400_000), ("300ms", 300), ("-1m", -60_000),
        ("1h0m0.5s", 3_600_500),
    ])
    func `a duration is read`(text: String, milliseconds: Int64) {
        #expect(Duration(text: text)?.milliseconds == milliseconds)
    }

    @Test(arguments: ["", "5", "m", "1x", "1h-5m", "-", ".s", "1..5s", "99999999999h"])
    func `what is no duration is refused`(text: String) {
        #expect(Duration(text: text) == nil)
    }

    @Test func `the nearest word is found`() {
        let fields = ["containers", "initContainers", "volumes", "restartPolicy"]
        #expect(NearestMatch.of("container", among: fields) == "containers")
        #expect(NearestMatch.of("initcontainers", among: fields) == "initContainers")
        #expect(NearestMatch.of("restratPolicy", among: fields) == "restartPolicy")
        #expect(NearestMatch.of("bogus", among: fields) == nil)
    }
}
