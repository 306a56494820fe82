import JSON
import Testing

@testable import ModelCommands

@Suite struct ProgressTests {
    private static let digest = "sha256:6a0746a1ec1a" + String(repeating: "0", count: 52)

    private func update(_ completed: Int?, of total: Int = 2_600_000_000) -> JSONValue {
        var object: JSONObject = [
            "status": "pulling 6a0746a1ec1a", "digest": .string(Self.digest),
            "total": JSONValue(total),
        ]
        object["completed"] = completed.map { JSONValue($0) }
        return .object(object)
    }

    @Test func drawsABarWithRateAndTimeLeft() {
        var bar = ProgressBar("pulling 6a0746a1ec1a:", total: 2_600_000_000, completed: 0, at: 0)
        bar.advance(to: 1_170_000_000, of: 2_600_000_000, at: 10)
        let line = bar.line(width: 80, at: 10)
        #expect(line.hasPrefix("pulling 6a0746a1ec1a:  45% ▕"), "\(line)")
        #expect(line.hasSuffix("1.2 GB/2.6 GB  117 MB/s     13s"), "\(line)")
        #expect(line.count <= 80)
    }

    @Test(arguments: [1, 20, 40, 60, 79, 80, 120, 200])
    func noLineIsLongerThanTheTerminal(_ width: Int) {
        for completed in [0, 1, 999_999, 1_300_000_000, 2_600_000_000] {
            var bar = ProgressBar(
                "pulling 6a0746a1ec1a:",
                total: 2_600_000_000,
                completed: 0,
                at: 0
            )
            bar.advance(to: completed, of: 2_600_000_000, at: 5)
            #expect(TextWidth.of(bar.line(width: width, at: 5)) < max(width, 1) + 1)
        }
    }

    @Test func aBarIsFullWhenEverythingIsDone() {
        var bar = ProgressBar("copying:", total: 100, completed: 0, at: 0)
        bar.advance(to: 100, of: 100, at: 1)
        let line = bar.line(width: 80, at: 1)
        #expect(line.contains("100% ▕██"))
        #expect(!line.contains("█ "))
        #expect(line.contains("100 B"))
    }

    @Test func whatWasDoneBeforeIsNoSpeed() {
        var bar = ProgressBar("x:", total: 1000, completed: 900, at: 0)
        #expect(bar.rate(at: 1) == nil)
        bar.advance(to: 950, of: 1000, at: 1)
        #expect(bar.rate(at: 1) == 50)
    }

    @Test func theRateIsThatOfTheLastSeconds() {
        var bar = ProgressBar("x:", total: 1_000_000, completed: 0, at: 0)
        for second in 1...60 {
            let slow = min(second, 30) * 10
            let fast = max(0, second - 30) * 1000
            bar.advance(to: slow + fast, of: 1_000_000, at: Double(second))
        }
        let rate = bar.rate(at: 60) ?? 0
        #expect((950...1050).contains(rate), "\(rate)")
    }

    @Test func theBoardFollowsAPull() {
        var board = ProgressBoard()
        board.take(["status": "pulling manifest"], at: 0)
        #expect(board.lines(width: 80, at: 0) == ["pulling manifest ⠋"])
        #expect(board.lines(width: 80, at: 0.1) == ["pulling manifest ⠙"])
        // Nothing of the blob is there yet.
        board.take(update(nil), at: 0.2)
        #expect(board.lines(width: 80, at: 0.2).count == 1)
        board.take(update(1_300_000_000), at: 0.3)
        board.take(update(2_600_000_000), at: 0.4)
        board.take(["status": "verifying sha256 digest"], at: 0.5)
        board.take(["status": "verifying sha256 digest"], at: 0.6)
        board.take(["status": "success"], at: 0.7)
        board.endStep()
        let lines = board.lines(width: 80, at: 1)
        #expect(lines.count == 4)
        #expect(lines[0] == "pulling manifest")
        #expect(lines[1].hasPrefix("pulling 6a0746a1ec1a: 100% ▕"))
        #expect(lines[3] == "success")
    }

    @Test func statusesWithoutADigestInThemAreTold() {
        var board = ProgressBoard()
        board.take(
            [
                "status": "quantizing F16 model to Q4_K_M", "digest": .string(Self.digest),
                "total": 10, "completed": 5,
            ],
            at: 0
        )
        #expect(
            board.lines(width: 120, at: 0)[0]
                .hasPrefix("quantizing F16 model to Q4_K_M 6a0746a1ec1a:  50%")
        )
    }

    @Test func filesGetALineForEachTenth() {
        var board = ProgressBoard()
        board.take(["status": "pulling manifest"], at: 0)
        var lines = board.news()
        for percent in 1...100 {
            board.take(update(percent * 10, of: 1000), at: Double(percent))
            lines += board.news()
        }
        board.take(["status": "success"], at: 101)
        lines += board.news()
        #expect(lines.first == "pulling manifest")
        #expect(lines.last == "success")
        #expect(lines.count == 13)
        #expect(lines[1] == "pulling 6a0746a1ec1a:   1% of 1 KB")
        #expect(lines[11] == "pulling 6a0746a1ec1a: 100% of 1 KB")
        #expect(board.news().isEmpty)
    }
}
