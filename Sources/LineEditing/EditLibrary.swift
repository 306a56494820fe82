internal import CEdit
internal import Glibc

/// The functions of libedit, which is opened when the first line is read.
// Safe: the pointers are those of a library that is never closed.
@safe
struct EditLibrary: @unchecked Sendable {
    // Unchecked: constant addresses of code.
    let initialize: edit_init_pointer
    let end: edit_end_pointer
    let gets: edit_gets_pointer
    let resize: edit_resize_pointer
    let line: edit_line_pointer
    let moveCursor: edit_cursor_pointer
    let delete: edit_delete_pointer
    let insert: edit_insert_pointer
    let initializeHistory: edit_history_init_pointer
    let endHistory: edit_history_end_pointer
    /// Variadic; called through shims.
    let set: UnsafeRawPointer
    let get: UnsafeRawPointer
    let history: UnsafeRawPointer

    private static let file = "libedit.so.2"

    /// Opens the library.
    ///
    /// - Throws: `LineEditingError` that says what to install.
    init() throws(LineEditingError) {
        guard let handle = unsafe dlopen(Self.file, RTLD_NOW | RTLD_LOCAL) else {
            throw LineEditingError("'\(Self.file)' is missing; install it: apt install libedit2")
        }
        var missing: [String] = []
        func find(_ name: String) -> UnsafeMutableRawPointer {
            if let address = unsafe dlsym(handle, name) { return unsafe address }
            missing.append(name)
            // Never called: the initialiser throws.
            return unsafe handle
        }
        unsafe initialize = unsafeBitCast(find("el_init"), to: edit_init_pointer.self)
        unsafe end = unsafeBitCast(find("el_end"), to: edit_end_pointer.self)
        unsafe gets = unsafeBitCast(find("el_gets"), to: edit_gets_pointer.self)
        unsafe resize = unsafeBitCast(find("el_resize"), to: edit_resize_pointer.self)
        unsafe line = unsafeBitCast(find("el_line"), to: edit_line_pointer.self)
        unsafe moveCursor = unsafeBitCast(find("el_cursor"), to: edit_cursor_pointer.self)
        unsafe delete = unsafeBitCast(find("el_deletestr"), to: edit_delete_pointer.self)
        unsafe insert = unsafeBitCast(find("el_insertstr"), to: edit_insert_pointer.self)
        unsafe initializeHistory =
            unsafeBitCast(find("history_init"), to: edit_history_init_pointer.self)
        unsafe endHistory = unsafeBitCast(find("history_end"), to: edit_history_end_pointer.self)
        unsafe set = UnsafeRawPointer(find("el_set"))
        unsafe get = UnsafeRawPointer(find("el_get"))
        unsafe history = UnsafeRawPointer(find("history"))
        guard missing.isEmpty else {
            let names = missing.joined(separator: ", ")
            throw LineEditingError("'\(Self.file)' lacks \(names); install a newer libedit2")
        }
    }
}
