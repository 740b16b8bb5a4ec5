internal import Basics
internal import Formats

extension FindingLog {
    /// Reports what is wrong with the commands of access logs in a text.
    func checkCommands(_ text: String, _ place: Place) {
        do throws(Failure) {
            _ = try CommandText(text)
        } catch {
            self.error(place, error.description)
        }
    }
}
