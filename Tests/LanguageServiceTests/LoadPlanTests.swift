import JSON
import LanguagePipeline
import ModelStore
import Testing

@testable import LanguageService

/// How models are started: what is the same residency and what is another.
struct LoadPlanTests {
    private let store = DemoStore()

    private func model(_ name: String, parameters: String = "{}") throws -> LanguageModel {
        try store.model(name, parameters: parameters)
    }

    private func plan(
        _ model: LanguageModel,
        _ options: JSONObject = [:],
        for purpose: LoadPlan.Purpose = .text
    ) throws -> LoadPlan {
        LoadPlan(
            model,
            try GenerationOptions(options).falling(backTo: model.parameters),
            for: purpose,
            shifts: true,
            usual: LoadPlan.Usual()
        )
    }

    @Test func modelsOfOneFileShareAnEngine() throws {
        let (one, two) = (try model("aa"), try model("bbb"))
        #expect(try plan(one).fingerprint == plan(two).fingerprint)
        #expect(try plan(one, ["temperature": 1]).fingerprint == plan(two).fingerprint)
    }

    @Test func otherOptionsAreAnotherEngine() throws {
        let (usual, small) = (try model("aa"), try model("bbb", parameters: "{\"num_ctx\":512}"))
        #expect(try plan(usual).fingerprint != plan(small).fingerprint)
        #expect(try plan(small).context == 512)
        #expect(try plan(small, ["num_ctx": 256]).context == 256)
        #expect(try plan(usual).fingerprint != plan(usual, for: .embedding).fingerprint)
    }

    @Test func theContextIsNoLongerThanTheModelWasTrainedFor() throws {
        let model = try model("aa")
        #expect(try plan(model, ["num_ctx": 1_000_000]).context == 1024)
        #expect(try plan(model, ["num_ctx": -5]).context == 4)
    }

    @Test func namesEveryDefaultThatMatters() throws {
        let arguments = try plan(model("aa")).arguments
        for name in [
            "--host", "--offline", "--no-ui", "--fit", "--parallel", "--ctx-size", "--batch-size",
            "--ubatch-size", "--cache-ram", "--ctx-checkpoints", "--jinja", "--context-shift",
            "--no-kv-unified", "--no-cache-idle-slots", "--cache-type-k", "--cache-type-v",
        ] { #expect(arguments.contains(name), "\(name)") }
        #expect(
            arguments.firstIndex(of: "{socket}")
                == arguments.firstIndex(of: "--host").map { $0 + 1 }
        )
    }
}
