internal import POSIX

/// The program in which somebody edits a text away from the line.
package struct ExternalEditor: Sendable {
    /// Where it is named; the first variable that is set counts.
    package static let variables = ["OLLAMA_EDITOR", "VISUAL", "EDITOR"]
    /// Most bytes of a text that comes back, 256 KiB; chosen, because each key draws the line anew.
    package static let longestText = 256 << 10

    /// Its name as it was given, for people.
    let name: String
    /// Its file, and what it is given before the path of the text.
    private let path: String
    private let arguments: [String]

    /// Finds the program that the environment names.
    ///
    /// - Parameters:
    ///   - variable: The value of a variable.
    ///   - program: The file of a program, as a shell finds it.
    /// - Throws: `LineEditingError` when none is named, or it is not there.
    package init(
        variable: (String) -> String? = Environment.value,
        program: (String) -> String? = Files.program
    ) throws(LineEditingError) {
        guard let source = Self.variables.first(where: { Self.isNamed(variable($0)) }) else {
            throw LineEditingError("no editor is named; set EDITOR, such as EDITOR=nano")
        }
        guard let words = CommandWords.split(variable(source) ?? "") else {
            throw LineEditingError("\(source) lacks a closing quotation mark")
        }
        name = words.first ?? ""
        arguments = Array(words.dropFirst())
        guard let path = program(name) else {
            throw LineEditingError("there is no program '\(name)', which \(source) names")
        }
        self.path = path
    }

    private static func isNamed(_ value: String?) -> Bool {
        value?.contains { !$0.isWhitespace } == true
    }

    /// Has a text edited; the editor has the terminal meanwhile.
    ///
    /// The text is in a file that only this user can read, which is gone afterwards. The terminal is as
    /// before, whatever the editor did. A task that is cancelled ends the editor.
    ///
    /// - Parameter text: What is edited.
    /// - Returns: The text as the editor left it, without blank lines at its end.
    /// - Throws: `LineEditingError` when the editor failed or left nothing that can be said;
    ///   `SystemError` when there is no place for the file.
    package func edit(_ text: String) async throws -> String {
        let folder = try Files.makeTemporaryFolder("baton-edit")
        // With whatever the editor put beside it.
        defer { Files.removeTree(folder) }
        let file = "\(folder)/message.txt"
        // Editors end a last line that has no end.
        let content = text.isEmpty || text.hasSuffix("\n") ? text : text + "\n"
        try Files.replace(file, with: Array(content.utf8), mode: 0o600)
        let status = try await run(on: file)
        guard status == .exited(0) else { throw LineEditingError("the editor '\(name)' \(status)") }
        return try EditedText.read(file)
    }

    private func run(on file: String) async throws -> ExitStatus {
        let settings = Screen.settings
        let command = ChildCommand(path: path, arguments: arguments + [file])
        let result: Result<ExitStatus, any Error>
        do {
            result = .success(try await ForegroundProgram.run(command))
        } catch {
            result = .failure(error)
        }
        // It may have had programs of its own in front.
        ControllingTerminal.takeBack()
        Screen.restore(settings)
        // One that was killed could not leave the screen as it was.
        if case .success(.killed) = result { Screen.reset() }
        return try result.get()
    }
}
