internal import JSON
internal import VocabularyProtocol

/// Performs requests, one at a time and in order.
///
/// Runs on the connection's own loop: while a file is loaded or a long text read, nothing else is
/// answered. What takes too long is ended from outside, with the process.
struct Worker {
    private var table: VocabularyTable

    /// Creates a worker that has loaded nothing.
    ///
    /// - Parameter capacity: How many vocabularies are kept.
    init(capacity: Int) {
        table = VocabularyTable(capacity: capacity)
    }

    /// Performs a request.
    ///
    /// - Returns: The reply.
    mutating func perform(_ request: JSONObject) -> JSONObject {
        var reply = JSONObject()
        reply["request_id"] = request["request_id"] ?? .null
        do {
            try answer(JSONFields(.object(request)), in: &reply)
        } catch let error as VocabularyError {
            error.write(to: &reply)
        } catch {
            VocabularyError(.badRequest, "\(error)").write(to: &reply)
        }
        return reply
    }

    private mutating func answer(_ fields: JSONFields, in reply: inout JSONObject) throws {
        switch try fields.require("action", fields.string("action")) {
        case "tokenize":
            let tokens = try tokens(of: fields)
            reply["tokens"] = .array(tokens.map { JSONValue($0) })
        case "count": reply["count"] = JSONValue(try count(of: fields))
        case "detokenize": reply["text"] = .string(try text(of: fields))
        case "describe": try describe(fields, in: &reply)
        case let unknown: throw fields.error("action", "is unknown: '\(unknown)'")
        }
    }

    private mutating func tokens(of fields: JSONFields) throws -> [Int32] {
        let (text, options) = (try input(fields), try options(fields))
        return try vocabulary(fields).tokens(of: text.utf8, options)
    }

    private mutating func count(of fields: JSONFields) throws -> Int {
        let (text, options) = (try input(fields), try options(fields))
        return try vocabulary(fields).count(of: text.utf8, options)
    }

    private mutating func text(of fields: JSONFields) throws -> String {
        let values = try fields.require("tokens", fields.array("tokens"))
        guard values.count <= VocabularyLimits.tokens else {
            let limit = "more than \(VocabularyLimits.tokens)"
            throw VocabularyError(.tooLarge, "there are \(values.count) tokens, \(limit)")
        }
        let showsSpecial = try fields.bool("special") ?? true
        let vocabulary = try vocabulary(fields)
        let tokens = try values.map { value in
            guard let token = value.integerValue, vocabulary.range.contains(token) else {
                let range = "0 to \(vocabulary.range.upperBound - 1)"
                throw fields.error("tokens", "must be whole numbers from \(range)")
            }
            return Int32(token)
        }
        return try vocabulary.text(of: tokens, showsSpecial: showsSpecial)
    }

    private mutating func describe(_ fields: JSONFields, in reply: inout JSONObject) throws {
        let vocabulary = try vocabulary(fields)
        reply["bos"] = vocabulary.beginning.map { JSONValue($0) } ?? .null
        reply["eos"] = vocabulary.end.map { JSONValue($0) } ?? .null
        reply["add_bos"] = .bool(vocabulary.addsBeginning)
        reply["size"] = JSONValue(vocabulary.range.count)
    }

    private mutating func vocabulary(_ fields: JSONFields) throws -> Vocabulary {
        let path = try fields.require("file", fields.string("file"))
        guard path.hasPrefix("/"), !path.utf8.contains(0) else {
            throw fields.error("file", "must be an absolute path")
        }
        return try table.vocabulary(at: path)
    }

    private func input(_ fields: JSONFields) throws -> JSONText {
        let text = try fields.require("text", fields.text("text"))
        guard text.utf8.count <= VocabularyLimits.textBytes else {
            let limit = "more than \(VocabularyLimits.textBytes)"
            throw VocabularyError(.tooLarge, "the text has \(text.utf8.count) bytes, \(limit)")
        }
        return text
    }

    private func options(_ fields: JSONFields) throws -> Vocabulary.Options {
        Vocabulary.Options(
            addsSpecial: try fields.bool("add_special") ?? false,
            parsesSpecial: try fields.bool("parse_special") ?? true
        )
    }
}
