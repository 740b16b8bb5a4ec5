import Basics
import Testing

@testable import HTTP

/// The vectors that AWS publishes: the signature's test suite, and the examples of S3's documentation.
@Suite("AWS's signature") struct AWSSignatureTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        var name: String
        var method = "GET"
        var path = "/"
        var query: [(String, String)] = []
        var headers: [(String, String)] = []
        var signature: String

        var testDescription: String { name }
    }

    static let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    static let suite = [
        Vector(
            name: "get-vanilla",
            signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        ),
        Vector(
            name: "post-vanilla",
            method: "POST",
            signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
        ),
        Vector(
            name: "get-vanilla-query-order-key-case",
            query: [("Param2", "value2"), ("Param1", "value1")],
            signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"
        ),
        Vector(
            name: "get-header-value-trim",
            headers: [("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
            signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"
        ),
    ]

    @Test(arguments: suite) func `of the test suite`(_ vector: Vector) {
        let scope = AWSSignature.Scope(
            region: "us-east-1",
            service: "service",
            time: Timestamp(seconds: 1_440_938_160)
        )
        let subject = AWSSignature.Subject(
            method: vector.method,
            path: vector.path,
            query: vector.query,
            headers: vector.headers + [
                ("Host", "example.amazonaws.com"), ("X-Amz-Date", scope.stamp),
            ],
            payload: Self.empty
        )
        let keys = AWSSignature.Credentials(
            accessKey: "AKIDEXAMPLE",
            secretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
        )
        let value = AWSSignature.authorization(subject, scope, keys)
        #expect(scope.stamp == "20150830T123600Z")
        #expect(value.hasSuffix("Signature=" + vector.signature))
        #expect(
            value.hasPrefix(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
                    + "SignedHeaders=host;"
            )
        )
    }

    static let objects = [
        Vector(
            name: "GET Object",
            path: "/test.txt",
            headers: [("Range", "bytes=0-9")],
            signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        ),
        Vector(
            name: "GET Bucket Lifecycle",
            query: [("lifecycle", "")],
            signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
        ),
        Vector(
            name: "GET Bucket (List Objects)",
            query: [("max-keys", "2"), ("prefix", "J")],
            signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
        ),
    ]

    @Test(arguments: objects) func `of requests to S3`(_ vector: Vector) {
        let scope = AWSSignature.Scope(
            region: "us-east-1",
            service: "s3",
            time: Timestamp(seconds: 1_369_353_600)
        )
        let subject = AWSSignature.Subject(
            method: vector.method,
            path: vector.path,
            query: vector.query,
            headers: vector.headers + [
                ("Host", "examplebucket.s3.amazonaws.com"), ("x-amz-date", scope.stamp),
                ("x-amz-content-sha256", Self.empty),
            ],
            payload: Self.empty
        )
        let keys = AWSSignature.Credentials(
            accessKey: "AKIAIOSFODNN7EXAMPLE",
            secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
        )
        let value = AWSSignature.authorization(subject, scope, keys)
        #expect(value.hasSuffix("Signature=" + vector.signature))
    }

    @Test func `paths are encoded once more, but for S3`() {
        let subject = AWSSignature.Subject(
            method: "GET",
            path: "/a%20b/_bulk",
            headers: [("Host", "h")],
            payload: Self.empty
        )
        let twice = AWSSignature.canonical(subject, encodesPath: true).text
        let once = AWSSignature.canonical(subject, encodesPath: false).text
        #expect(twice.hasPrefix("GET\n/a%2520b/_bulk\n") && once.hasPrefix("GET\n/a%20b/_bulk\n"))
        #expect(AWSSignature.encode("a/b c~é", keepsSlashes: true) == "a/b%20c~%C3%A9")
    }

    @Test @MainActor func `keys are found in files and answers`() async {
        let file = """
            # comment
            [default]
            aws_access_key_id = A
            aws_secret_access_key=B=
            [ other ]
            aws_access_key_id=C
            aws_secret_access_key=D
            aws_session_token=E
            """
        #expect(await AWSCredentialSource.profile("default", in: file)?.secretKey == "B=")
        #expect(await AWSCredentialSource.profile("other", in: file)?.sessionToken == "E")
        #expect(await AWSCredentialSource.profile("gone", in: file) == nil)
        let json =
            #"{"AccessKeyId":"K","SecretAccessKey":"S","Token":"T","Expiration":"2024-01-01T00:00:00Z"}"#
        let found = await AWSCredentialSource.keys(Array(json.utf8))
        #expect(found?.keys.sessionToken == "T" && found?.until?.seconds == 1_704_067_200)
        let xml =
            "<R><Credentials><AccessKeyId>K</AccessKeyId><SecretAccessKey>S</SecretAccessKey>"
            + "<SessionToken>T</SessionToken></Credentials></R>"
        let role = await AWSCredentialSource.stsKeys(Array(xml.utf8))
        #expect(role?.keys.secretKey == "S" && role?.until == nil)
    }
}
