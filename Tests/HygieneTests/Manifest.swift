/// A target as `Package.swift` declares it.
struct Target: Equatable {
    let name: String
    /// Where its files are, from the root.
    let folder: String
    /// The number in the `// Layer N` comment above it; an import may only go to the same or a lower.
    let layer: Int
}

/// The targets under `Sources`, in the order of the manifest.
///
/// Reads the manifest as text, which `swift format` keeps regular: a declaration starts with its
/// kind, its own name is the first `name:` after that, and a folder other than `Sources/<name>` is
/// its `path:`.
struct Manifest {
    let targets: [Target]

    private static let declarations = [
        ".target(", ".executableTarget(", ".systemLibrary(", ".house(", ".strict(",
    ]

    init(_ file: SourceFile) {
        var targets: [Target] = []
        var layer: Int?
        var isOpen = false
        for line in file.lines {
            let text = line.trimmed
            if text.hasPrefix("//") {
                layer = Self.layer(in: text) ?? (text.hasPrefix("// Tests") ? nil : layer)
                continue
            }
            if Self.declarations.contains(where: text.hasPrefix) { isOpen = true }
            guard let layer else { continue }
            if isOpen, let name = Self.value(of: "name", in: text) {
                targets.append(Target(name: name, folder: "Sources/\(name)", layer: layer))
                isOpen = false
            }
            if let folder = Self.value(of: "path", in: text), let last = targets.popLast() {
                targets.append(Target(name: last.name, folder: folder, layer: layer))
            }
        }
        self.targets = targets
    }

    /// The target that a file belongs to, or nil.
    func target(of file: SourceFile) -> Target? {
        targets.filter { file.path.hasPrefix($0.folder + "/") }.max {
            $0.folder.count < $1.folder.count
        }
    }

    private static func layer(in comment: Substring) -> Int? {
        let prefix = "// Layer "
        guard comment.hasPrefix(prefix) else { return nil }
        return Int(comment.dropFirst(prefix.count).prefix(while: \.isNumber))
    }

    /// The string after `label:` in a line, or nil.
    private static func value(of label: String, in line: Substring) -> String? {
        let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
        for (before, value) in zip(parts, parts.dropFirst()) {
            let words = before.split { " (,".contains($0) }
            if words.last == "\(label):" { return String(value) }
        }
        return nil
    }
}
