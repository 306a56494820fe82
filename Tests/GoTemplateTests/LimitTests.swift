import Glibc
import Randomness
import Testing

@testable import GoTemplate

/// Templates that would go on for ever, or need more room than there is.
@Suite struct LimitTests {
    private static func render(
        _ source: String,
        _ root: GoValue = .none,
        limits: GoTemplateLimits = GoTemplateLimits()
    ) throws -> String {
        var budget = GoBudget(limits)
        return try GoTemplate(source).render(root, spending: &budget)
    }

    private static func repeated(_ text: String, _ count: Int) -> String {
        String(repeating: text, count: count)
    }

    // MARK: Reading

    @Test(arguments: [
        repeated("{{ if true }}", 65) + repeated("{{ end }}", 65),
        "{{ " + repeated("(", 65) + "1" + repeated(")", 65) + " }}",
        repeated("{{ if true }}", 33) + "{{ " + repeated("(", 33) + "1" + repeated(")", 33) + " }}"
            + repeated("{{ end }}", 33),
        repeated("{{ with 1 }}{{ else }}", 65) + repeated("{{ end }}", 65),
    ])
    func nestingIsBounded(source: String) throws {
        #expect(throws: GoTemplateError.self) { try GoTemplate(source) }
    }

    @Test func nestsAsDeepAsItSays() throws {
        let count = GoTemplate.maximumDepth - 2
        let source = Self.repeated("{{ if true }}", count) + "x" + Self.repeated("{{ end }}", count)
        #expect(try Self.render(source) == "x")
    }

    /// Neither reading, looking through, carrying out nor letting go nests with them.
    @Test(arguments: ["if", "with"])
    func manyConditionsInARowAreNotNested(word: String) throws {
        let source =
            "{{ \(word) false }}" + Self.repeated("{{ else \(word) .X }}{{ .Y }}", 20_000)
            + "{{ else }}last{{ end }}"
        #expect(try Self.render(source, .map([:])) == "last")
        #expect(try GoTemplate(source).fieldNames == ["X", "Y"])
    }

    @Test func manyVariablesAreFoundAtOnce() throws {
        var source = ""
        for index in 0..<10_000 { source += "{{ $v\(index) := 1 }}{{ $v0 }}" }
        #expect(try Self.render(source).utf8.count == 10_000)
    }

    // MARK: Carrying out

    static let hostile: [(source: String, word: String)] = [
        ("{{ range 100 }}{{ range 100 }}{{ $x := . }}{{ end }}{{ end }}", "steps"),
        ("{{ define \"t\" }}{{ template \"t\" }}{{ end }}{{ template \"t\" }}", "deeper"),
        ("{{ range 90 }}0123456789{{ end }}", "bytes"),
        ("{{ range 1000000000000 }}{{ end }}", "steps"),
        ("{{ range 9223372036854775807 }}{{ end }}", "steps"),
        // What fails within a loop or a call leaves their variables in order.
        (
            "{{ define \"t\" }}{{ $y := 1 }}{{ template \"t\" . }}{{ end }}{{ range $x := 3 }}"
                + "{{ if $z := 1 }}{{ with $w := 2 }}{{ template \"t\" $x }}"
                + repeated("{{ end }}", 3),
            "deeper"
        ),
        (
            "{{ define \"t\" }}{{ index . 1 }}{{ end }}{{ $a := 1 }}{{ range $x := 3 }}"
                + "{{ if $z := 1 }}{{ $q := 2 }}{{ template \"t\" $x }}{{ end }}{{ end }}",
            "nothing at"
        ),
        // Actions and templates nest together.
        (
            "{{ define \"t\" }}" + repeated("{{ if true }}", 9) + "{{ template \"t\" }}"
                + repeated("{{ end }}", 9) + "{{ end }}{{ template \"t\" }}", "deeper"
        ),
        (
            "{{ define \"t\" }}{{ template \"t\" " + repeated("(", 9) + "1" + repeated(")", 9)
                + " }}{{ end }}{{ template \"t\" }}", "deeper"
        ),
        // Values that grow without being written.
        ("{{ $x := \"abcdefgh\" }}{{ range 100 }}{{ $x = print $x $x }}{{ end }}", "bytes"),
        (
            "{{ $x := \"abcdefgh\" }}{{ range 100 }}{{ $x = printf \"%s%s\" $x $x }}{{ end }}",
            "bytes"
        ),
        ("{{ $x := \"<\" }}{{ range 100 }}{{ $x = html $x }}{{ end }}", "bytes"),
        ("{{ range 100 }}{{ $x := js \"<<<<<<<<<\" }}{{ end }}", "bytes"),
        ("{{ $x := printf \"%1000000d\" 1 }}", "bytes"),
        ("{{ $x := printf \"%*d\" 1000000 1 }}", "bytes"),
        ("{{ $x := printf \"%.1000000f\" 1.0 }}", "bytes"),
        ("{{ range 100 }}{{ $x := slice \"0123456789\" 0 9 }}{{ end }}", "bytes"),
        ("{{ range 100 }}{{ $x := urlquery \"//////////\" }}{{ end }}", "bytes"),
        ("{{ range 100 }}{{ $x := println \"0123456789\" }}{{ end }}", "bytes"),
        // Work whose result is small.
        ("{{ $x := printf \"%700d\" 1 }}{{ range 100 }}{{ $y := eq $x $x }}{{ end }}", "steps"),
        (
            "{{ $x := printf \"%300d\" 1 }}{{ $y := printf \"%300d\" 1 }}{{ range 130 }}"
                + "{{ $z := lt $x $y }}{{ end }}", "steps"
        ),
        (
            "{{ range 30 }}{{ $x := and" + repeated(" 1", 36) + " }}{{ end }}", "steps"
        ),
        (
            "{{ range 30 }}{{ $x := printf \"" + repeated("%.0[1]s", 40) + "\" \"a\" }}{{ end }}",
            "steps"
        ),
    ]

