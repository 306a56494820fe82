import POSIX
import Testing

@Suite struct BoundedTableTests {
    @Test func forgetsAllWithOneTooMany() {
        var table = BoundedTable<Int, String>(limit: 2)
        table[1] = "a"
        table[2] = "b"
        table[2] = "c"
        #expect(table[1] == "a" && table[2] == "c")
        table[3] = "d"
        #expect(table.count == 1)
        #expect(table[1] == nil && table[3] == "d")
    }

    @Test func forgetsWhatIsTakenOut() {
        var table = BoundedTable<Int, String>(limit: 1)
        table[1] = "a"
        // Nothing comes, so nothing has to make room.
        table[2] = nil
        #expect(table[1] == "a")
        table[1] = nil
        #expect(table.count == 0)
    }
}
