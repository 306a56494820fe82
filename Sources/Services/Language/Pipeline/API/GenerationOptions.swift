package import JSON
internal import Modelfile

/// The `options` of a request, or the parameters of a model.
///
/// Each has its type; a value of another type is refused, a name that nobody knows is only noted.
/// Null means that nothing was said. Whole numbers may be written with a fraction, which does not
/// count.
package struct GenerationOptions: Sendable, Hashable {
    /// What was said, by name.
    package private(set) var values: [String: JSONValue] = [:]
    /// Names that nobody knows, in order.
    package private(set) var unknown: [String] = []

    /// Nothing was said.
    package init() {}

    /// Reads options.
    ///
    /// - Parameter json: The options.
    /// - Throws: `ParameterError` with the first one whose value is of a wrong type or too much.
    package init(_ json: JSONObject) throws(ParameterError) {
        for (name, value) in json.members where !value.isNull {
            guard let type = ParameterType.all[name] else {
                unknown.append(name)
                continue
            }
            values[name] = try Self.checked(value, type, name)
        }
    }

    /// These options where something was said, else others.
    ///
    /// - Parameter others: What counts where nothing was said.
    package func falling(backTo others: GenerationOptions) -> GenerationOptions {
        var result = self
        result.values.merge(others.values) { own, _ in own }
        return result
    }

    /// What was said of some options alone.
    ///
    /// - Parameter names: Their names.
    package func only(_ names: [String]) -> GenerationOptions {
        var result = GenerationOptions()
        for name in names { result.values[name] = values[name] }
        return result
    }

    /// An option that is a whole number.
    package func integer(_ name: String) -> Int? { values[name]?.integerValue }
    /// An option that is a number.
    package func number(_ name: String) -> Double? { values[name]?.doubleValue }
    /// An option that is a list of texts.
    package func texts(_ name: String) -> [String]? {
        values[name]?.arrayValue?.compactMap(\.stringValue)
    }

    /// The part that decides how an engine is started.
    package var loadTime: [String: JSONValue] {
        values.filter { ParameterType.loading[$0.key] != nil }
    }

    /// The part that goes with each request to llama-server, under its names.
    package var engineParameters: JSONObject {
        let names = [
            "num_keep": "n_keep", "num_predict": "n_predict", "typical_p": "typical_p",
        ]
        var result: JSONObject = [:]
        for (name, value) in values.sorted(by: { $0.key < $1.key })
        where ParameterType.loading[name] == nil {
            result[names[name] ?? name] = value
        }
        return result
    }

    // MARK: Types

    /// Most texts of a list, and most characters of each: every piece of an answer is held against
    /// all of them.
    private static let (mostTexts, longestText) = (64, 1000)

    private static func checked(
        _ value: JSONValue,
        _ type: ParameterType,
        _ name: String
    ) throws(ParameterError) -> JSONValue {
        let refusal = ParameterError("option \"\(name)\" must be of type \(type.word)")
        switch type {
        case .integer:
            if case .integer = value { return value }
            guard let number = value.doubleValue,
                let whole = Int64(exactly: number.rounded(.towardZero))
            else { throw refusal }
            return .integer(whole)
        case .number:
            guard value.doubleValue != nil else { throw refusal }
        case .flag:
            guard value.boolValue != nil else { throw refusal }
        case .text, .ignored:
            guard value.stringValue != nil else { throw refusal }
        case .texts:
            guard let items = value.arrayValue else { throw refusal }
            try checkTexts(items, name)
            // An empty one is in every text: it would end the answer before it began.
            return .array(items.filter { $0.stringValue != "" })
        case .json:
            try checkBiases(value, name, refusal)
        }
        return value
    }

    private static func checkTexts(
        _ items: [JSONValue],
        _ name: String
    ) throws(ParameterError) {
        guard items.count <= mostTexts else {
            throw ParameterError("option \"\(name)\" must have at most \(mostTexts) strings")
        }
        for item in items {
            guard let text = item.stringValue else {
                throw ParameterError("option \"\(name)\" must be of an array of strings")
            }
            guard text.unicodeScalars.count <= longestText else {
                throw ParameterError(
                    "option \"\(name)\" must have strings of at most \(longestText) characters"
                )
            }
        }
    }

    /// A bias is a number, or `false` for a token that must not come.
    private static func checkBiases(
        _ value: JSONValue,
        _ name: String,
        _ refusal: ParameterError
    ) throws(ParameterError) {
        func isBias(_ value: JSONValue) -> Bool {
            value.doubleValue != nil || value.boolValue == false
        }
        if let object = value.objectValue {
            guard object.members.allSatisfy({ isBias($0.value) }) else {
                throw ParameterError("option \"\(name)\" must have a number for each token")
            }
            return
        }
        guard let pairs = value.arrayValue else { throw refusal }
        for pair in pairs {
            guard let parts = pair.arrayValue, parts.count == 2, isBias(parts[1]),
                parts[0].integerValue != nil || parts[0].stringValue != nil
            else { throw ParameterError("option \"\(name)\" must have pairs of token and number") }
        }
    }
}

extension ParameterType {
    /// What clients are told that an option must be.
    fileprivate var word: String {
        switch self {
        case .integer: "integer"
        case .number: "float32"
        case .flag: "boolean"
        case .text, .ignored: "string"
        case .texts: "array"
        case .json: "object"
        }
    }
}
