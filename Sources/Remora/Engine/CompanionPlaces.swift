internal import Basics
internal import System

extension CommandContext {
    /// Where the engine looks for the companion's program.
    ///
    /// - Throws: `Failure` if the one that was named is not there.
    func companionPlaces() throws(Failure) -> [String] {
        if let path = invocation.text("companion") {
            do throws(SystemError) {
                // The engine's own directory is another one.
                return [try Files.resolve(path)]
            } catch {
                throw Failure(
                    "--companion \(path)",
                    error,
                    remedy: "give the path of the static program that `make companion` builds"
                )
            }
        }
        var directories: [String] = []
        if let program = try? Files.readLink("/proc/self/exe") {
            directories.append(Files.parent(of: program))
        }
        let path = Environment.value("PATH") ?? ""
        directories += path.split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
        var places: [String] = []
        for directory in directories {
            let place = directory + "/companion"
            if !places.contains(place) { places.append(place) }
        }
        return places
    }
}
