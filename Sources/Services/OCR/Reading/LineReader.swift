internal import DeviceClient
internal import DeviceProtocol
internal import MediaClient
internal import OCRPipeline
internal import Pixels
internal import POSIX

/// Reads the lines of a page, and looks again where a text is doubtful.
///
/// Every line is read once with the cheaper fit, and most texts are beyond doubt then. Of the others
/// the direction graph tells which stand on their head; these are turned and read again. What is
/// doubtful still is read with the finer fit. Once one line of a page stands on its head, the graph
/// is asked about all of them, as figures may read well both ways.
///
/// Lines go to the engine one by one, a few under way: while it works on one, the helper cuts out
/// the next and the one before is decoded. Each line's input depends on nothing but its own shape,
/// so that its text never depends on neighbours.
struct LineReader {
    private let page: PageSession
    private let quads: [TextQuad]
    private let decoder: CTCDecoder
    private var known: LineTexts
    private var deviceTime = Duration.zero

    /// Lines on their way at once: one in the engine, one before it and one after.
    private static let width = 3

    /// Prepares the reading of a page's lines.
    ///
    /// - Parameters:
    ///   - page: The page.
    ///   - quads: Its regions, as `TextQuad.uprightForReading` returns them.
    ///   - decoder: Reads the output of the page's recognition graph.
    init(_ page: PageSession, quads: [TextQuad], decoder: CTCDecoder) {
        self.page = page
        self.quads = quads
        self.decoder = decoder
        known = LineTexts(count: quads.count)
    }

    /// Reads all lines.
    ///
    /// - Parameter turning: Whether lines that stand on their head are turned.
    /// - Returns: What was read, and how long the engine worked.
    mutating func read(turning: Bool) async throws -> (LineTexts, Duration) {
        try await look(at: Array(quads.indices), .loose)
        if turning {
            var upsideDown = try await upsideDown(known.doubtful)
            if !upsideDown.isEmpty { upsideDown += try await self.upsideDown(known.certain) }
            try await look(at: upsideDown, turned: Set(upsideDown), .loose)
        }
        try await look(at: known.doubtful, turned: known.turned, .tight)
        return (known, deviceTime)
    }

    /// Reads lines and takes note of their texts; those without any area are passed over.
    private mutating func look(
        at indices: [Int],
        turned: Set<Int> = [],
        _ fit: LineFit
    ) async throws {
        let seen = quads.indices.map {
            turned.contains($0) ? quads[$0].turnedByHalf : quads[$0]
        }
        let lines = RecognitionPlan(seen, of: indices, fit: fit).lines
        let (page, decoder, classes) = (page, decoder, decoder.classes)
        let graph = try await page.graph("recognition")
        let texts = try await answers(to: lines) { line in
            let spec = CropSpec(line.quad, width: line.width, contentWidth: line.contentWidth)
            // One step for every eight columns; the graph rounds up.
            let steps = (line.width + 7) / 8
            return try await page.run(graph, on: spec, steps: steps, classes: classes) {
                try decoder.decode(probabilities: $0, steps: $1, classes: classes)[0]
            }
        }
        for (line, text) in zip(lines, texts) {
            known.note(text, of: line.index, turned: turned.contains(line.index))
        }
    }

    /// Those of the lines that stand on their head.
    private mutating func upsideDown(_ indices: [Int]) async throws -> [Int] {
        // A model without this graph reads what is beyond doubt.
        guard !indices.isEmpty else { return [] }
        let (page, quads) = (page, quads)
        let graph = try await page.graph("direction")
        let turns = try await answers(to: indices) { index in
            let spec = CropSpec(
                quads[index],
                width: DirectionPlan.width,
                contentWidth: DirectionPlan(quads[index]).contentWidth
            )
            return try await page.run(graph, on: spec, steps: 1, classes: 2) { values, _ in
                DirectionPlan.shouldTurn(upright: values[0], upsideDown: values[1])
            }
        }
        return zip(indices, turns).filter { $0.1 }.map { $0.0 }
    }

    /// Does work for every item, a few at a time, and returns the answers in order.
    private mutating func answers<Item: Sendable, Value: Sendable>(
        to items: [Item],
        _ work: @escaping @Sendable (Item) async throws -> PageSession.Answer<Value>
    ) async throws -> [Value] {
        var results = [PageSession.Answer<Value>?](repeating: nil, count: items.count)
        try await withThrowingTaskGroup(of: (Int, PageSession.Answer<Value>).self) { group in
            for (index, item) in items.enumerated() {
                if index >= Self.width, let (done, answer) = try await group.next() {
                    results[done] = answer
                }
                group.addTask { (index, try await work(item)) }
            }
            while let (done, answer) = try await group.next() { results[done] = answer }
        }
        let answers = results.compactMap { $0 }
        deviceTime += answers.reduce(.zero) { $0 + $1.deviceTime }
        return answers.map(\.value)
    }
}

extension PageSession {
    fileprivate struct Answer<Value: Sendable>: Sendable {
        let value: Value
        let deviceTime: Duration
    }

    /// Cuts a line out, runs a graph on it and reads the output `[1, steps, classes]` or
    /// `[1, classes]`.
    ///
    /// - Parameters:
    ///   - graph: The graph.
    ///   - spec: What is cut out.
    ///   - steps: Most steps that the output may have.
    ///   - classes: How many numbers a step has.
    ///   - read: Is given the output and the number of its steps, at least one.
    fileprivate func run<Value: Sendable>(
        _ graph: Graph,
        on spec: CropSpec,
        steps: Int,
        classes: Int,
        _ read: (Span<Float>, Int) throws -> Value
    ) async throws -> Answer<Value> {
        let input = try buffers.take(spec.byteCount)
        let room = try buffers.take(steps * classes * 4)
        try await picture.crops(spec, into: input)
        let shape = [1, 3, spec.height, spec.width]
        let result = try await grant.infer(
            graph.name,
            of: model,
            inputs: [graph.input: InputTensor(type: .f32, shape: shape, buffer: input)],
            outputs: [graph.output: OutputRoom(buffer: room)]
        )
        guard let output = result.outputs[graph.output], output.shape.last == classes,
            output.count > 0, output.byteCount <= room.count
        else {
            throw DeviceError(.inferenceFailed, "the \(graph.name) graph answered another shape")
        }
        let value = try room.withFloats(output.count) { try read($0, output.count / classes) }
        // Only now does nobody write to them any more; after a failure they are dropped instead.
        buffers.giveBack(input)
        buffers.giveBack(room)
        return Answer(value: value, deviceTime: result.deviceTime)
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
