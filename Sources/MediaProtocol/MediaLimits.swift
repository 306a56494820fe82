/// Bounds that both ends of the media protocol know.
package enum MediaLimits {
    /// Most pixels along one side of anything.
    package static let side = 65_535
    /// Most crops in one request.
    package static let crops = 4096
    /// Most pixels of a picture by default.
    package static let pixels = 50_000_000
    /// Most pictures that one helper keeps open.
    package static let pictures = 8
    /// Most bytes of open pictures in one helper, unless its command line says otherwise.
    package static let pictureBytes = 512 << 20
    /// The descriptor on which a helper finds its connection.
    package static let connection: Int32 = 3
}
