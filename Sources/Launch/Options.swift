/// What the command line asks for.
struct Options: Equatable {
    /// The process whose end ends this one.
    var parent: Int32?
    /// How soon the kernel picks this process when memory is out, -1000 to 1000.
    var outOfMemoryScore: Int?
    /// The niceness, -20 to 19.
    var niceness: Int32?
    /// Most bytes of private writable memory.
    var memory: UInt64?
    /// Most open descriptors.
    var files: UInt64?
    /// Whether the network is taken away.
    var withoutNetwork = false
    /// Trees that may be read.
    var readable: [String] = []
    /// Trees that may be read and written.
    var writable: [String] = []
    /// The program's file.
    var program = ""
    /// Its arguments, without its own name.
    var arguments: [String] = []

    /// Whether only named trees stay accessible.
    var restrictsFiles: Bool { !readable.isEmpty || !writable.isEmpty }

    /// What is wrong with a command line.
    struct Invalid: Error, Equatable {
        /// The sentence people read.
        let message: String
    }

    /// Reads a command line.
    ///
    /// - Parameter words: Without the launcher's own name.
    /// - Throws: `Invalid` with the word that is wrong.
    init(parsing words: [String]) throws(Invalid) {
        var rest = words[...]
        while let word = rest.popFirst(), word != "--" {
            if word == "--no-network" {
                withoutNetwork = true
                continue
            }
            guard Self.names.contains(word) else {
                throw Invalid(message: "unknown option '\(word)'; options end with '--'")
            }
            guard let value = rest.popFirst() else {
                throw Invalid(message: "option '\(word)' needs a value")
            }
            try set(word, to: value)
        }
        guard let program = rest.popFirst() else {
            throw Invalid(message: "no program given after '--'")
        }
        self.program = program
        arguments = Array(rest)
    }

    private static let names: Set<String> = [
        "--parent", "--oom-score", "--nice", "--memory", "--files", "--read", "--write",
    ]

    private mutating func set(_ name: String, to value: String) throws(Invalid) {
        switch name {
        case "--parent": parent = try Self.number(name, value, in: 1...Int32.max)
        case "--oom-score": outOfMemoryScore = try Self.number(name, value, in: -1000...1000)
        case "--nice": niceness = try Self.number(name, value, in: -20...19)
        case "--memory": memory = try Self.number(name, value, in: 1...UInt64.max / 2)
        case "--files": files = try Self.number(name, value, in: 4...UInt64.max / 2)
        case "--read": readable.append(value)
        default: writable.append(value)
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
