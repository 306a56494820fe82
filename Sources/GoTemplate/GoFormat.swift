/// How values are written: as `fmt` of Go's library does it.
enum GoFormat {
    /// What an action writes.
    static func writeAction(
        _ value: GoValue,
        to writer: inout GoWriter
    ) throws(GoFunctionError) {
        if case .none = value {
            try writer.write("<no value>")
        } else {
            try write(value, to: &writer)
        }
    }

    /// Values one after the other, with a space between two that are no texts.
    static func writeJoined(
        _ values: [GoValue],
        to writer: inout GoWriter
    ) throws(GoFunctionError) {
        for (index, value) in values.enumerated() {
            if index > 0, !isText(value), !isText(values[index - 1]) { try writer.write(" ") }
            try write(value, to: &writer)
        }
    }

    private static func isText(_ value: GoValue) -> Bool {
        if case .string = value { true } else { false }
    }

    /// Writes a value as `%v` does.
    static func write(
        _ value: GoValue,
        to writer: inout GoWriter
    ) throws(GoFunctionError) {
        switch value {
        case .none: try writer.write("<nil>")
        case .bool(let value): try writer.write(value ? "true" : "false")
        case .integer(let value): try writer.write("\(value)")
        case .float(let value): try writer.write(GoFloat.general(value))
        case .string(let text): try writer.write(text)
        case .list, .map, .record:
            try writeParts(of: value, to: &writer, write)
        case .shown(let inner, let form):
            switch form.text {
            case .usual: try write(inner, to: &writer)
            case .json: try GoJSON.write(value, to: &writer)
            case .words(let words): try writer.write(words)
            }
        }
    }

    /// Writes the brackets of a list, a map or a record, and what is in it by a function.
    static func writeParts(
        of value: GoValue,
        to writer: inout GoWriter,
        _ write: (GoValue, inout GoWriter) throws(GoFunctionError) -> Void
    ) throws(GoFunctionError) {
        defer { writer.budget.ascend() }
        try writer.budget.descend()
        switch value {
        case .list(let items):
            try writer.write("[")
            for (index, item) in items.enumerated() {
                if index > 0 { try writer.write(" ") }
                try write(item, &writer)
            }
            try writer.write("]")
        case .map(let entries):
            try writer.write("map[")
            for (index, entry) in entries.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { try writer.write(" ") }
                try write(.string(entry.key.text), &writer)
                try writer.write(":")
                try write(entry.value, &writer)
            }
            try writer.write("]")
        case .record(_, let fields):
            try writer.write("{")
            for (index, field) in fields.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { try writer.write(" ") }
                try write(field.value, &writer)
            }
            try writer.write("}")
        default: try write(value, &writer)
        }
    }
}
