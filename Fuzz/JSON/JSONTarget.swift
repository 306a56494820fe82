internal import JSON
internal import ReferenceJSON

/// JSON text: what is accepted must be what jansson reads, survive being written and read again, and
/// be readable by field.
struct JSONTarget: FuzzTarget {
    static let name = "json"

    init() {}

    func check(_ input: [UInt8]) {
        let reference = ReferenceJSON.read(input)
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: input)
        } catch {
            demand(
                reference == nil || error.reason == "nested too deeply" || input.contains(0),
                "jansson takes it, we do not: \(error)"
            )
            return
        }
        demand(
            reference == value || reference == nil && Self.hasZeroInName(value),
            "jansson reads it otherwise"
        )
        demand((try? JSONValue(parsing: value.serialized)) == value, "written, it reads otherwise")
        demand(
            (try? JSONValue(parsing: value.indented.utf8)) == value,
            "written for people, it reads otherwise"
        )
        read(value)
    }

    private static func hasZeroInName(_ value: JSONValue) -> Bool {
        switch value {
        case .array(let items): items.contains(where: hasZeroInName)
        case .object(let object):
            object.members.contains { $0.name.utf8.contains(0) || hasZeroInName($0.value) }
        default: false
        }
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
