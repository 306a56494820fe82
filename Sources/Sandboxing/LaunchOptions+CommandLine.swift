/// The launcher's command line: `[options] -- PROGRAM ARGS…`.
extension LaunchOptions {
    /// What is wrong with a command line.
    package struct Invalid: Error, Sendable, Hashable {
        /// The sentence people read.
        package let message: String
    }

    /// The command line, without the launcher's own name.
    package var words: [String] {
        var words: [String] = []
        for (name, path) in Self.flags where self[keyPath: path] { words.append(name) }
        for (name, number) in numbers { words += number.map { [name, "\($0)"] } ?? [] }
        for (name, path) in Self.lists { words += self[keyPath: path].flatMap { [name, $0] } }
        return words + ["--"] + (onlyReports ? [] : [program] + arguments)
    }

    /// Reads a command line.
    ///
    /// - Parameter words: Without the launcher's own name.
    /// - Throws: `Invalid` with the word that is wrong.
    package init(parsing words: [String]) throws(Invalid) {
        self.init(program: "")
        var rest = words[...]
        while let word = rest.popFirst(), word != "--" {
            if let flag = Self.flags.first(where: { $0.0 == word }) {
                self[keyPath: flag.1] = true
                continue
            }
            let list = Self.lists.first { $0.0 == word }
            guard list != nil || numbers.contains(where: { $0.0 == word }) else {
                throw Invalid(message: "unknown option '\(word)'; options end with '--'")
            }
            guard let value = rest.popFirst() else {
                throw Invalid(message: "option '\(word)' needs a value")
            }
            if let list {
                self[keyPath: list.1].append(value)
            } else {
                try set(word, to: value)
            }
        }
        guard onlyReports == rest.isEmpty else {
            let message = onlyReports ? "'--check' takes no program" : "no program given after '--'"
            throw Invalid(message: message)
        }
        program = rest.popFirst() ?? ""
        arguments = Array(rest)
    }

    private static var flags: [(String, WritableKeyPath<Self, Bool>)] {
        [
            ("--confine", \.isConfined), ("--no-network", \.withoutNetwork),
            ("--no-processes", \.withoutProcesses), ("--no-other-files", \.withoutOtherFiles),
            ("--strict", \.isStrict), ("--check", \.onlyReports),
        ]
    }

    private static var lists: [(String, WritableKeyPath<Self, [String]>)] {
        [
            ("--read", \.readable), ("--execute", \.executable), ("--write", \.writable),
            ("--device", \.devices),
        ]
    }

    private var numbers: [(String, Int?)] {
        [
            ("--parent", parent.map { Int($0) }), ("--oom-score", outOfMemoryScore),
            ("--nice", niceness), ("--memory", memory), ("--files", files),
            ("--report", report.map { Int($0) }),
        ]
    }

    private mutating func set(_ name: String, to value: String) throws(Invalid) {
        switch name {
        case "--parent": parent = try Self.number(name, value, in: 1...Int32.max)
        case "--oom-score": outOfMemoryScore = try Self.number(name, value, in: -1000...1000)
        case "--nice": niceness = try Self.number(name, value, in: -20...19)
        case "--memory": memory = try Self.number(name, value, in: 1...Int.max)
        case "--files": files = try Self.number(name, value, in: 4...Int.max)
        default: report = try Self.number(name, value, in: 3...Int32.max)
        }
    }

    private static func number<Number: FixedWidthInteger>(
        _ name: String,
        _ value: String,
        in range: ClosedRange<Number>
    ) throws(Invalid) -> Number {
        guard let number = Number(value), range.contains(number) else {
            let bounds = "\(range.lowerBound) to \(range.upperBound)"
            throw Invalid(message: "option '\(name)' must be from \(bounds), not '\(value)'")
        }
        return number
    }
}
