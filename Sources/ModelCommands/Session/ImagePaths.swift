/// Finds the paths of images and sounds in what somebody typed.
enum ImagePaths {
    private static let endings = [".jpg", ".jpeg", ".png", ".webp", ".wav"]

    /// A path as it was typed and as the kernel takes it.
    struct Found: Hashable {
        /// The text that names it, with marks and backslashes.
        let typed: String
        /// The path.
        let path: String
    }

    /// The paths in a text, in order, each once.
    ///
    /// A path begins at the start of a word with a slash, `./`, `../` or `~/`; blanks in it stand
    /// after a backslash, or the whole is in quotation marks, as terminals paste files that are
    /// dropped on them.
    ///
    /// - Parameters:
    ///   - text: What was typed.
    ///   - home: What a tilde stands for.
    static func find(in text: String, home: String?) -> [Found] {
        var found: [Found] = []
        var position = text.startIndex
        var isStart = true
        while position < text.endIndex {
            let character = text[position]
            if isStart, let path = read(text[position...], home: home) {
                if !found.contains(path) { found.append(path) }
                position = text.index(position, offsetBy: path.typed.count)
                isStart = false
            } else {
                isStart = character.isWhitespace
                position = text.index(after: position)
            }
        }
        return found
    }

    /// The text without paths that were taken, and without the blanks that were around them.
    static func without(_ taken: [Found], _ text: String) -> String {
        var rest = text
        for path in taken {
            while let range = rest.firstRange(of: path.typed) { rest.removeSubrange(range) }
        }
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        return String(rest.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }

    private static func read(_ text: Substring, home: String?) -> Found? {
        if let mark = text.first, mark == "'" || mark == "\"" {
            let inside = text.dropFirst().prefix { $0 != mark }
            guard inside.count + 2 <= text.count, isPath(inside), isImage(inside) else {
                return nil
            }
            return Found(
                typed: String(text.prefix(inside.count + 2)),
                path: expanded(String(inside), home)
            )
        }
        guard isPath(text) else { return nil }
        var typed = ""
        var path = ""
        var isEscaped = false
        for character in text {
            if !isEscaped, character.isWhitespace { break }
            typed.append(character)
            if !isEscaped, character == "\\" {
                isEscaped = true
                continue
            }
            isEscaped = false
            path.append(character)
        }
        // A point or comma after a path belongs to the sentence.
        while let last = path.last, ".,;:!?)".contains(last) {
            path.removeLast()
            typed.removeLast()
        }
        return isImage(path[...]) ? Found(typed: typed, path: expanded(path, home)) : nil
    }

    private static func isPath(_ text: Substring) -> Bool {
        ["/", "./", "../", "~/"].contains { text.hasPrefix($0) }
    }

    private static func isImage(_ path: Substring) -> Bool {
        let path = path.lowercased()
        return endings.contains { path.hasSuffix($0) && path.utf8.count > $0.utf8.count }
    }

    private static func expanded(_ path: String, _ home: String?) -> String {
        guard path.hasPrefix("~/"), let home else { return path }
        return home + path.dropFirst()
    }
}
