internal import Digests
package import POSIX

/// Tells versions of a resource apart (RFC 9110, section 8.8.3).
package struct EntityTag: Sendable, Hashable {
    /// As it stands in the header, with quotes.
    package let text: String

    /// Makes a tag for a file.
    ///
    /// - Parameter version: The file's version.
    package init(_ version: FileVersion) {
        let parts = [version.number, UInt64(version.size), UInt64(bitPattern: version.changed)]
        text = "\"" + parts.map { String($0, radix: 16) }.joined(separator: "-") + "\""
    }

    /// Makes a tag from content.
    ///
    /// - Parameter content: The content.
    package init(of content: [UInt8]) {
        text = "\"\(SHA256Digest(of: content))\""
    }

    /// Whether an `If-None-Match` field names this tag or everything; weak tags count (13.1.2).
    func isNamed(by field: String?) -> Bool {
        guard let field else { return false }
        return field.split(separator: ",").contains { item in
            let name = String(item.filter { $0 != " " })
            return name == "*" || name == text || name == "W/" + text
        }
    }
}

/// What part of a resource a conditional or partial request is answered with.
enum RangePlan: Equatable {
    case whole
    case part(Range<Int>)
    /// The client has it already.
    case unchanged
    /// The range begins beyond the end.
    case unsatisfiable

    /// Decides (RFC 9110, sections 13.2.2 and 14.2).
    ///
    /// - Parameters:
    ///   - size: The resource's bytes.
    ///   - tag: Its tag.
    ///   - ifNoneMatch: The field, or nil.
    ///   - range: The field, or nil; what is malformed or names several ranges is ignored.
    ///   - ifRange: The field, or nil; a date never matches, because times of change are not exact.
    init(size: Int, tag: EntityTag, ifNoneMatch: String?, range: String?, ifRange: String?) {
        if tag.isNamed(by: ifNoneMatch) {
            self = .unchanged
        } else if let range, ifRange == nil || ifRange == tag.text {
            self = Self.parse(range, size: size)
        } else {
            self = .whole
        }
    }

    private static func parse(_ field: String, size: Int) -> RangePlan {
        let unit = "bytes="
        guard field.hasPrefix(unit), !field.contains(",") else { return .whole }
        let bounds = field.dropFirst(unit.count)
            .split(separator: "-", omittingEmptySubsequences: false)
        guard bounds.count == 2 else { return .whole }
        let (first, last) = (number(bounds[0]), number(bounds[1]))
        switch (bounds[0].isEmpty, bounds[1].isEmpty) {
        case (true, true): return .whole
        case (true, false):
            // The last so many bytes.
            guard let count = last else { return .whole }
            guard count > 0, size > 0 else { return .unsatisfiable }
            return .part(size - min(count, size)..<size)
        case (false, let isOpen):
            guard let start = first, isOpen || last != nil else { return .whole }
            let end = last ?? Int.max
            guard end >= start else { return .whole }
            guard start < size else { return .unsatisfiable }
            return .part(start..<min(end, size - 1) + 1)
        }
    }

    /// A number of digits alone; one too large to count is as good as the largest.
    private static func number(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text) ?? Int.max
    }
}
