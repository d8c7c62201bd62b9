internal import COneDNN
internal import Networks

/// An activation in oneDNN's terms; `nil` for those it lacks.
struct Eltwise {
  let algorithm: dnnl_alg_kind_t
  var alpha: Float = 0
  var beta: Float = 0
  /// The variant whose derivative is a function of the output, so that the input need not be kept.
  var fromOutput: dnnl_alg_kind_t?

  init?(_ activation: Activation) {
    switch activation {
    case .relu:
      (algorithm, fromOutput) = (dnnl_eltwise_relu, dnnl_eltwise_relu_use_dst_for_bwd)
    case .relu6:
      (algorithm, beta, fromOutput) = (dnnl_eltwise_clip_v2, 6, dnnl_eltwise_clip_v2_use_dst_for_bwd)
    case .leakyReLU(let slope):
      (algorithm, alpha) = (dnnl_eltwise_relu, slope)
      // With a slope of 0 or less the sign of the output no longer tells that of the input.
      fromOutput = slope > 0 ? dnnl_eltwise_relu_use_dst_for_bwd : nil
    case .elu(let scale):
      (algorithm, alpha) = (dnnl_eltwise_elu, scale)
      fromOutput = scale > 0 ? dnnl_eltwise_elu_use_dst_for_bwd : nil
    case .gelu(let approximate):
      algorithm = approximate ? dnnl_eltwise_gelu_tanh : dnnl_eltwise_gelu_erf
    case .silu: (algorithm, alpha) = (dnnl_eltwise_swish, 1)
    case .hardSwish: algorithm = dnnl_eltwise_hardswish
    case .sigmoid: (algorithm, fromOutput) = (dnnl_eltwise_logistic, dnnl_eltwise_logistic_use_dst_for_bwd)
    case .tanh: (algorithm, fromOutput) = (dnnl_eltwise_tanh, dnnl_eltwise_tanh_use_dst_for_bwd)
    case .softplus: algorithm = dnnl_eltwise_soft_relu
    case .selu, .hardSigmoid: return nil
    }
  }
}
