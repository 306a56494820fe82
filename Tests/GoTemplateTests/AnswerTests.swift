import JSON
import POSIX
import Testing

@testable import GoTemplate

/// What templates give, beside what Go's own library gives (`Scripts/make-template-fixtures`).
@Suite struct AnswerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let template: String
        let data: JSONValue
        /// Go's text, or nil when it refuses the template or what it does.
        let text: String?

        var testDescription: String { name }
    }

    static let cases: [Case] = {
        do {
            let table = try fixture("cases.json")
            let answers = try fixture("answers.json")
            let data = try #require(table["data"]?.objectValue)
            return try #require(table["cases"]?.arrayValue).map { entry in
                let name = try #require(entry["name"]?.stringValue)
                let source = try #require(entry["data"]?.stringValue)
                let answer = try #require(answers[name])
                return Case(
                    name: name,
                    template: try #require(entry["template"]?.stringValue),
                    data: try #require(data[source]),
                    text: answer["text"]?.stringValue
                )
            }
        } catch {
            Issue.record(error)
            return []
        }
    }()

    private static func fixture(_ name: String, from file: String = #filePath) throws -> JSONValue {
        let folder = file.lastIndex(of: "/").map { file[..<$0] } ?? "."
        return try JSONValue(parsing: try Files.read("\(folder)/Fixtures/\(name)"))
    }

    @Test func thereAreCases() {
        #expect(Self.cases.count > 350)
    }

    @Test(arguments: cases)
    func areThoseOfGo(_ given: Case) throws {
        let result = Result { () throws(GoTemplateError) -> String in
            var budget = GoBudget()
            return try GoTemplate(given.template, functions: ["json"]).render(
                GoValue(given.data),
                functions: ["json": GoJSON.function],
                spending: &budget
            )
        }
        guard let text = given.text else {
            #expect(throws: GoTemplateError.self, "\(given.template)") { try result.get() }
            return
        }
        #expect(try result.get() == text, "\(given.template)")
    }
}
