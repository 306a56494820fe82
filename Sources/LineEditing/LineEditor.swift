internal import CEdit
internal import Glibc
internal import POSIX

/// Reads lines from a terminal: editing, history, several lines pasted as one.
///
/// Belongs to one task at a time. Reading blocks a thread of its own; between two lines the terminal
/// is as it was, so that Ctrl-C is a signal again. A line is drawn anew when the window changes, where
/// the program was started as `WindowChanges` says.
@safe
package final class LineEditor {
    /// What somebody did.
    package enum Input: Sendable, Hashable {
        /// Typed a line; it has no end, and may have several lines when it was pasted.
        case line(String)
        /// Pressed Ctrl-G, to edit what was typed so far elsewhere; the screen is as before the line.
        case edit(String)
        /// Pressed Ctrl-C.
        case interrupted
        /// Pressed Ctrl-D, or closed the terminal.
        case ended
    }

    /// Whether lines are remembered.
    package var keepsHistory = true

    private let library: EditLibrary
    private let box: EditorBox
    private let editor: OpaquePointer
    private let history: OpaquePointer
    private let file: String?

    /// Lines that are remembered; chosen.
    private static let longestHistory: CInt = 1000

    /// Prepares the terminal on standard input and output; nothing is changed yet.
    ///
    /// - Parameter history: The file of earlier lines, private to this user; nil for none.
    /// - Throws: `LineEditingError` when standard input is no terminal, or libedit is missing;
    ///   `SystemError` when the process has no descriptor left.
    package init(history file: String?) throws {
        guard isatty(0) == 1, isatty(1) == 1 else {
            throw LineEditingError("standard input and output are not both a terminal")
        }
        // Characters of more than one byte are characters, whatever the environment says.
        _ = unsafe setlocale(LC_CTYPE, "C.UTF-8")
        library = try EditLibrary()
        let changes = try WindowChanges()
        guard let editor = unsafe edit_open(library.initialize, "baton"),
            let history = unsafe library.initializeHistory()
        else { throw LineEditingError("there is no memory for the editor") }
        unsafe self.editor = unsafe editor
        unsafe self.history = unsafe history
        self.file = file
        keepsHistory = file != nil
        box = EditorBox(library, changes)
        Self.remember()
        prepare()
    }

    deinit {
        unsafe library.end(editor)
        unsafe library.endHistory(history)
    }

    /// Reads a line, or what else somebody does.
    ///
    /// - Parameters:
    ///   - prompt: What stands before it.
    ///   - placeholder: What stands in it while it is empty, dimmed.
    ///   - text: What stands in it from the start and can be changed.
    /// - Throws: `SystemError` when there cannot be another thread.
    package func read(
        prompt: String,
        placeholder: String,
        text: String = ""
    ) async throws -> Input {
        box.begin(prompt: prompt, placeholder: placeholder, text: text)
        defer { Screen.markPastes(false) }
        let handles = unsafe Handles(editor: editor, library: library)
        let line = try await withCheckedThrowingContinuation {
            (continuation: CheckedContinuation<String?, any Error>) in
            do {
                let thread = try NamedThread("baton-input") {
                    continuation.resume(returning: handles.readLine())
                }
                thread.detach()
            } catch {
                continuation.resume(throwing: error)
            }
        }
        if box.wasInterrupted { return .interrupted }
        if let text = box.textToEdit {
            // Ending a line that was empty by then has cost a row.
            Screen.write("\u{1B}[A\r\u{1B}[J")
            return .edit(text)
        }
        guard let line else { return .ended }
        let text = line.hasSuffix("\n") ? String(line.dropLast()) : line
        remember(text)
        return .line(text)
    }

    /// What a thread needs to read a line.
    @safe
    private struct Handles: @unchecked Sendable {
        // Unchecked: the task that owns the editor waits for the thread that reads.
        let editor: OpaquePointer
        let library: EditLibrary

        func readLine() -> String? {
            // The window may have changed since the last line.
            unsafe library.resize(editor)
            // Before the prompt: libedit does so after it, and what is typed in between would be shown
            // twice, and Ctrl-C would be a signal.
            _ = unsafe edit_prepare_terminal(library.set, editor, 1)
            var count: CInt = 0
            let text = unsafe library.gets(editor, &count)
            guard count > 0, let text = unsafe text else { return nil }
            return unsafe String(cString: text)
        }
    }

    private func remember(_ line: String) {
        guard keepsHistory, line.contains(where: { !$0.isWhitespace }) else { return }
        _ = unsafe edit_history_text(library.history, history, edit_history_enter, line)
        guard let file else { return }
        // A history that cannot be kept is no reason to end a conversation.
        _ = unsafe edit_history_text(library.history, history, edit_history_save, file)
    }

    // MARK: Keys

    private func prepare() {
        let set = unsafe library.set
        _ = unsafe edit_set_data(set, editor, Unmanaged.passUnretained(box).toOpaque())
        _ = unsafe edit_set_prompt(set, editor, EditorBox.prompt)
        _ = unsafe edit_set_reader(set, editor, EditorBox.read)
        _ = unsafe edit_set_keys(set, editor, "emacs")
        // Ctrl-C and Ctrl-Z are keys while a line is edited, and an end of a line that is pasted as CR
        // and LF is one end.
        for flag in ["-isig", "-icrnl", "-inlcr"] {
            _ = unsafe edit_set_terminal(set, editor, flag)
        }
        _ = unsafe edit_history_number(
            library.history,
            history,
            edit_history_size,
            Self.longestHistory
        )
        _ = unsafe edit_history_number(library.history, history, edit_history_unique, 1)
        _ = unsafe edit_set_history(set, editor, library.history, history)
        if let file {
            _ = unsafe edit_history_text(library.history, history, edit_history_load, file)
        }
        unsafe add("baton-interrupt", "drop the line", EditorBox.interrupt)
        unsafe add("baton-suspend", "stop the program", EditorBox.suspend)
        unsafe add("baton-edit", "edit the line elsewhere", EditorBox.editElsewhere)
        for (key, name) in Self.keys { _ = unsafe edit_bind(set, editor, key, name) }
    }

    private func add(_ name: String, _ about: String, _ function: @escaping edit_key_function) {
        _ = unsafe edit_add_function(library.set, editor, name, about, function)
    }

    private static let keys = [
        ("^C", "baton-interrupt"), ("^Z", "baton-suspend"), ("^G", "baton-edit"),
        ("^W", "ed-delete-prev-word"), ("^U", "vi-kill-line-prev"), ("^R", "em-inc-search-prev"),
        ("^V", "ed-quoted-insert"),
        ("\u{1B}[H", "ed-move-to-beg"), ("\u{1B}[F", "ed-move-to-end"),
        ("\u{1B}[1~", "ed-move-to-beg"), ("\u{1B}[4~", "ed-move-to-end"),
        ("\u{1B}[3~", "ed-delete-next-char"), ("\u{1B}[1;5C", "em-next-word"),
        ("\u{1B}[1;5D", "ed-prev-word"), ("\u{1B}[1;3C", "em-next-word"),
        ("\u{1B}[1;3D", "ed-prev-word"),
    ]

    // MARK: The terminal

    private static let before = Guarded<termios?>(nil)

    private static func remember() {
        let state = Screen.settings
        before.withLock { if $0 == nil { $0 = state } }
    }

    /// Puts the terminal back as it was before the first line, for a program that ends in the middle
    /// of one.
    package static func restoreTerminal() {
        guard let state = before.withLock({ $0 }) else { return }
        Screen.restore(state)
        Screen.markPastes(false)
    }
}
