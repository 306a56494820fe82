import DeviceProtocol
import EngineKit
import Glibc
import JSON
import POSIX

/// What a simulated engine tries while it loads, to show what it may and may not do.
///
/// The first thing that fails makes loading fail, with the kernel's reason.
struct Trial: Sendable {
    /// Files that are opened for reading.
    let reads: [String]
    /// Files that are made and removed again.
    let writes: [String]
    /// Descriptors that are opened, and kept.
    let files: Int
    /// A program that is started and waited for.
    let program: String?

    static let members = ["reads", "writes", "files", "starts"]

    init(_ fields: JSONFields) throws(JSONFieldError) {
        reads = try fields.array("reads")?.compactMap(\.stringValue) ?? []
        writes = try fields.array("writes")?.compactMap(\.stringValue) ?? []
        files = try fields.integer("files", in: 0...1_000_000) ?? 0
        program = try fields.string("starts")
    }

    func run() throws(EngineError) {
        for path in reads { close(try Self.open(path, O_RDONLY, "read")) }
        for path in writes {
            close(try Self.open(path, O_WRONLY | O_CREAT, "write"))
            _ = unsafe unlink(path)
        }
        for _ in 0..<files { _ = try Self.open("/dev/null", O_RDONLY, "open") }
        if let program { try Self.start(program) }
    }

    private static func open(
        _ path: String,
        _ flags: CInt,
        _ verb: String
    ) throws(EngineError) -> CInt {
        let number = unsafe Glibc.open(path, flags | O_CLOEXEC, 0o600)
        guard number >= 0 else {
            let reason = SystemError.reason(errno)
            throw EngineError(.loadFailed, "cannot \(verb) '\(path)': \(reason)")
        }
        return number
    }

    private static func start(_ program: String) throws(EngineError) {
        var arguments: [UnsafeMutablePointer<CChar>?] = unsafe [strdup(program), nil]
        defer { unsafe free(arguments[0]) }
        var child: pid_t = 0
        let code = unsafe posix_spawn(&child, program, nil, nil, &arguments, environ)
        guard code == 0 else {
            let reason = SystemError.reason(code)
            throw EngineError(.loadFailed, "cannot start '\(program)': \(reason)")
        }
        _ = waitpid(child, nil, 0)
    }
}
