#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

// Distances, scales and bounds may be infinite or NaN, which JSON cannot express: they are written as texts.

extension JSONEncoder {
  /// One that writes numbers that are not finite as `inf`, `-inf` and `nan`.
  package static func keepingNonFiniteNumbers() -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return encoder
  }
}

extension JSONDecoder {
  /// One that reads what such an encoder writes.
  package static func keepingNonFiniteNumbers() -> JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return decoder
  }
}
