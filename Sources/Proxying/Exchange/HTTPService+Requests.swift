import Basics
import HTTP

/// What is asked of requests besides their route.
extension HTTPService {
    /// Drops fields with an underscore in their names, or answers their request; then it is false.
    func checkUnderscores(_ exchange: Exchange) -> Bool {
        var index = exchange.request.fields.count
        while index > 0 {
            index -= 1
            // Names that are known have none.
            guard exchange.request.fields.id(index) == .other,
                exchange.request.fields.name(index).firstIndex(of: UInt8(ascii: "_")) != nil
            else { continue }
            if settings.underscores == .reject {
                exchange.reply(400, "", "http1.unexpected_underscore")
                return false
            }
            exchange.request.fields.remove(at: index)
        }
        return true
    }

    /// The place of the plan of a page that takes a request.
    func choose(_ page: ErrorPages.Page, _ exchange: Exchange) -> Int? {
        let length = exchange.request.path.queryStart
        for index in page.tests.indices
        where page.tests[index].passes(
            exchange.request,
            pathLength: length,
            peer: exchange.client.address,
            random: &proxy.random
        ) {
            return index
        }
        return nil
    }
}
