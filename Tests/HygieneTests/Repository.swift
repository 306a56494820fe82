import Glibc

/// The checkout that these tests were built from.
struct Repository: Sendable {
    /// What the rules look at, from the root; other folders may hold anything.
    private static let trees = [
        ".ci", "Benchmarks", "Fuzz", "Package.swift", "Makefile", "Scripts", "Sources",
        "TestSupport", "Tests", "docs", "packaging",
    ]

    let root: String
    /// Every text file under the trees and every document at the root, in no particular order.
    let files: [SourceFile]

    /// Read once: a run needs each file in several rules.
    static let current = Repository(root: rootFolder(of: #filePath))

    private init(root: String) {
        self.root = root
        let documents = Self.entries(of: root).filter { $0.hasSuffix(".md") }
        let paths = (Self.trees + documents).flatMap { Self.expand($0, under: root) }
        files = paths.compactMap { path in
            Self.read("\(root)/\(path)").map { SourceFile(path: path, text: $0) }
        }
    }

    /// The file at a path from the root, if there is one.
    func file(_ path: String) -> SourceFile? {
        files.first { $0.path == path }
    }

    /// Whether a file or folder exists at a path from the root.
    func exists(_ path: String) -> Bool {
        access("\(root)/\(path)", F_OK) == 0
    }

    private static func rootFolder(of file: String) -> String {
        // Tests/HygieneTests/Repository.swift
        file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
            .joined(separator: "/")
    }

    private static func expand(_ path: String, under root: String) -> [String] {
        var status = stat()
        guard lstat("\(root)/\(path)", &status) == 0 else { return [] }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return [path]
        case S_IFDIR:
            return entries(of: "\(root)/\(path)").flatMap { expand("\(path)/\($0)", under: root) }
        default: return []
        }
    }

    private static func entries(of folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != "..", name != ".git" { names.append(name) }
        }
        return names
    }

    /// The file's text, or nil when it is not text or not readable.
    private static func read(_ path: String) -> String? {
        guard let stream = fopen(path, "re") else { return nil }
        defer { fclose(stream) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&chunk, 1, chunk.count, stream), count > 0 {
            bytes += chunk[..<count]
        }
        return bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
    }
}
