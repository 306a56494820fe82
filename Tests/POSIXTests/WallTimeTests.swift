import POSIX
import Testing

/// Moments as texts; the answers are those of `date -u`.
struct WallTimeTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000000000Z"),
        (951_782_400_000_000_001, "2000-02-29T00:00:00.000000001Z"),
        (1_795_339_507_123_456_789, "2026-11-22T09:25:07.123456789Z"),
        (4_107_542_399_999_999_999, "2100-02-28T23:59:59.999999999Z"),
        (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000000000Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (Int64.max, "2262-04-11T23:47:16.854775807Z"),
    ] as [(Int64, String)])
    func writesMoments(_ nanoseconds: Int64, _ text: String) {
        #expect(WallTime(nanoseconds: nanoseconds).rfc3339 == text)
    }

    @Test func staysWhereMomentsEnd() {
        #expect((WallTime(nanoseconds: .max) + .seconds(1)).nanoseconds == .max)
        #expect((WallTime(nanoseconds: 1) + .seconds(1)).nanoseconds == 1_000_000_001)
    }
}
