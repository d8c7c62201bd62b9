internal import Arguments
internal import Compute

/// With what precision the gradients of attacks are computed.
struct PrecisionOptions: OptionGroup {
  static let title = "Gradients"

  @Option(
    help: "Arithmetic of the attacks' gradients: bf16 is faster where the processor has it. Every example is judged in "
      + "float32 either way.")
  var precision: Precision = .float32

  func validate() throws {
    guard precision.arithmetic.isAvailable else {
      throw ValidationError("--precision: this processor has no bf16 arithmetic (AVX-512 BF16); use float32.")
    }
  }

  var arithmetic: GradientArithmetic { precision.arithmetic }
}

/// The number format of products.
enum Precision: String, CaseIterable, ArgumentValue, Codable {
  case float32
  case bf16

  /// Single precision leaves the engine the choice of the algorithm.
  var arithmetic: GradientArithmetic {
    switch self {
    case .float32: .winograd
    case .bf16: .bfloat16
    }
  }
}

extension Heading {
  /// Adds the precision of the gradients, where it is not single precision.
  mutating func add(_ precision: Precision) {
    if precision != .float32 { add("gradients", "\(precision), every example judged in float32") }
  }
}
