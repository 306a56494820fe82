internal import OCRPipeline

/// How one image is read.
package struct ReadingOptions: Sendable, Hashable {
    /// The language of the text, for the answer; one recogniser reads them all.
    package var language = "en"
    /// Whether text is read, or only found.
    package var recognizes = true
    /// Whether lines that stand on their head are turned.
    package var turns = true
    /// How sure a pixel must be to belong to text, 0 to 1.
    package var detectionThreshold = 0.3
    /// How sure a region must be on average, 0 to 1.
    package var boxThreshold = 0.5
    /// How far regions are grown, as a multiple of area by perimeter.
    package var unclipRatio = 1.6
    /// How sure a text must be to be reported, 0 to 1.
    package var recognitionThreshold = 0.5

    /// The defaults.
    package init() {}

    /// Languages that the recogniser reads.
    package static let languages = ["en", "zh"]

    /// Whether the recogniser reads a language.
    ///
    /// - Parameter language: A code such as "en".
    package static func supports(language: String) -> Bool { languages.contains(language) }

    /// How regions are found in the detection map.
    var detection: DetectionSettings {
        DetectionSettings(
            threshold: Float(detectionThreshold),
            boxThreshold: Float(boxThreshold),
            unclipRatio: unclipRatio
        )
    }
}
