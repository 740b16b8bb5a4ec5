/// What `date` prints, as a strftime text.
struct ShellDate: Hashable {
    var format: String
    var isUTC: Bool

    /// Reads the arguments of `date`; nil for what is not known, such as another time than now.
    init?(_ arguments: [String]) {
        format = "%a %b %e %H:%M:%S %Z %Y"
        isUTC = false
        for argument in arguments {
            switch argument {
            case "-u", "--utc", "--universal": isUTC = true
            case "-R", "--rfc-2822", "--rfc-email": format = "%a, %d %b %Y %H:%M:%S %z"
            case "--rfc-3339=seconds": format = "%Y-%m-%d %H:%M:%S%:z"
            case "--rfc-3339=ns": format = "%Y-%m-%d %H:%M:%S.%N%:z"
            case "--rfc-3339=date": format = "%Y-%m-%d"
            default:
                if argument.hasPrefix("+") {
                    format = String(argument.dropFirst())
                } else if let form = Self.iso(argument) {
                    format = form
                } else if argument.hasPrefix("-u"), let form = Self.iso("-" + argument.dropFirst(2))
                {
                    isUTC = true
                    format = form
                } else {
                    return nil
                }
            }
        }
    }

    private static func iso(_ argument: String) -> String? {
        let word: Substring
        if argument.hasPrefix("-I") {
            word = argument.dropFirst(2)
        } else if argument.hasPrefix("--iso-8601") {
            word = argument.dropFirst(10).drop { $0 == "=" }
        } else {
            return nil
        }
        switch word {
        case "", "d", "date": return "%Y-%m-%d"
        case "h", "hours": return "%Y-%m-%dT%H%:z"
        case "m", "minutes": return "%Y-%m-%dT%H:%M%:z"
        case "s", "seconds": return "%Y-%m-%dT%H:%M:%S%:z"
        case "ns": return "%Y-%m-%dT%H:%M:%S,%N%:z"
        default: return nil
        }
    }
}
