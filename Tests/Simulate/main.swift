import Glibc
import PodEngine
import PodSimulation

// simulate [COUNT [FIRST-SEED [MUTATION]]]
//
// Plays COUNT random schedules (100,000 unless told otherwise) and prints two lines about each of the
// first that broke a rule; the last line is the tally. A COUNT of 1 prints every event and action.
// Ends with 1 if any rule was broken.

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
    if count == 1 { print(schedule.podText) }
    guard !outcome.violations.isEmpty else { continue }
    failed += 1
    if failed <= 20 { print(outcome.report) }
}
print("\(count) schedules, \(events) events, \(failed) failed")
exit(failed > 0 ? 1 : 0)
