/// The text that says what a model is made of: instructions, one after another.
///
/// An instruction is a word in any case and a value up to the end of the line, or in quotation
/// marks, one or three, over as many lines as it likes. Lines that begin with `#` are comments.
package struct Modelfile: Sendable, Hashable {
    /// One instruction.
    package enum Instruction: Sendable, Hashable {
        /// What the model is made from: another model's name, or a file's path. Split models and
        /// those with projectors have several.
        case from(String)
        /// A file of weights that are added to the model's.
        case adapter(String)
        /// A file of a small model that guesses ahead.
        case draft(String)
        /// How a conversation becomes a prompt.
        case template(String)
        /// What the model is told before every conversation.
        case system(String)
        /// A licence's text.
        case license(String)
        /// The name of a built-in way to make prompts.
        case renderer(String)
        /// The name of a built-in way to read answers.
        case parser(String)
        /// The version of the program that the model needs at least.
        case requires(String)
        /// A parameter for every request, as it is written.
        case parameter(name: String, value: String)
        /// A message before every conversation: who says it, and what.
        case message(role: String, content: String)
    }

    /// Who may say a message.
    package static let roles = ["system", "user", "assistant"]

    /// The instructions, in order.
    package let instructions: [Instruction]
    /// The line of each instruction, counted from 1; empty unless they were read.
    let lines: [Int]

    /// Collects instructions.
    ///
    /// - Parameter instructions: The instructions, in order.
    package init(_ instructions: [Instruction]) {
        self.instructions = instructions
        lines = []
    }

    /// Reads a text.
    ///
    /// UTF-8, with or without a mark in front, or UTF-16 with one. Bytes that are neither become
    /// replacement marks.
    ///
    /// - Parameter bytes: The text.
    /// - Throws: `ModelfileError` with the line of the first mistake.
    /// - Complexity: O(length).
    package init(parsing bytes: [UInt8]) throws(ModelfileError) {
        guard bytes.count <= ModelfileReader.longest else {
            throw ModelfileError(.tooLong(bytes: bytes.count))
        }
        var reader = ModelfileReader(bytes)
        let found = try reader.all()
        instructions = found.map(\.instruction)
        lines = found.map(\.line)
        let hasSource = instructions.contains { if case .from = $0 { true } else { false } }
        guard hasSource else { throw ModelfileError(.noSource) }
    }

    /// Compares the instructions, wherever they stood.
    package static func == (left: Modelfile, right: Modelfile) -> Bool {
        left.instructions == right.instructions
    }

    /// Hashes the instructions.
    package func hash(into hasher: inout Hasher) { hasher.combine(instructions) }
}
