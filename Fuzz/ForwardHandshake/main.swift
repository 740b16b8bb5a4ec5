import CFuzzer
import LogFuzzSubjects

var count = CommandLine.argc
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
_ = LLVMFuzzerRunDriver(&count, &arguments) { data, size in
    fuzzForwardHandshake(Array(UnsafeBufferPointer(start: data, count: Int(size))))
    return 0
}
