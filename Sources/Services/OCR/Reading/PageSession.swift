internal import DeviceClient
internal import DeviceProtocol
internal import MediaClient
internal import OCRPipeline
internal import Pixels
internal import POSIX

/// One page on its way through the three graphs, while its ticket is granted.
///
/// Lines are read one by one, a few at a time: while the engine works on one, the helper cuts out
/// the next and the one before is decoded. Each line's input depends on nothing but its own shape,
/// so that results never depend on neighbours.
struct PageSession {
    let grant: Grant
    let model: String
    let picture: MediaImage
    let buffers: BufferPool

    /// Lines on their way at once: one in the engine, one before it and one after.
    private static let width = 3

    func read(
        _ input: SharedBuffer,
        _ plan: DetectionPlan,
        _ options: ReadingOptions,
        _ times: inout ReadingTimes
    ) async throws -> PageReading {
        let started = MonotonicTime.now
        let found = try await detect(input, plan, options, &times)
        let detected = MonotonicTime.now
        times.detection = detected - started
        let quads = found.regions.map(\.quad.uprightForReading)
        guard options.recognizes else {
            let texts = found.regions.map {
                RecognizedText(text: "", confidence: Double($0.score))
            }
            return page(found, texts, turned: [], options)
        }
        let turned = options.turns ? try await upsideDown(quads, &times) : []
        let upright = quads.indices.map {
            turned.contains($0) ? quads[$0].turnedByHalf : quads[$0]
        }
        let texts = try await recognize(upright, &times)
        times.recognition = .now - detected
        return page(found, texts, turned: turned, options)
    }

    // MARK: The three graphs

    private func detect(
        _ input: SharedBuffer,
        _ plan: DetectionPlan,
        _ options: ReadingOptions,
        _ times: inout ReadingTimes
    ) async throws -> DetectionResult {
        let count = plan.networkWidth * plan.networkHeight
        let shape = [1, 3, plan.networkHeight, plan.networkWidth]
        let graph = try await port("detection")
        let room = try buffers.take(count * 4)
        let result = try await grant.infer(
            "detection",
            of: model,
            inputs: [graph.input: InputTensor(type: .f32, shape: shape, buffer: input)],
            outputs: [graph.output: OutputRoom(buffer: room)]
        )
        times.device += result.deviceTime
        let found = try room.withFloats(count) { map throws(PipelineError) in
            try DBPostProcessor(options.detection).regions(map: map, plan: plan)
        }
        buffers.giveBack(room)
        guard found.invalid == 0 else {
            throw DeviceError(.inferenceFailed, "the detection graph answered no numbers")
        }
        return found
    }

    /// Which lines stand on their head.
    private func upsideDown(
        _ quads: [TextQuad],
        _ times: inout ReadingTimes
    ) async throws -> Set<Int> {
        let graph = try await port("direction")
        let answers = try await inOrder(quads.count) { index in
            let content = DirectionPlan(quads[index]).contentWidth
            let spec = CropSpec(
                quads[index],
                width: DirectionPlan.width,
                contentWidth: content
            )
            return try await run("direction", graph, spec, classes: 2) { values, _ in
                DirectionPlan.shouldTurn(upright: values[0], upsideDown: values[1])
            }
        }
        times.device += answers.reduce(.zero) { $0 + $1.deviceTime }
        return Set(answers.indices.filter { answers[$0].value })
    }

    private func recognize(
        _ quads: [TextQuad],
        _ times: inout ReadingTimes
    ) async throws -> [RecognizedText] {
        let graph = try await port("recognition")
        let characters = try await characters()
        let decoder = CTCDecoder(characters: characters)
        let classes = characters.count
        let plan = RecognitionPlan(quads)
        let lines = plan.batches.flatMap { batch in batch.items.map { (batch.width, $0) } }
        let answers = try await inOrder(lines.count) { index in
            let (width, line) = lines[index]
            let spec = CropSpec(line.quad, width: width, contentWidth: line.contentWidth)
            return try await run("recognition", graph, spec, classes: classes) { values, steps in
                try decoder.decode(probabilities: values, steps: steps, classes: classes)[0]
            }
        }
        times.device += answers.reduce(.zero) { $0 + $1.deviceTime }
        var texts = quads.map { _ in RecognizedText(text: "", confidence: 0) }
        for (line, answer) in zip(lines, answers) { texts[line.1.index] = answer.value }
        return texts
    }

    // MARK: One line

    private struct Answer<Value: Sendable>: Sendable {
        let value: Value
        let deviceTime: Duration
    }

