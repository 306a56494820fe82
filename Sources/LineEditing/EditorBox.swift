internal import CEdit
internal import Glibc
internal import POSIX

/// What the functions that libedit calls share with the editor.
// Guarded by its owner: the task that owns the editor waits while the thread that reads runs.
@safe
final class EditorBox {
    private let library: EditLibrary
    private let changes: WindowChanges
    private var prompt = ""
    /// The prompt as libedit takes it.
    private var promptBytes: [CChar] = [0]
    private var placeholder = ""
    private var keys = KeyReader()
    /// What stands in the line when it begins.
    private var start = ""
    private var isFresh = false
    /// What was drawn as a whole last.
    private var drawing: LineLayout.Drawing?
    /// Whether the line ends as if somebody had pressed Enter, which leads behind its last row.
    private var isEnding = false
    /// Whether Ctrl-C ended the line.
    private(set) var wasInterrupted = false
    /// What stood in the line when Ctrl-G ended it.
    private(set) var textToEdit: String?
    /// How long bytes of one key are apart at most, in milliseconds; chosen, for slow lines.
    private static let keyPause: CInt = 50

    init(_ library: EditLibrary, _ changes: WindowChanges) {
        self.library = library
        self.changes = changes
        Self.shared.withLock { $0 = library }
    }

    /// Prepares the next line.
    func begin(prompt: String, placeholder: String, text: String) {
        self.prompt = prompt
        promptBytes = prompt.utf8.map { CChar(bitPattern: $0) } + [0]
        self.placeholder = placeholder
        start = text
        drawing = nil
        isFresh = true
        isEnding = false
        wasInterrupted = false
        textToEdit = nil
        changes.take()
        Screen.markPastes(true)
    }

    // MARK: What libedit calls

    // libedit hands its own handle over, which knows the box.
    private static func of(_ editor: OpaquePointer?) -> EditorBox? {
        guard let editor = unsafe editor, let library = shared.withLock({ $0 }) else { return nil }
        var data: UnsafeMutableRawPointer?
        guard unsafe edit_get_data(library.get, editor, &data) == 0, let data = unsafe data else {
            return nil
        }
        return unsafe Unmanaged<EditorBox>.fromOpaque(data).takeUnretainedValue()
    }

    /// The library, once there is an editor.
    private static let shared = Guarded<EditLibrary?>(nil)

    static let prompt: edit_prompt_function = { editor in
        guard let box = unsafe EditorBox.of(editor) else { return nil }
        // Valid until the next line begins, when nobody reads it any more.
        return unsafe box.promptBytes.withUnsafeBufferPointer { $0.baseAddress }
    }

    static let read: edit_read_function = { editor, character in
        guard let box = unsafe EditorBox.of(editor), let editor = unsafe editor,
            let scalar = unsafe box.nextCharacter(editor)
        else { return 0 }
        unsafe character?.pointee = wchar_t(bitPattern: scalar)
        return 1
    }

    static let interrupt: edit_key_function = { editor, _ in
        guard let box = unsafe EditorBox.of(editor) else { return edit_refresh }
        box.wasInterrupted = true
        box.isEnding = true
        return edit_refresh
    }

    static let editElsewhere: edit_key_function = { editor, _ in
        guard let box = unsafe EditorBox.of(editor), let editor = unsafe editor else {
            return edit_refresh
        }
        unsafe box.takeText(editor)
        return edit_refresh
    }

    static let suspend: edit_key_function = { editor, _ in
        guard let box = unsafe EditorBox.of(editor), let editor = unsafe editor else {
            return edit_redisplay
        }
        _ = unsafe edit_prepare_terminal(box.library.set, editor, 0)
        Screen.markPastes(false)
        Screen.write("\n")
        // To this thread, which stops here and not a little later; it may have been blocked, as most
        // signals are on threads of Swift's pool.
        var stop = sigset_t()
        unsafe sigemptyset(&stop)
        unsafe sigaddset(&stop, SIGTSTP)
        unsafe pthread_sigmask(SIG_UNBLOCK, &stop, nil)
        raise(SIGTSTP)
        Screen.markPastes(true)
        _ = unsafe edit_prepare_terminal(box.library.set, editor, 1)
        return edit_redisplay
    }

    // MARK: What is typed

    /// The next character; nil when nothing will come any more.
    private func nextCharacter(_ editor: OpaquePointer) -> UInt32? {
        if isEnding { return 0x0A }
        if isFresh, !start.isEmpty { unsafe fill(editor) }
        let hint = isFresh && start.isEmpty && keys.isEmpty ? placeholder : ""
        isFresh = false
        show(hint)
        defer { if !hint.isEmpty { Screen.write("\u{1B}[K") } }
        while true {
            if let scalar = keys.next(isAtEnd: false) { return scalar }
            // In the middle of a key the rest comes soon, or it was the Escape key.
            if !keys.isEmpty, !Screen.hasInput(within: Self.keyPause) {
                return keys.next(isAtEnd: true)
            }
            switch Screen.wait(changes) {
            case .input:
                guard let bytes = Screen.read() else { return nil }
                keys.take(bytes)
            case .resized:
                unsafe drawAnew(editor)
                show(hint)
            }
        }
    }

    /// Writes a hint behind the prompt, as far as it fits there, and goes back before it.
    private func show(_ hint: String) {
        let shown = hint.prefix(max(0, Screen.columns - prompt.count - 1))
        guard !shown.isEmpty else { return }
        Screen.write("\u{1B}[2m\(shown)\u{1B}[22m\u{1B}[\(shown.count)D")
    }

    // MARK: The line

    private func fill(_ editor: OpaquePointer) {
        _ = unsafe library.insert(editor, start)
        unsafe draw(editor, rowsBelow: 0)
    }

    /// Takes the text out of the line, which is drawn empty and ends then.
    private func takeText(_ editor: OpaquePointer) {
        guard let text = unsafe self.text(editor, upToCursor: false) else { return }
        let count = CInt(clamping: text.unicodeScalars.count)
        _ = unsafe library.moveCursor(editor, count)
        unsafe library.delete(editor, count)
        textToEdit = text
        isEnding = true
    }

    /// Draws the line where it is in a window that has another size.
    ///
    /// The terminal has broken its lines anew by itself, as nearly all do, and the cursor went along.
    private func drawAnew(_ editor: OpaquePointer) {
        unsafe library.resize(editor)
        let before = unsafe text(editor, upToCursor: true) ?? ""
        let row = LineLayout.row(
            after: prompt + before,
            columns: Screen.columns,
            drawing: drawing
        )
        unsafe draw(editor, rowsBelow: row)
    }

    /// Draws the whole line, whose first row is so many rows above the cursor.
    private func draw(_ editor: OpaquePointer, rowsBelow row: Int) {
        Screen.write(row > 0 ? "\u{1B}[\(row)A\r\u{1B}[J" : "\r\u{1B}[J")
        _ = unsafe edit_draw(library.set, editor)
        let line = unsafe text(editor, upToCursor: false) ?? ""
        drawing = LineLayout.Drawing(text: prompt + line, columns: Screen.columns)
    }

    private func text(_ editor: OpaquePointer, upToCursor: Bool) -> String? {
        guard let line = unsafe library.line(editor)?.pointee, let first = unsafe line.buffer,
            let end = unsafe upToCursor ? line.cursor : line.lastchar
        else { return nil }
        let bytes = unsafe UnsafeRawBufferPointer(start: first, count: end - first)
        return unsafe String(decoding: bytes, as: UTF8.self)
    }
}
