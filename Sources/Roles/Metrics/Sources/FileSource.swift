import Basics
import Reactor
import System

/// A file that is read each time.
@MainLoop final class FileSource: MetricSource {
    private let path: String
    private let sizeLimit: Int

    init(_ path: String, sizeLimit: Int) {
        self.path = path
        self.sizeLimit = sizeLimit
    }

    func read(
        limit: Int,
        deadline: Instant,
        isKnown: Bool
    ) async throws(Failure) -> SourceAnswer {
        let (path, sizeLimit) = (path, sizeLimit)
        let status: FileStatus
        do throws(SystemError) {
            status = try Files.stat(path)
        } catch {
            throw Failure("cannot read \(path)", error)
        }
        // A pipe would keep whoever opens it.
        guard status.kind == .file else {
            throw Failure(.invalid, "cannot read \(path)", cause: "it is no regular file")
        }
        do {
            let bytes = try await Loop.main.offload { () throws(SystemError) -> [UInt8] in
                try Files.read(path, limit: sizeLimit)
            }
            return .text(bytes, contentType: "")
        } catch let error as SystemError {
            throw Failure("cannot read \(path)", error)
        } catch let error as Failure {
            throw error
        } catch {
            throw Failure(.internalError, "cannot read \(path)", cause: "\(error)")
        }
    }
}
