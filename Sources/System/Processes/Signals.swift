import CLinux
import Glibc

/// Signals of this process.
public enum Signals {
    /// Ctrl-C.
    public static let interrupt = SIGINT
    /// The polite request to end.
    public static let terminate = SIGTERM
    /// The terminal's window has another size.
    public static let windowChange = SIGWINCH

    /// Keeps signals from interrupting; they wait for a descriptor made by `descriptor(for:)`.
    ///
    /// Only the calling thread and threads started later are affected: call it first in `main`.
    /// - Throws: `EINVAL` for a number that is no signal.
    public static func block(_ numbers: [Int32]) throws(SystemError) {
        try checked("sigprocmask") { unsafe remora_signals_block(numbers, numbers.count) }
    }

    /// A descriptor that becomes readable when one of the signals, which must be blocked, arrives.
    ///
    /// - Throws: `EMFILE`, `ENFILE`.
    public static func descriptor(for numbers: [Int32]) throws(SystemError) -> Descriptor {
        Descriptor(
            adopting: try checked("signalfd") {
                unsafe remora_signal_descriptor(numbers, numbers.count)
            }
        )
    }

    /// The next signal that has arrived.
    ///
    /// - Throws: `EAGAIN` if there is none.
    public static func next(_ descriptor: Int32) throws(SystemError) -> Int32 {
        try checked("read") { remora_signal_read(descriptor) }
    }

    /// Lets writes into closed pipes and sockets fail with `EPIPE` instead of ending the process.
    public static func ignoreBrokenPipes() {
        _ = signal(SIGPIPE, SIG_IGN)
    }

    /// The usual name: `SIGTERM`; `SIG34` for one without a name.
    public static func name(of number: Int32) -> String {
        names[number] ?? "SIG\(number)"
    }

    /// The number of a name, with or without `SIG`, in any case, or of a number's text.
    public static func number(of name: String) -> Int32? {
        if let number = Int32(name) { return (1...64).contains(number) ? number : nil }
        let upper = name.uppercased()
        let full = upper.hasPrefix("SIG") ? upper : "SIG" + upper
        if let known = names.first(where: { $0.value == full }) { return known.key }
        if full.hasPrefix("SIGRTMIN") {
            let offset = full.dropFirst(8)
            if offset.isEmpty { return 34 }
            guard offset.first == "+", let more = Int32(offset.dropFirst()) else { return nil }
            return (0...30).contains(more) ? 34 + more : nil
        }
        if full.hasPrefix("SIGRTMAX") {
            let offset = full.dropFirst(8)
            if offset.isEmpty { return 64 }
            guard offset.first == "-", let less = Int32(offset.dropFirst()) else { return nil }
            return (0...30).contains(less) ? 64 - less : nil
        }
        return nil
    }

    private static let names: [Int32: String] = [
        1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT",
        7: "SIGBUS", 8: "SIGFPE", 9: "SIGKILL", 10: "SIGUSR1", 11: "SIGSEGV", 12: "SIGUSR2",
        13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM", 16: "SIGSTKFLT", 17: "SIGCHLD", 18: "SIGCONT",
        19: "SIGSTOP", 20: "SIGTSTP", 21: "SIGTTIN", 22: "SIGTTOU", 23: "SIGURG", 24: "SIGXCPU",
        25: "SIGXFSZ", 26: "SIGVTALRM", 27: "SIGPROF", 28: "SIGWINCH", 29: "SIGIO", 30: "SIGPWR",
        31: "SIGSYS",
    ]
}
