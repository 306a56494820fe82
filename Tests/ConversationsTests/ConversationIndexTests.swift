import Conversations
import Digests
import POSIX
import Testing

/// Which conversations are kept, and who finds them.
struct ConversationIndexTests {
    private static func moment(_ seconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: seconds * 1_000_000_000)
    }

    private static func prompt(_ letter: Character, _ bytes: Int = 2048) -> PromptTrail {
        PromptTrail(Array(String(repeating: letter, count: bytes).utf8))
    }

    private static func kept(
        _ name: String,
        _ trail: PromptTrail,
        owner: String = "key:a",
        engine: String = "e",
        bytes: Int = 10,
        at seconds: Int64 = 0
    ) -> KeptConversation {
        KeptConversation(
            name: name,
            owner: owner,
            engine: engine,
            trail: trail,
            tokens: 1000,
            bytes: bytes,
            digest: SHA256Digest(of: name),
            written: moment(seconds)
        )
    }

    private var index = ConversationIndex(limit: 100, age: .seconds(60))

    @Test mutating func aConversationIsFoundOnce() {
        let gone = index.add(Self.kept("one", Self.prompt("a")))
        #expect(gone.isEmpty)
        let longer = Self.prompt("a", 4096)
        #expect(index.bytes == 10)
        let found = index.take(longer, of: "key:a", for: "e", beyond: 0)
        #expect(found?.name == "one")
        #expect(index.bytes == 0)
        let again = index.take(longer, of: "key:a", for: "e", beyond: 0)
        #expect(again == nil)
    }

    @Test(arguments: [("key:b", "e"), ("key:a", "f"), ("key:a\0u", "e"), ("", "")])
    mutating func nobodyFindsWhatIsAnothers(owner: String, engine: String) {
        _ = index.add(Self.kept("one", Self.prompt("a")))
        let found = index.take(Self.prompt("a"), of: owner, for: engine, beyond: 0)
        #expect(found == nil)
        #expect(index.count == 1)
    }

    @Test mutating func theOneWithTheMostInCommonIsFound() {
        let start = Array(String(repeating: "a", count: 1024).utf8)
        let other = PromptTrail(start + Array(String(repeating: "b", count: 512).utf8))
        let best = PromptTrail(start + Array(String(repeating: "c", count: 512).utf8))
        _ = index.add(Self.kept("best", best))
        _ = index.add(Self.kept("other", other))
        let prompt = PromptTrail(start + Array(String(repeating: "c", count: 2048).utf8))
        let found = index.take(prompt, of: "key:a", for: "e", beyond: 0)
        #expect(found?.name == "best")
    }

    @Test mutating func whatAnEngineKnowsIsNotReadAgain() {
        _ = index.add(Self.kept("one", Self.prompt("a")))
        let known = index.take(Self.prompt("a"), of: "key:a", for: "e", beyond: 8)
        #expect(known == nil)
        let beyond = index.take(Self.prompt("a"), of: "key:a", for: "e", beyond: 7)
        #expect(beyond?.name == "one")
    }

    @Test mutating func oneOfWhichLittleIsUsedIsLeftToOthers() {
        _ = index.add(Self.kept("one", Self.prompt("a", 2048)))
        let little = index.take(Self.prompt("a", 768), of: "key:a", for: "e", beyond: 0)
        #expect(little == nil)
        let half = index.take(Self.prompt("a", 1024), of: "key:a", for: "e", beyond: 0)
        #expect(half?.name == "one")
    }

    @Test mutating func theOldestGoesWhenThereAreTooManyBytes() {
        for (number, letter) in "abcde".enumerated() {
            let new = Self.kept("\(letter)", Self.prompt(letter), bytes: 30, at: Int64(number))
            let gone = index.add(new)
            #expect(gone == (number < 3 ? [] : [["a"], ["b"]][number - 3]))
            #expect(index.bytes <= 100)
        }
        #expect(index.count == 3)
    }

    @Test mutating func oneThatIsTooLargeIsNotKeptAndDisplacesNobody() {
        _ = index.add(Self.kept("one", Self.prompt("a")))
        let gone = index.add(Self.kept("large", Self.prompt("b"), bytes: 101))
        #expect(gone == ["large"])
        #expect(index.count == 1)
        let whole = index.add(Self.kept("whole", Self.prompt("c"), bytes: 100))
        #expect(whole == ["one"])
    }

    @Test mutating func anOlderStateOfAConversationGoes() {
        _ = index.add(Self.kept("old", Self.prompt("a", 1024)))
        _ = index.add(Self.kept("others", Self.prompt("a", 1024), owner: "key:b"))
        let gone = index.add(Self.kept("new", Self.prompt("a", 2048)))
        #expect(gone == ["old"])
        #expect(index.count == 2)
    }

    @Test mutating func whatIsTooOldGoes() {
        _ = index.add(Self.kept("one", Self.prompt("a"), at: 0))
        _ = index.add(Self.kept("two", Self.prompt("b"), at: 30))
        let none = index.expire(at: Self.moment(59))
        #expect(none.isEmpty)
        let first = index.expire(at: Self.moment(60))
        #expect(first == ["one"])
        let second = index.expire(at: Self.moment(1000))
        #expect(second == ["two"])
        #expect(index.bytes == 0)
    }

    @Test mutating func whatBelongsToNobodyGoes() {
        _ = index.add(Self.kept("one", Self.prompt("a"), owner: "key:a"))
        _ = index.add(Self.kept("two", Self.prompt("a"), owner: "key:b"))
        let gone = index.keep { $0 == "key:b" }
        #expect(gone == ["one"])
        #expect(index.count == 1)
        #expect(index.bytes == 10)
    }
}
