import JSON
import Testing

@testable import LanguageService

/// Which messages are left out of a conversation that does not fit.
struct HistoryTests {
    private func history(_ sizes: [Int], kept: Set<Int>) -> TextJob.History {
        TextJob.History(
            messages: sizes.indices.map { JSONValue($0) },
            sizes: sizes,
            isKept: sizes.indices.map { kept.contains($0) }
        )
    }

    @Test func leavesOutTheOldestFirst() {
        let history = history([10, 84, 84, 84, 84], kept: [0, 4])
        #expect(history.without(0).messages == [0, 1, 2, 3, 4])
        #expect(history.without(1).messages == [0, 2, 3, 4])
        #expect(history.without(3).messages == [0, 4])
        #expect(history.without(9).messages == [0, 4])
    }

    @Test func leavesOutAsMuchAsIsTooMuch() {
        // With 16 bytes for what is not text: 26 and four times 100.
        let history = history([10, 84, 84, 84, 84], kept: [0, 4])
        #expect(history.leaving(1.001, after: 0) == 1)
        #expect(history.leaving(1.5, after: 0) == 2)
        #expect(history.leaving(100, after: 0) == 3)
        #expect(history.leaving(1.001, after: 1) == 2)
        #expect(history.leaving(2, after: 3) == nil)
    }

    @Test func whatMustStayStays() {
        #expect(history([5, 5], kept: [0, 1]).leaving(2, after: 0) == nil)
    }
}
