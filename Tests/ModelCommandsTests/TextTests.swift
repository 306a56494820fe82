import CommandLine
import JSON
import Testing

@testable import ModelCommands

@Suite struct TextTests {
    private let plain = Terminal(isInteractive: false, width: 80, hasColours: false)
    private let now = 1_795_356_000

    @Test func listsModels() {
        let models: [JSONValue] = [
            [
                "name": "llama3.1:latest", "size": 4_700_000_000,
                "digest": "46e0c10c039e019119339687c3c1757cc81b9da49709a3b3924863ba87ca666e",
                "modified_at": "2026-11-19T14:00:00Z",
            ],
            ["name": "far:cloud", "remote_model": "x", "digest": "ab", "size": 380],
        ]
        #expect(
            ModelTables.list(models, now: now, for: plain) == """
                NAME               ID              SIZE      MODIFIED
                llama3.1:latest    46e0c10c039e    4.7 GB    3 days ago
                far:cloud          ab              -         Never

                """
        )
    }

    @Test func listsRunningModels() {
        let models: [JSONValue] = [
            [
                "name": "a:1b", "size": 6_500_000_000, "size_vram": 6_500_000_000,
                "digest": "0123456789abcdef",
                "context_length": 4096, "expires_at": "2026-11-22T14:04:59Z",
            ]
        ]
        #expect(
            ModelTables.running(models, now: now, for: plain) == """
                NAME    ID              SIZE      PROCESSOR    CONTEXT    UNTIL
                a:1b    0123456789ab    6.5 GB    100% GPU     4096       4 minutes from now

                """
        )
    }

    @Test(arguments: [
        (10, 0, "100% CPU"), (10, 10, "100% GPU"), (100, 52, "48%/52% CPU/GPU"),
        (0, 5, "Unknown"), (5, 6, "Unknown"),
    ])
    func namesProcessors(_ size: Int, _ onGPU: Int, _ text: String) {
        #expect(ModelTables.processor(size: size, onGPU: onGPU) == text)
    }

    @Test func showsAModel() {
        let model: JSONValue = [
            "license": "MIT License\n\n  Copyright\nmore", "system": "Be short.",
            "parameters": "stop                           \"<|end|>\"\ntemperature   0.7",
            "details": ["family": "llama", "parameter_size": "9B", "quantization_level": "Q4_K_M"],
            "model_info": [
                "general.architecture": "llama", "general.parameter_count": 8_030_261_248,
                "llama.context_length": 131_072, "llama.embedding_length": 4096,
                "tokens": ["a", "b", "c", "d", "e"],
            ],
            "capabilities": ["completion", "tools"],
            "tensors": [["name": "t", "type": "F16", "shape": [2, 3]]],
        ]
        let short = """
              Model
                architecture        llama
                parameters          8.0B
                context length      131072
                embedding length    4096
                quantization        Q4_K_M

              Capabilities
                completion
                tools

              Parameters
                stop           "<|end|>"
                temperature    0.7

              System
                Be short.

              License
                MIT License
                Copyright
                ...


            """
        #expect(ShowText.text(model, isVerbose: false) == short)
        let long = ShowText.text(model, isVerbose: true)
        #expect(long.contains("    tokens                     [a, b, c, ...+2 more]\n"), "\(long)")
        #expect(long.contains("  Tensors\n    t    F16    [2 3]\n"))
    }

    @Test func showsFigures() {
        let answer: JSONValue = [
            "total_duration": 4_935_886_791, "load_duration": 534_986_708, "prompt_eval_count": 26,
            "prompt_eval_duration": 130_000_000, "eval_count": 298, "eval_duration": 4_700_000_000,
        ]
        #expect(
            TimingLines.text(answer) == """
                total duration:       4.935886791s
                load duration:        534.986708ms
                prompt eval count:    26 token(s)
                prompt eval duration: 130ms
                prompt eval rate:     200.00 tokens/s
                eval count:           298 token(s)
                eval duration:        4.7s
                eval rate:            63.40 tokens/s

                """
        )
        #expect(TimingLines.text([:]).isEmpty)
    }

    @Test func thoughtsStandApart() {
        var text = AnswerText(terminal: plain, wraps: true, hidesThoughts: false)
        var output = text.write(thoughts: "hm", answer: "")
        output += text.write(thoughts: " so", answer: "")
        output += text.write(thoughts: "", answer: "Yes")
        output += text.finish()
        #expect(output == "Thinking...\nhm so\n...done thinking.\n\nYes\n")
    }

    @Test func thoughtsCanBeHiddenOrStopped() {
        var hidden = AnswerText(terminal: plain, wraps: true, hidesThoughts: true)
        #expect(hidden.write(thoughts: "hm", answer: "Yes\n") + hidden.finish() == "Yes\n")
        var stopped = AnswerText(terminal: plain, wraps: true, hidesThoughts: false)
        #expect(
            stopped.write(thoughts: "hm", answer: "") + stopped.finish()
                == "Thinking...\nhm\n...done thinking.\n\n"
        )
        var nothing = AnswerText(terminal: plain, wraps: true, hidesThoughts: false)
        #expect(nothing.finish().isEmpty)
    }

    @Test func thoughtsAreDimmedWhereThereAreColours() {
        let terminal = Terminal(isInteractive: true, width: 80, hasColours: true)
        var text = AnswerText(terminal: terminal, wraps: true, hidesThoughts: false)
        let output = text.write(thoughts: "hm", answer: "Yes")
        #expect(output == "\u{1B}[2mThinking...\nhm\n...done thinking.\u{1B}[0m\n\nYes")
    }
}
