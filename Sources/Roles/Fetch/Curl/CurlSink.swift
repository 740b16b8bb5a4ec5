import Basics
import Reactor
import System

/// Where the bytes of a transfer go.
@MainLoop struct CurlSink {
    private enum Place {
        case standard(@MainLoop ([UInt8]) -> Bool)
        /// A file that takes the place of another when it is whole.
        case draft(DraftFile, mode: UInt32)
        /// Something that is written as it is: a device, a pipe, or the rest of a file.
        case open(OpenFile, String)
    }

    /// A descriptor that is closed with its last owner.
    private final class OpenFile {
        let number: Int32

        init(_ descriptor: consuming Descriptor) {
            number = descriptor.release()
        }

        deinit {
            Descriptors.close(number)
        }
    }

    private let place: Place

    /// Opens a place.
    ///
    /// - Throws: 23 if it cannot be written.
    init(
        _ target: String?,
        offset: Int?,
        output: @escaping @MainLoop ([UInt8]) -> Bool,
        makesDirectories: Bool
    ) throws(CurlFailure) {
        guard let target else {
            place = .standard(output)
            return
        }
        do throws(SystemError) {
            if makesDirectories { try Files.makeDirectories(Files.parent(of: target)) }
            let status = try? Files.stat(target)
            if offset != nil {
                place = .open(OpenFile(try Descriptors.open(target, flags: 0o2101)), target)
            } else if let status, status.kind != .file {
                place = .open(OpenFile(try Descriptors.open(target, flags: 1)), target)
            } else {
                DraftFile.sweep(target)
                // What a link leads to is replaced, not the link.
                let real = (try? Files.resolve(target)) ?? target
                place = .draft(try DraftFile(for: real), mode: status?.mode ?? 0o644)
            }
        } catch {
            throw CurlFailure(23, "Failure writing output to destination: \(error)")
        }
    }

    /// Adds bytes.
    func append(_ bytes: [UInt8]) throws(CurlFailure) {
        do throws(SystemError) {
            switch place {
            case .standard(let output):
                // 32 is what the kernel says of a reader that has gone.
                if !output(bytes) { throw SystemError(32, "write") }
            case .draft(let file, _): try file.append(bytes)
            case .open(let file, _): try Descriptors.writeAll(file.number, bytes)
            }
        } catch {
            throw CurlFailure(23, "Failure writing output to destination: \(error)")
        }
    }

    /// Puts the whole in place.
    func finish() throws(CurlFailure) {
        guard case .draft(let file, let mode) = place else { return }
        do throws(SystemError) {
            try file.commit(mode: mode)
        } catch {
            throw CurlFailure(23, "Failure writing output to destination: \(error)")
        }
    }
}
