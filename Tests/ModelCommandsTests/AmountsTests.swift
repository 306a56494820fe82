import Testing

@testable import ModelCommands

@Suite struct AmountsTests {
    @Test(arguments: [
        (0, "0 B"), (1, "1 B"), (999, "999 B"), (1000, "1 KB"), (1500, "1.5 KB"),
        (12_000, "12 KB"), (999_999, "999 KB"), (1_000_000, "1 MB"), (986_000_000, "986 MB"),
        (4_700_000_000, "4.7 GB"), (9_990_000_000, "10.0 GB"), (10_990_000_000, "10 GB"),
        (2_000_000_000_000, "2 TB"),
    ])
    func writesBytes(_ count: Int, _ text: String) {
        #expect(Amounts.bytes(count) == text)
    }

    @Test(arguments: [
        (0, "0"), (999, "999"), (1000, "1K"), (26_700, "27K"), (268_098_176, "268.10M"),
        (7_000_000_000, "7B"), (8_030_261_248, "8.0B"),
    ])
    func writesCounts(_ count: Int, _ text: String) {
        #expect(Amounts.count(count) == text)
    }

    @Test(arguments: [
        (0.0, 2, "0.00"), (0.005, 2, "0.01"), (-0.001, 2, "0.00"), (-1.5, 1, "-1.5"),
        (63.396, 2, "63.40"), (1e18, 2, "1e+18"),
    ])
    func writesDecimals(_ value: Double, _ places: Int, _ text: String) {
        #expect(Amounts.decimal(value, places: places) == text)
    }
}
