/// How a model computes the passes that gradients come from. Logits alone, which judge every example, are always direct.
public enum GradientArithmetic: String, CaseIterable, Sendable {
  /// Float32, every convolution as the sum it is: what the logits are computed with.
  case direct
  /// Float32, with Winograd's minimal filtering where oneDNN has it, for 3×3 convolutions of stride 1: about half of the
  /// multiplications, and several times the rounding (Lavin and Gray, arXiv 1509.09308).
  case winograd
}
