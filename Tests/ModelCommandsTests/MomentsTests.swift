import Testing

@testable import ModelCommands

@Suite struct MomentsTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00.999999999Z", 0),
        ("2000-02-29T12:00:00+00:00", 951_825_600), ("2026-11-22T16:00:00+02:00", 1_795_356_000),
        ("2026-11-22T09:00:00.5-05:00", 1_795_356_000), ("1969-12-31T23:59:59Z", -1),
        ("2318-01-01T00:00:00Z", 10_981_785_600),
    ])
    func readsMoments(_ text: String, _ seconds: Int) {
        #expect(Moments.seconds(text) == seconds)
    }

    @Test(arguments: ["", "yesterday", "2026-13-01T00:00:00Z", "2026-11-22T16:00:00", "2026-11-22"])
    func refusesOtherTexts(_ text: String) {
        #expect(Moments.seconds(text) == nil)
    }

    @Test(arguments: [
        (0, "Less than a second"), (1, "1 second"), (59, "59 seconds"), (60, "About a minute"),
        (119, "About a minute"), (120, "2 minutes"), (3599, "59 minutes"), (3600, "About an hour"),
        (5399, "About an hour"), (5400, "2 hours"), (86_400, "24 hours"), (172_799, "2 days"),
        (172_800, "2 days"), (13 * 86_400, "13 days"), (14 * 86_400, "2 weeks"),
        (59 * 86_400, "8 weeks"), (60 * 86_400, "2 months"), (729 * 86_400, "24 months"),
        (730 * 86_400, "2 years"),
    ])
    func writesSpans(_ seconds: Int, _ text: String) {
        #expect(Moments.span(seconds) == text)
    }

    @Test func tellsMomentsFromNow() {
        let now = 1_795_356_000
        #expect(Moments.relative("2026-11-19T14:00:00Z", now: now) == "3 days ago")
        #expect(Moments.relative("2026-11-22T14:04:30Z", now: now) == "4 minutes from now")
        #expect(Moments.relative("2318-01-01T00:00:00Z", now: now) == "Forever")
        #expect(Moments.relative("0001-01-01T00:00:00Z", now: now) == "Never")
        #expect(Moments.relative(nil, now: now) == "Never")
        #expect(ModelTables.until("2026-11-22T13:59:59Z", now: now) == "Stopping...")
    }

    @Test(arguments: [
        (0, "0s"), (1, "1ns"), (1500, "1.5µs"), (130_079_000, "130.079ms"),
        (1_000_000_000, "1s"), (4_935_886_791, "4.935886791s"), (62_500_000_000, "1m2.5s"),
        (3_600_000_000_000, "1h0m0s"), (-5_000_000, "-5ms"),
    ])
    func writesDurationsAsGo(_ nanoseconds: Int, _ text: String) {
        #expect(Moments.goDuration(nanoseconds) == text)
    }

    @Test(arguments: [
        (-1, "0s"), (9, "9s"), (3599, "59m59s"), (359_999, "99h59m"), (360_000, "4d"),
        (Int.max, "long"),
    ])
    func writesShortSpans(_ seconds: Int, _ text: String) {
        #expect(Moments.short(seconds) == text)
        #expect(text.count <= 6)
    }
}