    @Test(arguments: hostile)
    func workIsBounded(source: String, word: String) throws {
        var limits = GoTemplateLimits()
        (limits.bytes, limits.steps, limits.depth) = (800, 1000, 20)
        let error = #expect(throws: GoTemplateError.self) {
            try Self.render(source, limits: limits)
        }
        #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
    }

    @Test(arguments: hostile)
    func workEndsSoon(source: String, word: String) throws {
        var limits = GoTemplateLimits()
        (limits.bytes, limits.steps) = (limits.bytes / 20, limits.steps / 20)
        let time = ContinuousClock().measure { _ = try? Self.render(source, limits: limits) }
        #expect(time < .seconds(10))
    }

    @Test func mapsCostWhatTheyHoldWhenALoopBegins() throws {
        let entries = (0..<500).map { (GoKey("\($0)"), GoValue.integer($0)) }
        var limits = GoTemplateLimits()
        limits.steps = 10_000
        let root = GoValue.map(Dictionary(uniqueKeysWithValues: entries))
        #expect(throws: GoTemplateError.self) {
            try Self.render(
                "{{ range 30 }}{{ range $ }}{{ break }}{{ end }}{{ end }}",
                root,
                limits: limits
            )
        }
    }

    @Test func aBudgetIsSharedByAllThatSpendFromIt() throws {
        var limits = GoTemplateLimits()
        limits.bytes = 25
        var budget = GoBudget(limits)
        let template = try GoTemplate("0123456789")
        #expect(try template.render(.none, spending: &budget) == "0123456789")
        _ = try template.render(.none, spending: &budget)
        #expect(throws: GoTemplateError.self) { try template.render(.none, spending: &budget) }
    }

    // MARK: Room

    /// Services have threads of 512 kB.
    @Test(arguments: [
        "{{ define \"t\" }}{{ range 1 }}{{ with 1 }}{{ template \"t\" (print (print .)) }}"
            + repeated("{{ end }}", 3) + "{{ template \"t\" }}",
        repeated("{{ if true }}", 62) + repeated("{{ end }}", 62),
        repeated("{{ range 1 }}", 60) + "{{ $ }}{{ json $ }}{{ printf \"%d\" $ }}"
            + repeated("{{ end }}", 60),
        "{{ " + repeated("(print ", 60) + "1" + repeated(")", 60) + " }}",
        repeated("{{ if true }}", 200) + repeated("{{ end }}", 200),
        "{{ " + repeated("(", 20_000) + "1" + repeated(")", 20_000) + " }}",
        "{{ if false }}" + repeated("{{ else if false }}", 20_000) + "{{ end }}",
    ])
    func asDeepAsItMayBeItNeedsLittleOfAStack(source: String) throws {
        var deep = GoValue.list([])
        for _ in 0..<128 { deep = .list([deep]) }
        let root = deep
        try onThread(withStackOf: 512 << 10) {
            var budget = GoBudget()
            _ = try? GoTemplate(source, functions: ["json"]).render(
                root,
                functions: ["json": GoJSON.function],
                spending: &budget
            )
        }
    }

    private func onThread(
        withStackOf size: Int,
        _ body: @escaping @Sendable () -> Void
    ) throws {
        final class Box: Sendable {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        let attributes = UnsafeMutablePointer<pthread_attr_t>.allocate(capacity: 1)
        defer { attributes.deallocate() }
        #expect(pthread_attr_init(attributes) == 0)
        defer { pthread_attr_destroy(attributes) }
        #expect(pthread_attr_setstacksize(attributes, size) == 0)
        var thread: pthread_t = 0
        let box = Unmanaged.passRetained(Box(body))
        let code = pthread_create(
            &thread,
            attributes,
            { context in
                // What was passed below; it is never nil.
                guard let context else { return nil }
                Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body()
                return nil
            },
            box.toOpaque()
        )
        try #require(code == 0)
        #expect(pthread_join(thread, nil) == 0)
    }
}
