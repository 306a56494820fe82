internal import CYAML

/// libyaml's parser as a source of events.
///
/// Owns the C parser; the bytes that it reads are copied, so nothing outside must stay alive.
@safe
final class YAMLEvents {
    /// What can come next in a document.
    enum Event {
        case streamStart, streamEnd, documentStart, documentEnd
        case alias(String)
        case scalar(String, isPlain: Bool, Properties)
        case sequenceStart(Properties)
        case mappingStart(Properties)
        case sequenceEnd, mappingEnd
    }

    /// What can precede a value.
    struct Properties {
        let anchor: String?
        let tag: String?
    }

    /// Why the text is no YAML.
    struct Failure: Error {
        let line: Int
        let reason: String
    }

    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>

    init(_ bytes: [UInt8]) {
        unsafe input = .allocate(capacity: bytes.count)
        _ = unsafe input.initialize(from: bytes)
        unsafe parser = .allocate(capacity: 1)
        unsafe parser.initialize(to: yaml_parser_t())
        // Fails only when memory for its small fixed buffers is exhausted.
        let isReady = unsafe yaml_parser_initialize(parser) == 1
        precondition(isReady, "no memory for a YAML parser")
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        unsafe yaml_parser_set_input_string(parser, input.baseAddress, input.count)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe input.deallocate()
    }

    /// The next event and its line, counted from 1.
    func next() throws(Failure) -> (event: Event, line: Int) {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw failure() }
        defer { unsafe yaml_event_delete(&event) }
        let line = unsafe Int(event.start_mark.line) + 1
        guard let converted = unsafe Self.convert(event) else {
            throw Failure(line: line, reason: "the parser reports something unknown")
        }
        return (converted, line)
    }

    private func failure() -> Failure {
        let problem = unsafe parser.pointee.problem.map { unsafe String(cString: $0) }
        let mark = unsafe Int(parser.pointee.problem_mark.line)
        return Failure(line: mark + 1, reason: problem ?? "cannot be read as YAML")
    }

    private static func convert(_ event: yaml_event_t) -> Event? {
        switch unsafe event.type {
        case YAML_STREAM_START_EVENT: .streamStart
        case YAML_STREAM_END_EVENT: .streamEnd
        case YAML_DOCUMENT_START_EVENT: .documentStart
        case YAML_DOCUMENT_END_EVENT: .documentEnd
        case YAML_SEQUENCE_END_EVENT: .sequenceEnd
        case YAML_MAPPING_END_EVENT: .mappingEnd
        case YAML_ALIAS_EVENT: unsafe .alias(text(event.data.alias.anchor) ?? "")
        case YAML_SEQUENCE_START_EVENT:
            unsafe .sequenceStart(
                properties(event.data.sequence_start.anchor, event.data.sequence_start.tag)
            )
        case YAML_MAPPING_START_EVENT:
            unsafe .mappingStart(
                properties(event.data.mapping_start.anchor, event.data.mapping_start.tag)
            )
        case YAML_SCALAR_EVENT: unsafe scalar(event.data.scalar)
        default: nil
        }
    }

    private static func scalar(
        _ scalar: yaml_event_s.__Unnamed_union_data.__Unnamed_struct_scalar
    ) -> Event {
        let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
        return unsafe .scalar(
            String(decoding: bytes, as: UTF8.self),
            isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE,
            properties(scalar.anchor, scalar.tag)
        )
    }

    private static func properties(
        _ anchor: UnsafeMutablePointer<yaml_char_t>?,
        _ tag: UnsafeMutablePointer<yaml_char_t>?
    ) -> Properties {
        unsafe Properties(anchor: text(anchor), tag: text(tag))
    }

    private static func text(_ start: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        guard let start = unsafe start else { return nil }
        return unsafe String(cString: start)
    }
}
