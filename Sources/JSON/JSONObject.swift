/// The members of a JSON object, in the order in which they were written.
///
/// Look-up walks the members, which is fastest for the few that messages have.
package struct JSONObject: Sendable, Hashable {
    /// The members in order; no name occurs twice.
    package private(set) var members: [(name: String, value: JSONValue)]

    /// Creates an object; of members with the same name the last one counts.
    ///
    /// - Parameter members: Names and values.
    package init(_ members: [(String, JSONValue)] = []) {
        self.members = []
        self.members.reserveCapacity(members.count)
        for (name, value) in members { self[name] = value }
    }

    /// Takes members over unchecked; the reader has refused duplicates already.
    init(unique members: [(name: String, value: JSONValue)]) {
        self.members = members
    }

    /// A member's value; setting nil removes the member.
    ///
    /// - Complexity: O(members).
    package subscript(name: String) -> JSONValue? {
        get {
            members.first { Self.isSame($0.name, name) }?.value
        }
        set {
            let index = members.firstIndex { Self.isSame($0.name, name) }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append((name, value))
            case (nil, nil): break
            }
        }
    }

    /// Whether names are the same to JSON, which compares code points; to Swift "é" is the same text
    /// in one code point and in two.
    static func isSame(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && left.utf8.elementsEqual(right.utf8)
    }

    /// Compares members and their order.
    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.members.elementsEqual(right.members) {
            isSame($0.name, $1.name) && $0.value == $1.value
        }
    }

    /// Hashes members in order.
    package func hash(into hasher: inout Hasher) {
        for (name, value) in members {
            hasher.combine(name)
            hasher.combine(value)
        }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// Makes an object.
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements)
    }
}
