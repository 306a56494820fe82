/// Header fields in order; names compare without regard to case.
package struct HTTPHeaders: Sendable, ExpressibleByDictionaryLiteral {
    /// The fields as they were sent or will be.
    package private(set) var fields: [(name: String, value: String)] = []

    /// Creates headers.
    ///
    /// - Parameter elements: Names and values.
    package init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { add(name, value) }
    }

    /// The first value of a name; setting replaces all values, setting nil removes them.
    ///
    /// - Complexity: O(fields).
    package subscript(name: String) -> String? {
        get { fields.first { Self.isSame($0.name, name) }?.value }
        set {
            fields.removeAll { Self.isSame($0.name, name) }
            if let newValue { add(name, newValue) }
        }
    }

    /// All values of a name, in order.
    ///
    /// - Parameter name: The name.
    package func all(_ name: String) -> [String] {
        fields.filter { Self.isSame($0.name, name) }.map(\.value)
    }

    /// Appends a field and keeps others of the same name.
    ///
    /// - Parameters:
    ///   - name: A token.
    ///   - value: Without line breaks; a response's field that has some is not sent but logged.
    package mutating func add(_ name: String, _ value: String) {
        fields.append((name, value))
    }

    static func isSame(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count
            && zip(left.utf8, right.utf8).allSatisfy { lowered($0) == lowered($1) }
    }

    /// Whether a value starts with a word, whatever its case.
    static func starts(_ value: String, with word: String) -> Bool {
        isSame(String(value.prefix(word.count)), word)
    }

    /// Whether a value can name something in logs and headers: 1 to 128 visible ASCII characters.
    ///
    /// - Parameter value: The value.
    package static func isName(_ value: String) -> Bool {
        (1...128).contains(value.utf8.count) && value.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}