    /// Cuts a line out, runs a graph on it and reads the output `[1, steps, classes]` or
    /// `[1, classes]`.
    private func run<Value: Sendable>(
        _ name: String,
        _ graph: (input: String, output: String),
        _ spec: CropSpec,
        classes: Int,
        _ read: (Span<Float>, Int) throws -> Value
    ) async throws -> Answer<Value> {
        let input = try buffers.take(spec.byteCount)
        // One step for every eight columns; the graph rounds up.
        let steps = classes == 2 ? 1 : (spec.width + 7) / 8
        let room = try buffers.take(steps * classes * 4)
        try await picture.crops(spec, into: input)
        let shape = [1, 3, spec.height, spec.width]
        let result = try await grant.infer(
            name,
            of: model,
            inputs: [graph.input: InputTensor(type: .f32, shape: shape, buffer: input)],
            outputs: [graph.output: OutputRoom(buffer: room)]
        )
        guard let output = result.outputs[graph.output], output.shape.last == classes,
            output.byteCount <= room.count
        else {
            throw DeviceError(.inferenceFailed, "the \(name) graph answered another shape")
        }
        let value = try room.withFloats(output.count) { try read($0, output.count / classes) }
        // Only now does nobody write to them any more; after a failure they are dropped instead.
        buffers.giveBack(input)
        buffers.giveBack(room)
        return Answer(value: value, deviceTime: result.deviceTime)
    }

    /// Does work for every index, a few at a time, and returns the results in order.
    private func inOrder<Value: Sendable>(
        _ count: Int,
        _ work: @escaping @Sendable (Int) async throws -> Value
    ) async throws -> [Value] {
        var results = [Value?](repeating: nil, count: count)
        try await withThrowingTaskGroup(of: (Int, Value).self) { group in
            for index in 0..<count {
                if index >= Self.width, let (done, value) = try await group.next() {
                    results[done] = value
                }
                group.addTask { (index, try await work(index)) }
            }
            while let (done, value) = try await group.next() { results[done] = value }
        }
        return results.compactMap { $0 }
    }

    // MARK: What the engine says of its graphs

    private func port(_ graph: String) async throws -> (input: String, output: String) {
        let graphs = try await grant.engine(model).describe()
        guard let input = graphs[graph]?.inputs.first, let output = graphs[graph]?.outputs.first
        else { throw DeviceError(.unknownGraph, "'\(model)' has no graph '\(graph)'") }
        return (input.name, output.name)
    }

    private func characters() async throws -> CharacterTable {
        let graphs = try await grant.engine(model).describe()
        guard let list = graphs["recognition"]?.metadata["character"] else {
            throw DeviceError(.unknownGraph, "'\(model)' has no list of characters")
        }
        return try CharacterTable(list: list)
    }

    // MARK: The result

    private func page(
        _ found: DetectionResult,
        _ texts: [RecognizedText],
        turned: Set<Int>,
        _ options: ReadingOptions
    ) -> PageReading {
        let kept = texts.indices.filter { index in
            !options.recognizes
                || (!texts[index].text.isEmpty
                    && texts[index].confidence >= options.recognitionThreshold)
        }
        let quads = kept.map { found.regions[$0].quad }
        let order = ReadingOrder(quads)
        var regions: [ReadRegion] = []
        for (line, row) in order.rows.enumerated() {
            for position in row {
                let index = kept[position]
                regions.append(
                    ReadRegion(
                        text: texts[index].text,
                        confidence: texts[index].confidence,
                        polygon: quads[position].corners.map(PagePoint.init),
                        box: quads[position].boundingBox.corners.map(PagePoint.init),
                        isTurned: turned.contains(index),
                        line: line
                    )
                )
            }
        }
        return PageReading(
            width: picture.width,
            height: picture.height,
            regions: regions,
            lines: options.recognizes ? order.lines(of: kept.map { texts[$0].text }) : [],
            isTruncated: found.isTruncated
        )
    }
}

extension CropSpec {
    /// One line as the only item of a batch; the rest of its width is zero after normalisation.
    init(_ quad: TextQuad, width: Int, contentWidth: Int) {
        self.init(
            width: width,
            height: RecognitionSettings.height,
            crops: [Crop(quad: quad.corners.flatMap { [$0.x, $0.y] }, width: contentWidth)],
            normalisation: .textGraphs(fill: 127.5)
        )
    }
}

extension SharedBuffer {
    /// Lends the buffer's start as numbers.
    ///
    /// - Precondition: The buffer has `count` numbers.
    func withFloats<Result, Failure: Error>(
        _ count: Int,
        _ body: (Span<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let bytes = unsafe memory.bytes
        precondition(count * 4 <= bytes.count, "the buffer has that many numbers")
        let numbers = unsafe UnsafeBufferPointer(
            start: bytes.baseAddress?.assumingMemoryBound(to: Float.self),
            count: count
        )
        return try body(unsafe numbers.span)
    }
}
