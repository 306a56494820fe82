import Testing

/// Rules about whole files, several files or the manifest find what is planted.
struct PlantedFileTests {
    @Test func findsFilesThatAreTooLong() {
        let lines = String(repeating: "a\n", count: TextRules.longest)
        #expect(TextRules.tooLong(SourceFile(path: "a.swift", text: lines)) == [])
        let longer = SourceFile(path: "a.swift", text: lines + "a\n")
        #expect(TextRules.tooLong(longer).map(\.line) == [TextRules.longest + 1])
        let table = SourceFile(path: "a.swift", text: "// Table: primes.\n" + lines)
        #expect(TextRules.tooLong(table) == [])
    }

    @Test func findsALongReadme() {
        let lines = String(repeating: "a\n", count: TextRules.longestReadme)
        #expect(TextRules.tooLongReadme(SourceFile(path: "README.md", text: lines)) == [])
        let longer = SourceFile(path: "README.md", text: lines + "a")
        #expect(TextRules.tooLongReadme(longer).count == 1)
    }

    @Test(arguments: ["#!/usr/bin/env bash\n", "#!/bin/sh\n", "# shellcheck shell=bash\n"])
    func findsShellScriptsThatGoOnAfterAFailure(start: String) {
        #expect(TextRules.unsafeShell(SourceFile(path: "a", text: start)).count == 1)
        let safe = SourceFile(path: "a", text: start + "set -euo pipefail\n")
        #expect(TextRules.unsafeShell(safe) == [])
    }

    @Test func findsVariablesWithoutDocumentation() {
        let document = SourceFile(path: EnvironmentRules.document, text: "`BATON_KNOWN`\n")
        let user = SourceFile(path: "Sources/a.swift", text: "\"BATON_KNOWN\"\n\"BATON_NEW\"\n")
        let found = EnvironmentRules.undocumented(in: user, document: document)
        #expect(found.map(\.line) == [2])
        let header = SourceFile(path: "Sources/a.h", text: "#ifndef BATON_A_H\n")
        #expect(EnvironmentRules.undocumented(in: header, document: document) == [])
    }

    @Test func findsDocumentedVariablesThatNothingReads() {
        let text = "`BATON_KNOWN`\n`BATON_GONE`\n"
        let document = SourceFile(path: EnvironmentRules.document, text: text)
        let user = SourceFile(path: "Scripts/a", text: "echo \"$BATON_KNOWN\"\n")
        #expect(EnvironmentRules.unused(in: document, users: [user]).map(\.line) == [2])
    }

    @Test func stripsCommentsAndLiteralsFromCode() {
        let text = """
            let a = "x \\" y" + b // c
            /* d /* e */ f */ let g = #"h " i"#
            let j = \"""
                k " l
                \""" + m
            """
        let file = SourceFile(path: "a.swift", text: text)
        #expect(CodeText.lines(of: file) == ["let a =  + b ", " let g = ", "let j = ", "", " + m"])
    }
}

/// Rules about layers, against a small manifest.
struct PlantedLayerTests {
    private let manifest = Manifest(
        SourceFile(
            path: "Package.swift",
            text: """
                // Layer 0: C.
                .target(name: "CLow"),
                .systemLibrary(name: "CVips", pkgConfig: "vips"),
                // Layer 1: general.
                .strict(.library, name: "General", needs: "CLow"),
                // Layer 2: domain.
                .house(
                    .library,
                    name: "CLIP",
                    needs: "General",
                    path: "Sources/Services/CLIP"
                ),
                .house(.library, name: "DeviceManager"),
                // Layer 3: programs.
                .house(.program, name: "program", path: "Sources/Engines/program"),
                // Tests.
                .house(.suite, name: "GeneralTests"),
                """
        )
    )

    private func violations(_ path: String, _ text: String) -> [Violation] {
        LayerRules.violations(in: SourceFile(path: path, text: text), of: manifest)
    }

    @Test func readsTheManifest() {
        #expect(
            manifest.targets.map(\.name) == [
                "CLow", "CVips", "General", "CLIP", "DeviceManager", "program",
            ]
        )
        #expect(manifest.targets.map(\.layer) == [0, 0, 1, 2, 2, 3])
        #expect(manifest.targets.map(\.folder)[3] == "Sources/Services/CLIP")
        #expect(LayerRules.misplacedTargets(in: manifest) == [])
    }

    @Test func findsImportsThatGoUp() {
        #expect(
            violations("Sources/General/A.swift", "import CLow\nimport CLIP\n").map(\.line) == [2]
        )
        #expect(violations("Sources/Engines/program/A.swift", "import CLIP\nimport Glibc\n") == [])
    }

    @Test func findsWhatServicesAndTheDeviceManagerMustNotKnow() {
        #expect(violations("Sources/Services/CLIP/A.swift", "import DeviceManager\n").count == 1)
        #expect(violations("Sources/Services/CLIP/A.swift", "import CVips\n").count == 1)
        #expect(violations("Sources/DeviceManager/A.swift", "import HTTPService\n").count == 1)
        #expect(violations("Sources/DeviceManager/A.swift", "import General\n") == [])
    }

    @Test func findsSwiftInAShimAndFilesOfNoTarget() {
        #expect(violations("Sources/CLow/A.swift", "").count == 1)
        #expect(violations("Sources/CLow/a.c", "") == [])
        #expect(violations("Sources/Nowhere/A.swift", "").count == 1)
    }

    @Test func findsTargetsInAWrongLayer() {
        let text = "// Layer 1: general.\n.target(name: \"CWrong\"),\n"
        let wrong = Manifest(SourceFile(path: "Package.swift", text: text))
        #expect(LayerRules.misplacedTargets(in: wrong) == ["CWrong"])
    }
}
