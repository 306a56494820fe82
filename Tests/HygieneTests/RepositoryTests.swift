import Testing

/// The repository keeps its own rules; each broken one is reported with its file and line.
struct RepositoryTests {
    private let repository = Repository.current

    @Test func isReadFromItsRoot() {
        #expect(repository.file("Package.swift") != nil)
        #expect(repository.file("Tests/HygieneTests/RepositoryTests.swift") != nil)
    }

    @Test func importsNothingForbidden() {
        report(repository.files.flatMap(ImportRules.forbiddenImports))
    }

    @Test func importsOnlyDownwards() throws {
        let manifest = Manifest(try #require(repository.file("Package.swift")))
        #expect(!manifest.targets.isEmpty)
        #expect(LayerRules.misplacedTargets(in: manifest) == [])
        report(repository.files.flatMap { LayerRules.violations(in: $0, of: manifest) })
    }

    @Test func keepsFilesShort() {
        report(repository.files.flatMap { TextRules.tooLong($0) + TextRules.tooLongReadme($0) })
    }

    @Test func leavesNothingOpen() {
        report(repository.files.flatMap(TextRules.openEnds))
    }

    @Test func namesNoPathOfOneMachine() {
        report(repository.files.flatMap(TextRules.privatePaths))
    }

    @Test func explainsWhatTheCompilerCannotCheck() {
        report(repository.files.flatMap(JustificationRules.unexplained))
    }

    @Test func stopsShellScriptsAtTheFirstFailure() {
        report(repository.files.flatMap(TextRules.unsafeShell))
    }

    @Test func documentsEveryEnvironmentVariable() throws {
        let document = try #require(repository.file(EnvironmentRules.document))
        report(
            repository.files.flatMap { EnvironmentRules.undocumented(in: $0, document: document) }
        )
        report(EnvironmentRules.unused(in: document, users: repository.files))
    }

    @Test func documentsEveryMetricAndShowsNoOther() throws {
        let document = try #require(repository.file(MetricRules.document))
        let dashboard = try #require(repository.file(MetricRules.dashboard))
        let known = Set(repository.files.flatMap(MetricRules.registered).map(\.name))
        #expect(known.count > 5)
        report(repository.files.flatMap { MetricRules.undocumented(in: $0, document: document) })
        report([document, dashboard].flatMap { MetricRules.unknown(in: $0, known: known) })
    }

    @Test func linksOnlyToWhatIsThere() {
        report(repository.files.flatMap { LinkRules.broken(in: $0, exists: repository.exists) })
    }

    private func report(_ violations: [Violation]) {
        for violation in violations { Issue.record("\(violation)") }
    }
}
