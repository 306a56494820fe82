import JSON
import LanguagePipeline
import Testing

/// Which answers are kept, for whom and for how long.
struct ResponseStoreTests {
    /// A store, and the moments at which it is asked.
    private final class Shelf {
        private var store: ResponseStore

        init() {
            var limits = ResponseStore.Limits()
            limits.count = 3
            limits.bytes = 1000
            limits.keys = 2
            limits.age = .seconds(10)
            store = ResponseStore(limits)
        }

        func keep(_ id: String, of key: String, bytes: Int = 10, at second: Int = 0) {
            let body = [UInt8](repeating: 32, count: bytes)
            let entry = ResponseStore.Entry(body: body, items: [])
            store.keep(id, of: key, entry, at: .seconds(second))
        }

        func has(_ id: String, of key: String, at second: Int = 0) -> Bool {
            store.find(id, of: key, at: .seconds(second)) != nil
        }

        func remove(_ id: String, of key: String) -> Bool {
            store.remove(id, of: key, at: .zero)
        }
    }

    @Test func showsAnAnswerToItsKeyAlone() {
        let shelf = Shelf()
        shelf.keep("a", of: "k")
        #expect(shelf.has("a", of: "k"))
        #expect(!shelf.has("a", of: "other"))
        #expect(!shelf.remove("a", of: "other"))
        #expect(shelf.remove("a", of: "k"))
        #expect(!shelf.has("a", of: "k"))
    }

    @Test func letsTheOldestOfAKeyGo() {
        let shelf = Shelf()
        shelf.keep("x", of: "other")
        for id in ["a", "b", "c", "d"] { shelf.keep(id, of: "k") }
        #expect(!shelf.has("a", of: "k"))
        #expect(shelf.has("b", of: "k"))
        #expect(shelf.has("x", of: "other"))
    }

    @Test func boundsTheBytesOfAKeyAndOfAll() {
        let shelf = Shelf()
        shelf.keep("huge", of: "k", bytes: 2000)
        #expect(!shelf.has("huge", of: "k"))
        shelf.keep("a", of: "k", bytes: 600)
        shelf.keep("b", of: "k", bytes: 600)
        #expect(!shelf.has("a", of: "k"))
        #expect(shelf.has("b", of: "k"))
        for key in ["l", "m", "n"] { shelf.keep(key, of: key, bytes: 900) }
        #expect(!shelf.has("b", of: "k"))
        #expect(!shelf.has("l", of: "l"))
        #expect(shelf.has("n", of: "n"))
    }

    @Test func letsAnswersGoWhenTheyAreOld() {
        let shelf = Shelf()
        shelf.keep("a", of: "k", at: 1)
        #expect(shelf.has("a", of: "k", at: 10))
        #expect(!shelf.has("a", of: "k", at: 11))
    }
}
