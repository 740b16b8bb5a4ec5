import CFuzzer
import RolesFuzzSubjects

var count = CommandLine.argc
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
_ = LLVMFuzzerRunDriver(&count, &arguments) { data, size in
    fuzzPostgresScram(Array(UnsafeBufferPointer(start: data, count: Int(size))))
    return 0
}
