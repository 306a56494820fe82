package import JSON

/// What a Modelfile says, all instructions taken together.
package struct ModelRecipe: Sendable, Hashable {
    /// What the model is made from, in order: models' names and files' paths.
    package var sources: [String] = []
    /// Files of weights that are added to the model's.
    package var adapters: [String] = []
    /// Files of a small model that guesses ahead.
    package var drafts: [String] = []
    /// How a conversation becomes a prompt; nil where nothing was said.
    package var template: String?
    /// What the model is told before every conversation; nil where nothing was said, empty where it
    /// shall be told nothing.
    package var system: String?
    /// The licences.
    package var licenses: [String] = []
    /// The parameters by name, with values of their types.
    package var parameters: JSONObject = [:]
    /// The messages before every conversation.
    package var messages: [Message] = []
    /// The name of a built-in way to make prompts.
    package var renderer: String?
    /// The name of a built-in way to read answers.
    package var parser: String?
    /// The version of the program that the model needs at least, without a "v" in front.
    package var requires: String?
    /// Parameters of old Modelfiles, which are left out.
    package var ignored: [String] = []

    /// A message before every conversation.
    package struct Message: Sendable, Hashable {
        /// Who says it: "system", "user" or "assistant".
        package let role: String
        /// What is said.
        package let content: String
    }

    /// Takes a Modelfile's instructions together.
    ///
    /// Of instructions that say one thing the last one counts, of parameters the last value, save
    /// for those that are lists, such as `stop`.
    ///
    /// - Parameter file: The Modelfile.
    /// - Throws: `ModelfileError` for a parameter that nobody knows, one with a value of another
    ///   type, and a version that is none.
    package init(_ file: Modelfile) throws(ModelfileError) {
        for (index, instruction) in file.instructions.enumerated() {
            do throws(ModelfileError) {
                try take(instruction)
            } catch {
                let line = index < file.lines.count ? file.lines[index] : nil
                throw ModelfileError(error.reason, line: line)
            }
        }
    }

    private mutating func take(_ instruction: Modelfile.Instruction) throws(ModelfileError) {
        switch instruction {
        case .from(let source): sources.append(source)
        case .adapter(let path): adapters.append(path)
        case .draft(let path): drafts.append(path)
        case .template(let text): template = text
        case .system(let text): system = text
        case .license(let text): licenses.append(text)
        case .renderer(let name): renderer = name
        case .parser(let name): parser = name
        case .requires(let version): requires = try Self.version(version)
        case .parameter(let name, let value): try take(name, value)
        case .message(let role, let content):
            messages.append(Message(role: role, content: content))
        }
    }

    private mutating func take(_ name: String, _ text: String) throws(ModelfileError) {
        guard let type = ParameterType(of: name) else {
            throw ModelfileError(.unknownParameter(name))
        }
        guard let value = type.value(text) else {
            throw ModelfileError(.invalidValue(type: type.rawValue, value: text))
        }
        switch type {
        case .ignored: ignored.append(name)
        case .texts: parameters[name] = .array((parameters[name]?.arrayValue ?? []) + [value])
        default: parameters[name] = value
        }
    }

    /// A version as configurations have it: `1`, `1.2` or `1.2.3`, then what semantic versions may
    /// have after it.
    package static func version(_ text: String) throws(ModelfileError) -> String {
        let version = text.hasPrefix("v") ? String(text.dropFirst()) : text
        let core = version.prefix { $0 != "-" && $0 != "+" }
        let numbers = core.split(separator: ".", omittingEmptySubsequences: false)
        let isCore =
            (1...3).contains(numbers.count)
            && numbers.allSatisfy { number in
                !number.isEmpty && number.utf8.allSatisfy(isDigit)
                    && (number.utf8.count == 1 || !number.hasPrefix("0"))
            }
        let rest = version.dropFirst(core.count)
        // Only whole versions may be told apart further.
        let isRest = rest.isEmpty || (numbers.count == 3 && isSuffix(rest))
        guard isCore, isRest else { throw ModelfileError(.invalidVersion) }
        return version
    }

    /// Whether something is `-before+build`, either of which may be missing.
    private static func isSuffix(_ text: Substring) -> Bool {
        let parts = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
        func isList(_ text: Substring) -> Bool {
            text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { word in
                !word.isEmpty && word.utf8.allSatisfy { isDigit($0) || isLetter($0) || $0 == 0x2D }
            }
        }
        let before = parts[0]
        guard before.isEmpty || (before.hasPrefix("-") && isList(before.dropFirst())) else {
            return false
        }
        return parts.count == 1 || isList(parts[1])
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
