internal import Basics
internal import Reactor
internal import Records

/// Keeps records for which a condition holds, as Vector's `filter` does.
@MainLoop final class FilterStage: Stage {
    private let condition: CompiledCondition

    init(_ condition: CompiledCondition) {
        self.condition = condition
    }

    func process(_ events: [Event], at moment: Moment, into outlet: Outlet) {
        for event in events {
            if condition.holds(for: event) {
                outlet.pass(event)
            } else {
                outlet.drop(event, .filtered)
            }
        }
    }
}

/// Sends records out by the doors of the routes whose conditions hold, as Vector's `route` and
/// `exclusive_route` do; `_unmatched` is the door of the others.
@MainLoop final class RouteStage: Stage {
    private let routes: [(name: String, condition: CompiledCondition)]
    private let isExclusive: Bool

    init(_ routes: [(name: String, condition: CompiledCondition)], isExclusive: Bool) {
        self.routes = routes
        self.isExclusive = isExclusive
    }

    func process(_ events: [Event], at moment: Moment, into outlet: Outlet) {
        for event in events {
            var doors: [String] = []
            for route in routes where route.condition.holds(for: event) {
                doors.append(route.name)
                if isExclusive { break }
            }
            if doors.isEmpty { doors = ["_unmatched"] }
            for (place, door) in doors.enumerated() {
                outlet.pass(place + 1 < doors.count ? outlet.copy(event) : event, by: door)
            }
        }
    }
}
