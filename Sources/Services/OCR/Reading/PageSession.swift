internal import DeviceClient
internal import DeviceProtocol
internal import MediaClient
internal import OCRPipeline
internal import Pixels
internal import POSIX

/// One page on its way through the three graphs, while its ticket is granted.
struct PageSession {
    let grant: Grant
    let model: String
    let picture: MediaImage
    let buffers: BufferPool
    let decoders: DecoderCache

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
        var reader = LineReader(self, quads: quads, decoder: try await decoder())
        let (lines, deviceTime) = try await reader.read(turning: options.turns)
        times.recognition = .now - detected
        times.device += deviceTime
        return page(found, lines.texts, turned: lines.turned, options)
    }

    // MARK: Detection

    private func detect(
        _ input: SharedBuffer,
        _ plan: DetectionPlan,
        _ options: ReadingOptions,
        _ times: inout ReadingTimes
    ) async throws -> DetectionResult {
        let count = plan.networkWidth * plan.networkHeight
        let shape = [1, 3, plan.networkHeight, plan.networkWidth]
        let graph = try await graph("detection")
        let room = try buffers.take(count * 4)
        let result = try await grant.infer(
            graph.name,
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

    // MARK: What the engine says of its graphs

    /// A graph and the names of its only input and output.
    typealias Graph = (name: String, input: String, output: String)

    func graph(_ name: String) async throws -> Graph {
        let graphs = try await grant.engine(model).describe()
        guard let input = graphs[name]?.inputs.first, let output = graphs[name]?.outputs.first
        else { throw DeviceError(.unknownGraph, "'\(model)' has no graph '\(name)'") }
        return (name, input.name, output.name)
    }

    private func decoder() async throws -> CTCDecoder {
        let graphs = try await grant.engine(model).describe()
        guard let list = graphs["recognition"]?.metadata["character"] else {
            throw DeviceError(.unknownGraph, "'\(model)' has no list of characters")
        }
        return try decoders.decoder(for: list)
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
