import Testing

@testable import Text

@Suite struct DurationTextTests {
    @Test(arguments: [
        ("30s", Duration.seconds(30)), ("5m", .seconds(300)), ("1h30m", .seconds(5400)),
        ("250ms", .milliseconds(250)), ("2d", .seconds(172_800)), ("90", .seconds(90)),
        ("0.5", .milliseconds(500)), ("1.5s", .milliseconds(1500)), ("-1", .seconds(-1)),
        ("-1h30m", .seconds(-5400)), ("0", .zero), ("1s500ms", .milliseconds(1500)),
        ("0.000001s", .microseconds(1)),
    ])
    func readsWhatPeopleWrite(text: String, duration: Duration) {
        #expect(DurationText.parse(text) == duration)
    }

    @Test(arguments: [
        "", "-", "s", "1x", "30m1h", "1h1h", "1.5h30m", "1 h", "1h 30m", "1..5s", ".5s", "5.s",
        "1e3",
        "99999999999999d", "+5s", "1h30", "1S", "٣s",
    ])
    func refusesEverythingElse(text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test(arguments: [
        (Duration.seconds(5400), "1h30m"), (.zero, "0s"), (.milliseconds(250), "250ms"),
        (.microseconds(1500), "1.5ms"), (.seconds(-61), "-1m1s"), (.seconds(86_400), "1d"),
    ])
    func writesTheShortestForm(duration: Duration, text: String) {
        #expect(DurationText.format(duration) == text)
    }

    @Test func readsWhatItWrites() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let limit = Int64(1) << Int64.random(in: 1...62, using: &generator)
            let duration = Duration.nanoseconds(Int64.random(in: -limit...limit, using: &generator))
            #expect(DurationText.parse(DurationText.format(duration)) == duration)
        }
    }
}

@Suite struct ByteTextTests {
    @Test(arguments: [
        ("10MiB", 10 << 20), ("500MB", 500_000_000), ("0", 0), ("4096", 4096), ("1.5GiB", 3 << 29),
        ("10 MiB", 10 << 20), ("2kB", 2000), ("7B", 7), ("1TiB", 1 << 40),
    ])
    func readsWhatPeopleWrite(text: String, bytes: Int) {
        #expect(ByteText.parse(text) == bytes)
    }

    @Test(arguments: ["", "M", "10M", "10mib", "-1", "1.5", "1e3", "MiB", "99999999TiB", "10MiB x"])
    func refusesEverythingElse(text: String) {
        #expect(ByteText.parse(text) == nil)
    }

    @Test(arguments: [0, 1, 1023, 1024, 1536, 10 << 20, 500_000_000, Int.max])
    func readsWhatItWrites(bytes: Int) {
        #expect(ByteText.parse(ByteText.format(bytes)) == bytes)
    }
}

@Suite struct SuggestionTests {
    @Test func findsTheSlip() {
        let names = ["det_threshold", "port", "precision", "preload"]
        #expect(Suggestion.closest(to: "det_treshold", among: names) == "det_threshold")
        #expect(Suggestion.closest(to: "prot", among: names) == "port")
        #expect(Suggestion.closest(to: "PORT", among: names) == "port")
        #expect(Suggestion.closest(to: "colour", among: names) == nil)
        #expect(Suggestion.closest(to: "x", among: ["y"]) == nil)
        #expect(Suggestion.closest(to: "x", among: []) == nil)
    }

    @Test(arguments: [
        ("", "", 0), ("a", "", 1), ("abc", "acb", 1), ("kitten", "sitting", 3), ("ab", "abc", 1),
    ])
    func countsSlips(left: String, right: String, slips: Int) {
        #expect(Suggestion.distance(left, right) == slips)
        #expect(Suggestion.distance(right, left) == slips)
    }
}
