internal import COneDNN
internal import Networks

/// The arithmetic of the passes that compute gradients. Passes for logits alone, by which examples are judged, are
/// always direct.
public enum GradientArithmetic: String, CaseIterable, Sendable {
  /// Float32, and every convolution a plain sum: the arithmetic of passes for logits alone.
  case direct
  /// Float32, with Winograd's minimal filtering for 3×3, 4×4 and 5×5 convolutions over many channels: a quarter to a sixth of
  /// the multiplications, half of them for a stride of 2, and seven to twenty times the rounding (Lavin and Gray,
  /// arXiv 1509.09308).
  case winograd
  /// Products of bfloat16, with 8 significant bits, summed in float32; first layer and logits in float32.
  case bfloat16 = "bf16"

  /// Whether every layer of a network is computed directly.
  func isDirect(throughout network: Network) -> Bool {
    switch self {
    case .direct: true
    case .winograd:
      !network.nodes.indices.contains { WinogradConvolution($0, of: network) != nil }
    case .bfloat16: false
    }
  }

  /// Whether the processor supports it.
  public var isAvailable: Bool {
    switch self {
    case .direct, .winograd: true
    case .bfloat16:
      // oneDNN numbers instruction sets as bit masks: one that includes another has all of its bits.
      dnnl_get_effective_cpu_isa().rawValue & dnnl_cpu_isa_avx512_core_bf16.rawValue
        == dnnl_cpu_isa_avx512_core_bf16.rawValue
    }
  }
}
