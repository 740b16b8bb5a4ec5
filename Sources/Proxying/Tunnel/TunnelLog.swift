import Basics
import HTTP

/// Writes the access logs of relayed connections.
final class TunnelLog {
    private let logs: [(line: LogLine, file: LogFile)]
    /// A head that says nothing, not even `GET`.
    private let request: RequestHead
    private let response = ResponseHead()
    private let trailers = HeaderBlock()
    private var scratch = ByteBuffer()

    /// Compiles logs.
    ///
    /// - Throws: `Failure` for a command that is not known.
    init(_ settings: [AccessLogSettings], _ proxy: ProxyWorker) throws(Failure) {
        var logs: [(line: LogLine, file: LogFile)] = []
        for log in settings { logs.append((try LogLine(log), proxy.logFile(log.sink))) }
        self.logs = logs
        var request = RequestHead()
        request.setMethod(Span<UInt8>())
        self.request = request
    }

    /// Writes the lines of a connection that has ended.
    func write(_ record: borrowing AccessRecord) {
        for (line, file) in logs where line.isWanted(status: record.status, record) {
            file.write { buffer in
                line.write(
                    record,
                    request: request,
                    response: response,
                    trailers: trailers,
                    scratch: &scratch,
                    into: &buffer
                )
            }
        }
    }
}
