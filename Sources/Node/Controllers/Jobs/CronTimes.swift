internal import Basics
internal import PodModel
internal import Records

/// The times at which a schedule is due, in a time zone.
///
/// Hours that a clock leaves out when it is put forward are left out; those that it shows twice come
/// twice. Source: `github.com/robfig/cron/v3`, `spec.go`.
struct CronTimes: Sendable {
    let schedule: CronSchedule
    let zone: Zone

    private static let minute = 60
    private static let hour = 3600
    private static let day = 86400
    /// How many steps a search takes before it is given up: five years of months, days, hours.
    private static let stepsMaximum = 5000

    /// The first time after another; nil if there is none within five years.
    func next(after time: Timestamp) -> Timestamp? {
        switch schedule.form {
        case .every(let seconds): return Timestamp(seconds: time.seconds + Int64(seconds))
        case .calendar(let fields): return next(fields, after: Int(time.seconds))
        }
    }

    private func next(_ fields: CronSchedule.Fields, after start: Int) -> Timestamp? {
        // The next whole minute.
        var at = (start / Self.minute + 1) * Self.minute
        let year = civil(at).year
        for _ in 0..<Self.stepsMaximum {
            let shown = civil(at)
            if shown.year > year + 5 { return nil }
            if !fields.months.contains(shown.month) {
                let next = shown.month == 12 ? (shown.year + 1, 1) : (shown.year, shown.month + 1)
                at = instant(dayNumber(next.0, next.1, 1), after: at)
            } else if !fields.fits(day: shown.day, weekday: weekday(shown.dayNumber)) {
                at = instant(shown.dayNumber + 1, after: at)
            } else if !fields.hours.contains(shown.hour) {
                at += Self.hour - shown.minute * Self.minute
            } else if !fields.minutes.contains(shown.minute) {
                let later = fields.minutes.filter { $0 > shown.minute }.min() ?? 60
                at += (later - shown.minute) * Self.minute
            } else {
                return Timestamp(seconds: Int64(at))
            }
        }
        return nil
    }

    // MARK: Calendar

    private struct Shown {
        var dayNumber: Int
        var year: Int
        var month: Int
        var day: Int
        var hour: Int
        var minute: Int
    }

    private func offset(_ at: Int) -> Int { zone.offset(at: Timestamp(seconds: Int64(at))) }

    private func civil(_ at: Int) -> Shown {
        let local = at + offset(at)
        let days = local >= 0 ? local / Self.day : (local - Self.day + 1) / Self.day
        let rest = local - days * Self.day
        // After Howard Hinnant's `civil_from_days`.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let ofEra = shifted - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * ofYear + 2) / 153
        return Shown(
            dayNumber: days,
            year: yearOfEra + era * 400 + (month < 10 ? 0 : 1),
            month: month < 10 ? month + 3 : month - 9,
            day: ofYear - (153 * month + 2) / 5 + 1,
            hour: rest / Self.hour,
            minute: rest / Self.minute % 60
        )
    }

    private func dayNumber(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month > 2 ? year : year - 1
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let ofEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + ofYear
        return era * 146_097 + ofEra - 719_468
    }

    /// Day 0 was a Thursday.
    private func weekday(_ dayNumber: Int) -> Int { ((dayNumber + 4) % 7 + 7) % 7 }

    /// When a day begins; a day without a midnight begins when the clock is put forward.
    private func instant(_ dayNumber: Int, after: Int) -> Int {
        let local = dayNumber * Self.day
        let at = local - offset(local - offset(after))
        let shown = civil(at)
        if shown.dayNumber == dayNumber { return at - (shown.hour * 60 + shown.minute) * 60 }
        // Midnight was left out: the clock jumps over it, by an hour at most.
        return shown.dayNumber < dayNumber ? at + Self.hour - shown.minute * Self.minute : at
    }
}
