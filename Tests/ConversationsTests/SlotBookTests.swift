import Conversations
import Testing

/// Which slot a prompt gets, and what a slot is known to hold.
struct SlotBookTests {
    private static func prompt(_ letter: Character, _ bytes: Int = 1024) -> PromptTrail {
        PromptTrail(Array(String(repeating: letter, count: bytes).utf8))
    }

    @Test func aPromptGoesWhereItsBeginningIs() {
        var book = SlotBook(slots: 3)
        for letter in "abc" {
            let place = book.enter(Self.prompt(letter), of: "x")
            #expect(place.known == 0)
            #expect(place.held == nil, "an empty slot goes first")
            book.leave(place.slot, tokens: 100)
        }
        let place = book.enter(Self.prompt("b", 2048), of: "x")
        #expect(place.known == 4)
        #expect(place.held?.trail == Self.prompt("b"))
    }

    @Test func theOneThatWasNotUsedForLongestIsTaken() {
        var book = SlotBook(slots: 2)
        let first = book.enter(Self.prompt("a"), of: "x")
        book.leave(first.slot, tokens: 10)
        let second = book.enter(Self.prompt("b"), of: "x")
        book.leave(second.slot, tokens: 10)
        #expect(second.slot != first.slot)
        let third = book.enter(Self.prompt("c"), of: "x")
        #expect(third.slot == first.slot)
        #expect(third.held?.trail == Self.prompt("a"))
    }

    @Test func nobodyGetsASlotInUseWhileAnotherIsFree() {
        var book = SlotBook(slots: 2)
        let first = book.enter(Self.prompt("a"), of: "x")
        let second = book.enter(Self.prompt("a"), of: "x")
        #expect(second.slot != first.slot)
        // More guests than slots wait for one inside the engine.
        let third = book.enter(Self.prompt("a"), of: "x")
        #expect([0, 1].contains(third.slot))
    }

    @Test func theEnginesOwnCountReplacesTheGuess() {
        var book = SlotBook(slots: 2)
        let place = book.enter(Self.prompt("a", 4096), of: "x")
        #expect(book.contents.first?.content.tokens == 1024)
        book.leave(place.slot, tokens: 0)
        #expect(book.contents.first?.content.tokens == 1024, "nobody told")
        let again = book.enter(Self.prompt("a", 4096), of: "x")
        book.leave(again.slot, tokens: 777)
        #expect(book.contents.first?.content.tokens == 777)
    }

    @Test func theLargestIsWrittenFirst() {
        var book = SlotBook(slots: 3)
        for (letter, tokens) in [("a", 10), ("b", 30), ("c", 20)] {
            let place = book.enter(Self.prompt(Character(letter)), of: "x")
            book.leave(place.slot, tokens: tokens)
        }
        #expect(book.contents.map(\.content.tokens) == [30, 20, 10])
    }
}
