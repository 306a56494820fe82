import JSON
import Modelfile
import POSIX
import TestKit
import Testing

@testable import ModelCommands

@Suite struct CreateTests {
    private func recipe(_ text: String) throws -> ModelRecipe {
        try ModelRecipe(Modelfile(parsing: Array(text.utf8)))
    }

    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = TemporaryFolder()
        try withExtendedLifetime(folder) { try body(folder.path) }
    }

    @Test func namesOfModelsAndFilesAreToldApart() throws {
        try inFolder { folder in
            try Files.replace("\(folder)/a.gguf", with: [1])
            try Files.replace("\(folder)/lora.gguf", with: [2])
            let recipe = try recipe("FROM a.gguf\nADAPTER ./lora.gguf\nSYSTEM hi")
            let sources = try ModelSources(recipe, folder: folder, home: nil)
            #expect(sources.model == nil)
            #expect(sources.all == ["\(folder)/a.gguf", "\(folder)/./lora.gguf"])
            let named = try ModelSources(self.recipe("FROM llama3.2"), folder: folder, home: nil)
            #expect(named.model == "llama3.2")
            #expect(named.all.isEmpty)
        }
    }

    @Test(arguments: [
        "FROM ./missing.gguf", "FROM missing.gguf", "FROM /nowhere/x", "FROM ~/x",
        "FROM a\nFROM b", "FROM a\nADAPTER b",
    ])
    func whatIsNotThereIsNamed(_ text: String) throws {
        let recipe = try recipe(text)
        #expect(throws: VerbError.self) {
            try ModelSources(recipe, folder: "/tmp/nothing-is-here", home: "/tmp/nothing")
        }
    }

    @Test func foldersGiveTheirWeights() throws {
        try inFolder { folder in
            for name in ["model-1.safetensors", "config.json", "tokenizer.model", "readme.md"] {
                try Files.replace("\(folder)/\(name)", with: [1])
            }
            let recipe = try recipe("FROM \(folder)")
            let sources = try ModelSources(recipe, folder: "/", home: nil)
            let names = ["model-1.safetensors", "config.json", "tokenizer.model"]
            #expect(sources.files == names.map { "\(folder)/\($0)" })
            try Files.replace("\(folder)/w.gguf", with: [1])
            #expect(try ModelSources(recipe, folder: "/", home: nil).files == ["\(folder)/w.gguf"])
        }
    }

    @Test func theRequestSaysWhatTheModelfileSays() throws {
        try inFolder { folder in
            try Files.replace("\(folder)/a.gguf", with: [1])
            let text = """
                FROM ./a.gguf
                PARAMETER temperature 0.5
                PARAMETER stop x
                SYSTEM be short
                LICENSE MIT
                MESSAGE user hi
                """
            let recipe = try recipe(text)
            let sources = try ModelSources(recipe, folder: folder, home: nil)
            let body = try CreateBody.json(
                "mine",
                recipe,
                sources,
                digests: ["\(folder)/./a.gguf": "sha256:0"],
                quantization: "q4_K_M"
            )
            #expect(
                body == [
                    "model": "mine", "files": ["a.gguf": "sha256:0"], "system": "be short",
                    "license": ["MIT"], "parameters": ["temperature": 0.5, "stop": ["x"]],
                    "messages": [["role": "user", "content": "hi"]], "quantize": "q4_K_M",
                ]
            )
        }
    }

    @Test func digestsAreThoseOfTheContent() throws {
        try inFolder { folder in
            try Files.replace("\(folder)/x", with: Array("abc".utf8))
            var seen = 0
            let found = try FileDigest.of("\(folder)/x") { seen = $0 }
            let digits = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            #expect(found.digest == "sha256:\(digits)")
            #expect(found.bytes == 3 && seen == 3)
        }
    }
}
