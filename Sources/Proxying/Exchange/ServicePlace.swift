/// Where the connections of a chain find its settings.
final class ServicePlace {
    var service: HTTPService

    init(_ service: HTTPService) {
        self.service = service
    }
}
