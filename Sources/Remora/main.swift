internal import Basics
internal import Reactor
internal import System

// The holder of a shared process namespace is PID 1 there: it needs no loop and no threads.
if CommandLine.arguments.dropFirst().first == "pause" { PauseCommand.run() }

Loop.run { await Program.run(Array(CommandLine.arguments.dropFirst())) }
