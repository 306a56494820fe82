internal import CEdit
internal import Glibc
internal import POSIX

/// What the functions that libedit calls share with the editor.
// Guarded by its owner: the task that owns the editor waits while the thread that reads runs.
@safe
final class EditorBox {
    private let library: EditLibrary
    private var prompt: [CChar] = [0]
    private var placeholder = ""
    private var keys = KeyReader()
    private var isFresh = false
    /// Whether Ctrl-C ended the line.
    private(set) var wasInterrupted = false
    /// How long bytes of one key are apart at most, in milliseconds; chosen, for slow lines.
    private static let keyPause: CInt = 50

    init(_ library: EditLibrary) {
        self.library = library
        Self.shared.withLock { $0 = library }
    }

    /// Prepares the next line.
    func begin(prompt: String, placeholder: String) {
        self.prompt = prompt.utf8.map { CChar(bitPattern: $0) } + [0]
        self.placeholder = placeholder
        isFresh = true
        wasInterrupted = false
        // What is pasted comes between marks.
        Screen.write("\u{1B}[?2004h")
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
        return unsafe box.prompt.withUnsafeBufferPointer { $0.baseAddress }
    }

    static let read: edit_read_function = { editor, character in
        guard let box = unsafe EditorBox.of(editor), let scalar = box.nextCharacter() else {
            return 0
        }
        unsafe character?.pointee = wchar_t(bitPattern: scalar)
        return 1
    }

    static let interrupt: edit_key_function = { editor, _ in
        guard let box = unsafe EditorBox.of(editor) else { return edit_newline }
        box.wasInterrupted = true
        return edit_newline
    }

    static let suspend: edit_key_function = { editor, _ in
        guard let box = unsafe EditorBox.of(editor), let editor = unsafe editor else {
            return edit_redisplay
        }
        _ = unsafe edit_prepare_terminal(box.library.set, editor, 0)
        Screen.write("\u{1B}[?2004l\n")
        // To this thread, which stops here and not a little later; it may have been blocked, as most
        // signals are on threads of Swift's pool.
        var stop = sigset_t()
        unsafe sigemptyset(&stop)
        unsafe sigaddset(&stop, SIGTSTP)
        unsafe pthread_sigmask(SIG_UNBLOCK, &stop, nil)
        raise(SIGTSTP)
        Screen.write("\u{1B}[?2004h")
        _ = unsafe edit_prepare_terminal(box.library.set, editor, 1)
        return edit_redisplay
    }

    /// The next character; nil when nothing will come any more.
    private func nextCharacter() -> UInt32? {
        if keys.isEmpty, isFresh, !placeholder.isEmpty {
            Screen.write("\u{1B}[2m\(placeholder)\u{1B}[22m\u{1B}[\(placeholder.count)D")
        }
        let clears = isFresh && !placeholder.isEmpty
        isFresh = false
        while true {
            if let scalar = keys.next(isAtEnd: false) {
                if clears { Screen.write("\u{1B}[K") }
                return scalar
            }
            // In the middle of a key the rest comes soon, or it was the Escape key.
            if !keys.isEmpty, !Screen.hasInput(within: Self.keyPause) {
                if clears { Screen.write("\u{1B}[K") }
                return keys.next(isAtEnd: true)
            }
            guard let bytes = Screen.read() else { return nil }
            keys.take(bytes)
        }
    }
}

/// The terminal on standard input and output.
enum Screen {
    static func write(_ text: String) {
        let bytes = Array(text.utf8)
        // The screen alone suffers when the terminal is gone.
        _ = unsafe Glibc.write(1, bytes, bytes.count)
    }

    /// Whether there is something to read within some milliseconds.
    static func hasInput(within pause: CInt) -> Bool {
        var look = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&look, 1, pause) > 0
    }

    /// What was typed; nil when the terminal is gone.
    static func read() -> ArraySlice<UInt8>? {
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe Glibc.read(0, &chunk, chunk.count)
            if count > 0 { return chunk[..<count] }
            guard count < 0, errno == EINTR else { return nil }
        }
    }
}
