package import ModelFiles

/// What is worth keeping of a GGUF file's description: little, whatever the file's size.
package struct GGUFFacts: Sendable, Hashable {
    /// The kind of network: "llama", "clip".
    package let architecture: String?
    /// The model's name.
    package let name: String?
    /// How most weights are stored: "Q4_K_M"; nil when the file does not say, or nobody knows.
    package let quantization: String?
    /// How many numbers all tensors have together.
    package let parameterCount: Int
    /// The context that the model was trained for, in tokens.
    package let contextLength: Int?
    /// Numbers that stand for one token between the layers.
    package let embeddingLength: Int?
    /// How it pools what it makes of each token; nil for models that write.
    package let poolingType: Int?
    /// Layers for pictures inside the same file.
    package let visionBlockCount: Int?
    /// Layers for sound inside the same file.
    package let audioBlockCount: Int?
    /// Whether it is no model but what turns pictures or sound into what one reads.
    package let isProjector: Bool
    /// Whether a projector takes pictures.
    package let takesPictures: Bool
    /// Whether a projector takes sound.
    package let takesSound: Bool
    /// Which part of a split file it is, counted from 0; nil for a whole file.
    package let part: Int?
    /// How many parts a split file has.
    package let partCount: Int?
    /// What its Jinja template shows; nil when it has none.
    package let jinja: JinjaTraits?
    /// Why plain llama.cpp does not load it, or not rightly.
    package let obstacles: [EngineObstacle]

    /// Takes what is there.
    ///
    /// - Parameter file: The file's description.
    package init(_ file: GGUFDescription) {
        let header = file.header
        func isTrue(_ key: String) -> Bool { header.entries[key]?.value.isTrue ?? false }
        architecture = header.architecture
        name = header.name
        quantization = header.fileType.flatMap(GGUFFileType.name)
        parameterCount = file.parameterCount
        contextLength = header.contextLength
        embeddingLength = header.embeddingLength
        poolingType = header.poolingType
        visionBlockCount = header.entry("vision.block_count")?.value.count
        audioBlockCount = header.entry("audio.block_count")?.value.count
        isProjector = header.architecture == "clip" || header.type == "mmproj"
        let hasSound = isTrue("clip.has_audio_encoder")
        let hasPictures = isTrue("clip.has_vision_encoder")
        // Projectors of before there was sound need not say what they take.
        takesPictures = isProjector && (hasPictures || !hasSound)
        let soundType = header.entries["clip.audio.projector_type"]?.value.text
        let pictureType = header.entries["clip.vision.projector_type"]?.value.text
        // llama.cpp has no code for the sound of these, only a name.
        let isMute = soundType == "gemma3na" || pictureType == "gemma3nv"
        takesSound = isProjector && hasSound && !isMute
        part = header.part
        partCount = header.partCount
        jinja = header.chatTemplate.map { JinjaTraits($0) }
        obstacles = EngineObstacle.all(in: file)
    }

    /// Whether the model makes vectors of texts, and does not write.
    package var isEmbedding: Bool { poolingType != nil }
    /// Whether it was made to say how well texts answer a question: llama.cpp's pooling type "rank".
    package var ranks: Bool { poolingType == 4 }
}
