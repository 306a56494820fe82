/// Header fields in their order; names in any case.
package struct WebFields: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// One field.
    package struct Field: Sendable, Hashable {
        /// The name as it was written.
        package let name: String
        /// The value, without space around it.
        package let value: String
    }

    /// The fields.
    package private(set) var all: [Field] = []

    /// No fields.
    package init() {}

    /// Takes fields in their order.
    ///
    /// - Parameter elements: Names and values.
    package init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { append(name, value) }
    }

    /// Adds a field after the others.
    ///
    /// - Parameters:
    ///   - name: The name.
    ///   - value: The value.
    package mutating func append(_ name: String, _ value: String) {
        all.append(Field(name: name, value: value))
    }

    /// Takes all fields of a name away.
    ///
    /// - Parameter name: The name.
    package mutating func remove(_ name: String) {
        all.removeAll { Self.isSame($0.name, name) }
    }

    /// The first field of a name; setting one replaces all of that name.
    ///
    /// - Parameter name: The name.
    package subscript(name: String) -> String? {
        get { all.first { Self.isSame($0.name, name) }?.value }
        set {
            remove(name)
            if let newValue { append(name, newValue) }
        }
    }

    /// All values of a name.
    ///
    /// - Parameter name: The name.
    package func values(of name: String) -> [String] {
        all.filter { Self.isSame($0.name, name) }.map(\.value)
    }

    /// What keeps the fields from being sent; nil where nothing does (RFC 9110, 5.1 and 5.5).
    var fault: String? {
        for field in all {
            guard !field.name.isEmpty, field.name.utf8.allSatisfy(Self.isTokenByte) else {
                return "a header field has a name that cannot be sent"
            }
            guard field.value.utf8.allSatisfy({ $0 == 9 || ($0 >= 32 && $0 != 127) }) else {
                return "the header field '\(field.name)' has a value that cannot be sent"
            }
        }
        return nil
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    private static func isSame(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && left.lowercased() == right.lowercased()
    }
}
