import CFuzzer
import EngineFuzzSubjects

var count = CommandLine.argc
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
_ = LLVMFuzzerRunDriver(&count, &arguments) { data, size in
    EngineFuzzSubject.protobufBody.run(Array(UnsafeBufferPointer(start: data, count: Int(size))))
    return 0
}
