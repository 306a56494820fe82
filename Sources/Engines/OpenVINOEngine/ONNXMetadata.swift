import DeviceProtocol
import EngineKit
import Glibc
import POSIX

/// Reads the texts that an ONNX file carries beside its graph, such as a character list.
///
/// DESIGN. OpenVINO's C library does not hand them out. An ONNX file is one Protocol Buffers message:
/// a list of fields, each with a number, a kind and, where the kind has one, a length. Number 14
/// holds the texts, each a message with the key as field 1 and the value as field 2; the weights lie
/// inside field 7 and are stepped over, so whatever the file's size only a few kilobytes are read.
enum ONNXMetadata {
    /// Most bytes of one text with its key.
    private static let limit = 1 << 20
    private static let entryField: UInt64 = 14

    /// The file's texts by key; none for a file of another kind.
    static func read(_ path: String) throws(EngineError) -> [String: String] {
        guard path.hasSuffix(".onnx") else { return [:] }
        let number = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw broken(path, SystemError.last("open").description) }
        let file = FileDescriptor(owning: number)
        var status = stat()
        guard unsafe fstat(file.number, &status) == 0 else {
            throw broken(path, SystemError.last("examine").description)
        }
        var texts: [String: String] = [:]
        var offset = 0
        while offset < Int(status.st_size) {
            var head = Message(bytes(file, at: offset, count: 20))
            guard let field = head.nextField() else { throw broken(path, "at byte \(offset)") }
            let start = offset + head.position
            if field.number == entryField, case .bytes(let count) = field.kind {
                guard count <= limit else { throw broken(path, "a text of \(count) bytes") }
                let content = bytes(file, at: start, count: count)
                guard content.count == count, let entry = Message.entry(content) else {
                    throw broken(path, "at byte \(start)")
                }
                texts[entry.key] = entry.value
            }
            guard case .bytes(let count) = field.kind else {
                offset = start
                continue
            }
            let (end, overflowed) = start.addingReportingOverflow(count)
            guard !overflowed else { throw broken(path, "at byte \(start)") }
            offset = end
        }
        return texts
    }

    private static func broken(_ path: String, _ reason: String) -> EngineError {
        EngineError(.loadFailed, "'\(path)' is not an ONNX file: \(reason)")
    }

    /// What the file holds there; shorter at its end.
    private static func bytes(
        _ file: borrowing FileDescriptor,
        at offset: Int,
        count: Int
    ) -> [UInt8] {
        let number = file.number
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = unsafe pread(
                    number,
                    buffer.baseAddress?.advanced(by: filled),
                    count - filled,
                    off_t(offset + filled)
                )
                if got < 0 && errno == EINTR { continue }
                if got <= 0 { return }
                filled += got
            }
        }
    }
}
