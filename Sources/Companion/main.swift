internal import Reactor

Loop.run { await Program.run(CommandLine.arguments) }
