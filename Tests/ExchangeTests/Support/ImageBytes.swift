import CZlib
import Foundation

/// What the pixels of a PNG file are, by the format's numbers.
enum PNGColor: UInt8 {
  case grey = 0
  case rgb = 2
  case palette = 3
  case greyAlpha = 4
  case rgbAlpha = 6
}

/// A chunk of a PNG file.
func pngChunk(_ kind: String, _ content: [UInt8]) -> [UInt8] {
  let bytes = Array(kind.utf8) + content
  return bigEndian(UInt32(content.count)) + bytes
    + bigEndian(UInt32(truncatingIfNeeded: crc32(0, bytes, UInt32(bytes.count))))
}

/// A PNG file. `rows` are the packed bytes of each row; `chunks` come before the pixels.
func png(
  _ width: Int, _ height: Int, _ color: PNGColor = .grey, bits: UInt8 = 8, rows: [[UInt8]], chunks: [UInt8] = []
) -> [UInt8] {
  let bytes: [UInt8] = rows.flatMap { row in [UInt8(0)] + row }
  var size = compressBound(UInt(bytes.count))
  var data = [UInt8](repeating: 0, count: Int(size))
  compress2(&data, &size, bytes, UInt(bytes.count), 9)
  let header = bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [bits, color.rawValue, 0, 0, 0]
  return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + pngChunk("IHDR", header) + chunks
    + pngChunk("IDAT", Array(data.prefix(Int(size)))) + pngChunk("IEND", [])
}

/// A grey PNG file of one value.
func greyPNG(_ value: UInt8, width: Int = 2, height: Int = 2) -> [UInt8] {
  png(width, height, rows: Array(repeating: Array(repeating: value, count: width), count: height))
}

private func bigEndian(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }

/// JPEG files of 3×2 pixels that Pillow 13 wrote (`Image.save(file, "JPEG", optimize=True)`), and what it reads from them.
enum SampleJPEG {
  static let color = decoded(
    """
    /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYU
    GBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBT/wAARCAACAAMD
    ASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAH/xAAfEAEAAQQBBQAAAAAAAAAAAAABAgADBQYEERIhMUH/xAAVAQEBAAAAAAAAAAAAAAAA
    AAAFB//EAB0RAAECBwAAAAAAAAAAAAAAAAABAgMEBTE1c7L/2gAMAwEAAhEDEQA/ALuGqYS9s2QbmH4E2N3sGXFg9IxCMQ8egAD4BSlKslAxEnrh
    8oBtsh//2Q==
    """)
  /// Row by row.
  static let colorPixels: [[UInt8]] = [
    [69, 113, 18], [134, 178, 83], [40, 49, 142], [157, 201, 106], [130, 174, 79], [104, 113, 206],
  ]
  static let progressive = decoded(
    """
    /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBk
    eFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wgARCAACAAMD
    ASIAAhEBAxEB/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABUBAQEAAAAAAAAAAAAAAAAAAAIE/9oADAMBAAIQAxAAAAEKR//EABYQAQEBAAAAAAAA
    AAAAAAAAAAECEv/aAAgBAQABBQKg1//EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQMBAT8Bf//EABcRAAMBAAAAAAAAAAAAAAAAAAABAjL/2gAI
    AQIBAT8BjKP/xAAVEAEBAAAAAAAAAAAAAAAAAAAAMf/aAAgBAQAGPwKP/8QAFxAAAwEAAAAAAAAAAAAAAAAAABEhkf/aAAgBAQABPyFtGH//2gAM
    AwEAAgADAAAAEAf/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oACAEDAQE/EH//xAAWEQADAAAAAAAAAAAAAAAAAAAAAaH/2gAIAQIBAT8QmR//xAAY
    EAACAwAAAAAAAAAAAAAAAAABEQAhMf/aAAgBAQABPxA5p7WJ/9k=
    """)
  static let progressivePixels: [[UInt8]] = [
    [105, 141, 51], [87, 123, 33], [62, 70, 155], [160, 196, 106], [142, 178, 88], [119, 127, 212],
  ]
  static let grey = decoded(
    """
    /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYU
    GBIUFRT/wAALCAACAAMBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAf/EAB8QAQABBAEFAAAAAAAAAAAAAAECAwQFBgAREiExQf/aAAgBAQAAPwB3
    DVMJW2bINTD2E2NXsGVrB6RiEYh49AAHwDn/2Q==
    """)
  static let greyPixels: [UInt8] = [89, 154, 57, 177, 150, 121]
  static let cmyk = decoded(
    """
    /9j/7gAOQWRvYmUAZAAAAAAA/9sAQwBQNzxGPDJQRkFGWlVQX3jIgnhubnj1r7mRyP//////////////////////////////////////////////
    /////8AAFAgAAgADBEMRAE0RAFkRAEsRAP/EABYAAQEBAAAAAAAAAAAAAAAAAAEABP/EABsQAQEAAgMBAAAAAAAAAAAAAAECABIRIZGx/9oADgRD
    AE0AWQBLAAA/ADUWlBdn7jczu9HmUqRIKHBm3P/Z
    """)

  private static func decoded(_ text: String) -> [UInt8] {
    Data(base64Encoded: text, options: .ignoreUnknownCharacters).map { Array($0) } ?? []
  }
}
