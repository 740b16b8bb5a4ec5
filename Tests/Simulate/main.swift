import Glibc
import PodEngine
import PodSimulation

// simulate [COUNT [FIRST-SEED [MUTATION]]]: plays COUNT random schedules and prints one line about
// each that went wrong; exits 1 if any did.

let arguments = CommandLine.arguments.dropFirst().map { String($0) }
let count = arguments.first.flatMap { UInt64($0) } ?? 100_000
let first = arguments.dropFirst().first.flatMap { UInt64($0) } ?? 1
let mutation = arguments.dropFirst(2).first.flatMap { Mutation(rawValue: $0) }
var failed = 0
var events = 0
for seed in first..<(first + count) {
    var schedule = Schedule(seed: seed, mutation: mutation, keepsTrace: count == 1)
    let outcome = schedule.play()
    events += outcome.events
    if count == 1 {
        print(outcome.pod)
    }
    guard !outcome.violations.isEmpty else { continue }
    failed += 1
    if failed <= 20 { print("seed \(seed): \(outcome.violations.first ?? "")") }
}
print("\(count) schedules, \(events) events, \(failed) failed")
exit(failed > 0 ? 1 : 0)
