import Basics
import Testing

@testable import HTTP
@testable import Roles

@Suite("Words and verdicts of a probe") struct ProbeWordsTests {
    @Test(arguments: [
        (199, false), (200, true), (301, true), (399, true), (400, false), (503, false),
    ])
    func `statuses as the kubelet judges them`(_ status: Int, _ isWell: Bool) {
        let result = KubeletHTTP.judge(status, Array("not now\nmore".utf8))
        #expect(result.isWell == isWell)
        if !isWell {
            #expect(result.text == "HTTP probe failed with statuscode: \(status): not now")
        }
    }

    @Test func `fields as the kubelet sends them`() {
        #expect(KubeletHTTP.fields([:])["User-Agent"] == "kube-probe/1.36")
        let given = KubeletHTTP.fields(["User-Agent": "me", "Accept": ""])
        #expect(
            given["User-Agent"] == "me" && given["Accept"] == nil && given["Connection"] == "close"
        )
    }

    @Test func `the words of grpc_health_probe`() throws {
        let question = try GRPCHealthProbe.read([
            "-addr=db:1", "--service", "x", "-connect-timeout", "250ms", "-rpc-timeout=2s", "-tls",
            "-tls-no-verify", "-v",
        ])
        #expect(
            question.address == "db:1" && question.service == "x" && question.isSecure
                && question.isVerbose
        )
        #expect(question.connectTimeout == .milliseconds(250) && question.rpcTimeout == .seconds(2))
        #expect(try GRPCHealthProbe.read(["-addr=:1", "-tls=false"]).isSecure == false)
    }

    @Test(
        arguments: [
            ([], 1, "-addr not specified"), (["-addr", "x"], 1, "no HOST:PORT"),
            (["-foo"], 1, "not defined: -foo"),
            (["-addr"], 1, "needs an argument"),
            (["-addr=a:1", "-connect-timeout=0s"], 1, "greater than zero"),
            (["-addr=a:1", "-rpc-timeout=x"], 1, "parse error"),
            (["-addr=a:1", "-tls-no-verify"], 1, "without specifying -tls"),
            (["-addr=a:1", "-tls", "-tls-client-cert=x"], 1, "tls-client-key"),
            (["-addr=a:1", "-tls", "-tls-no-verify", "-tls-ca-cert=x"], 1, "would not be used"),
            (["-addr=a:1", "-rpc-header=x"], 1, "Name: value"),
            (["-addr=a:1", "-spiffe"], 1, "not supported"), (["-h"], 0, "Usage"),
        ] as [([String], Int32, String)]
    ) func `its mistakes`(_ words: [String], _ code: Int32, _ text: String) {
        do throws(GRPCHealthProbe.Other) {
            _ = try GRPCHealthProbe.read(words)
            Issue.record("\(words) were taken")
        } catch {
            #expect(error.code == code && error.text.contains(text), "\(error)")
        }
    }

    @Test func `an answer without a gRPC status has one by its HTTP status`() {
        func judged(_ status: Int, _ headers: HTTPHeaders, _ body: [UInt8]) -> HealthQuestion.Answer
        {
            HealthQuestion.judge(HTTP2Client.Response(status: status, headers: headers, body: body))
        }
        #expect(judged(200, ["grpc-status": "0"], [0, 0, 0, 0, 2, 8, 1]) == .status(1))
        #expect(judged(200, ["grpc-status": "0"], [0, 0, 0, 0, 0]) == .status(0))
        #expect(
            judged(200, ["grpc-status": "12", "grpc-message": "un%20known"], [])
                == .failed(12, "un known")
        )
        #expect(judged(404, [:], []) == .failed(12, "HTTP status 404 and no gRPC status"))
        #expect(
            judged(200, ["grpc-status": "0"], [1]) == .failed(13, "malformed health check response")
        )
    }
}
