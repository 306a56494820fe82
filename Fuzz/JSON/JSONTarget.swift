internal import JSON

/// JSON text: what is accepted must survive being written and read again, and be readable by field.
struct JSONTarget: FuzzTarget {
    static let name = "json"

    init() {}

    func check(_ input: [UInt8]) {
        guard let value = try? JSONValue(parsing: input) else { return }
        demand((try? JSONValue(parsing: value.serialized)) == value, "written, it reads otherwise")
        demand(
            (try? JSONValue(parsing: value.indented.utf8)) == value,
            "written for people, it reads otherwise"
        )
        read(value)
    }

    private func read(_ value: JSONValue) {
        switch value {
        case .array(let items): for item in items { read(item) }
        case .object(let object):
            let rebuilt = JSONObject(object.members.map { ($0.name, $0.value) })
            demand(rebuilt == object, "a name occurs twice")
            guard let fields = try? JSONFields(value) else { return }
            for (name, member) in object.members {
                read(name, of: fields)
                read(member)
            }
        default: return
        }
    }

    /// Every reader either returns something or throws.
    private func read(_ name: String, of fields: JSONFields) {
        _ = fields.has(name)
        _ = try? fields.string(name)
        _ = try? fields.bool(name)
        _ = try? fields.integer(name, in: 0...10)
        _ = try? fields.double(name, in: 0...1)
        _ = try? fields.strings(name)
        _ = try? fields.fields(name)
    }
}
