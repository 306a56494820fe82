import JSON
import Randomness
import Testing

@testable import GoTemplate

/// Damaged templates are refused or carried out within their limits; none brings the program down.
@Suite struct DamageTests {
    private static let pieces = [
        "{{", "}}", "-", " ", "(", ")", "|", ".", "$", "end", "else", "\"", "0x", ":=",
        "{{ range 1000000000 }}", "{{ range $ }}", "{{ end }}", "{{ else if . }}", "{{ else }}",
        "{{ template \"x\" . }}", "{{ define \"x\" }}",
        "{{ $x := print . . }}{{ $x = print $x $x }}",
        "{{ if . }}", "{{ with $ }}", "{{ break }}", "{{ continue }}", "printf \"%[2]*d\" ",
        "{{ printf \"%99999d\" 1 }}", "{{ html . }}", "{{ json . }}", "{{ slice . 1 }}",
    ]

    private static var limits: GoTemplateLimits {
        var limits = GoTemplateLimits()
        (limits.steps, limits.bytes) = (2000, 100_000)
        return limits
    }

    private func rendered(_ source: String, _ root: GoValue) -> String? {
        guard let template = try? GoTemplate(source, functions: ["json"]) else { return nil }
        var budget = GoBudget(Self.limits)
        let text = try? template.render(
            root,
            functions: ["json": GoJSON.function],
            endingAt: source.utf8.count.isMultiple(of: 2) ? "Response" : nil,
            spending: &budget
        )
        // What was used must not be more than there was.
        #expect(text?.utf8.count ?? 0 <= Self.limits.bytes)
        return text
    }

    @Test func damageIsHarmless() throws {
        var random = SeededGenerator(seed: 7)
        var carriedOut = 0
        for given in AnswerTests.cases {
            let root = GoValue(given.data)
            for _ in 0..<30 {
                var bytes = Array(given.template.utf8)
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    let place = Int.random(in: 0...bytes.count, using: &random)
                    switch Int.random(in: 0..<3, using: &random) {
                    case 0:
                        let piece = Self.pieces.randomElement(using: &random) ?? "{{"
                        bytes.insert(contentsOf: Array(piece.utf8), at: place)
                    case 1 where place < bytes.count: bytes.remove(at: place)
                    default:
                        if place < bytes.count {
                            bytes[place] = .random(in: 0...255, using: &random)
                        }
                    }
                }
                if rendered(String(decoding: bytes, as: UTF8.self), root) != nil { carriedOut += 1 }
            }
        }
        #expect(carriedOut > 1000)
    }

    /// Templates of nothing but what may go wrong, closed so that many of them can be read.
    @Test func hostilityEndsSoon() throws {
        var random = SeededGenerator(seed: 11)
        let openings = ["{{ range 1000000000 }}", "{{ if . }}", "{{ with $ }}", "{{ range $ }}"]
        var carriedOut = 0
        for _ in 0..<2000 {
            var source =
                "{{ define \"x\" }}{{ template \"x\" print . . }}{{ end }}{{ $x := \"ab\" }}"
            var depth = 0
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                switch Int.random(in: 0..<8, using: &random) {
                case 0, 1:
                    source += openings.randomElement(using: &random) ?? ""
                    depth += 1
                case 2 where depth > 0:
                    source += "{{ end }}"
                    depth -= 1
                case 3: source += "{{ $x = print $x $x }}"
                case 4: source += "{{ $x = html (printf \"%[1]*d<%s\" 99 $x) }}"
                case 5: source += "{{ template \"x\" $x }}"
                case 6: source += "{{ if eq $x (print $x) }}{{ $x }}{{ else if $x }}{{ end }}"
                default: source += "{{ slice $x 1 }}"
                }
            }
            source += String(repeating: "{{ end }}", count: depth)
            if rendered(source, .map(["A": 1])) != nil { carriedOut += 1 }
        }
        #expect(carriedOut > 100)
    }
}
