import Compute
import Networks
import Testing

/// One example through a built-in architecture, by PyTorch in double precision.
///
/// The network has 7 classes. Parameters and image are the function of names below, which NumPy gives too. The gradient
/// is that of z₁ − 2z₂ + 3z₃ − … + 7z₇ at the image, at the seven places 3·side²·k/7 + 5; `gradientSize` is its largest
/// magnitude. The models were torchvision's 0.28 and 0.29 (`AlexNet` and `VGG` with their dense layers replaced by
/// narrow ones), timm's 1.0 at an eighth of its width, and the common PyTorch code of the CIFAR forms written anew.
struct TorchCase: Sendable, CustomTestStringConvertible {
  let name: String
  let side: Int
  let logits: [Double]
  let gradient: [Double]
  let gradientSize: Double
  var testDescription: String { "\(name) at \(side)" }

  init(_ name: String, side: Int, logits: [Double], gradient: [Double], gradientSize: Double) {
    self.name = name
    self.side = side
    self.logits = logits
    self.gradient = gradient
    self.gradientSize = gradientSize
  }

  static let all = [
    TorchCase(
      "alexnet:hidden=50", side: 224,
      logits: [1.192172, -0.2276533, 1.335889, -2.651086, -1.555633, -2.014803, 0.6013775],
      gradient: [0.005884345, 0.03289831, 0.003865242, -0.03200279, -0.0219375, 0.03211682, -0.0220409],
      gradientSize: 0.3923055),
    TorchCase(
      "alexnet:hidden=50", side: 128,
      logits: [0.8418646, 0.342167, 1.338732, -2.386458, -1.611472, -1.672519, 0.5912802],
      gradient: [0.009660897, 0.03225562, -0.07441193, -0.08414215, 0.1705588, 0.1467126, -0.07246103],
      gradientSize: 0.4880733),
    TorchCase(
      "vgg11:width=8,hidden=20", side: 32,
      logits: [0.2854413, 1.232851, 1.261635, -1.046499, -2.178799, -0.3718679, 0.5061429],
      gradient: [-0.0679126, -0.3935242, -0.3380434, 0.1461083, 0.026499, -0.2041461, -0.3644279],
      gradientSize: 1.370307),
    TorchCase(
      "vgg11:width=8,hidden=20", side: 96,
      logits: [0.1771377, 0.9593617, 0.7861437, 0.3401407, -0.8958372, -0.1507721, -0.08825319],
      gradient: [-0.04461045, -0.02997937, 0.1084772, -0.05031506, -0.1145001, -0.1313034, 0.0926063],
      gradientSize: 0.6195042),
    TorchCase(
      "vgg13-bn:width=8,hidden=20", side: 64,
      logits: [-1.669123, 4.015674, 1.863216, -2.240114, -2.246166, -1.604111, 1.539428],
      gradient: [0.03482078, 0.3929415, 0.07438787, 0.04352042, 0.0955486, 0.175735, 0.2300786],
      gradientSize: 0.8562661),
    TorchCase(
      "resnet18", side: 64, logits: [-1.16092, -15.44752, 1.564791, -2.756679, 10.25364, 15.12432, -11.39223],
      gradient: [-0.008403049, 0.233737, 0.05045861, 0.3032702, -0.3288542, -0.7858201, -0.1280505],
      gradientSize: 2.984492),
    TorchCase(
      "resnet50", side: 64, logits: [-156.8487, 68.00529, 2.943337, 414.2013, -285.0814, 548.8755, -27.13489],
      gradient: [14.90309, -16.97378, -2.049089, -35.33703, -8.653876, 18.64712, -0.5676927], gradientSize: 121.5827),
    TorchCase(
      "resnet18-cifar:width=16", side: 32,
      logits: [-12.64658, -5.56219, 1.72646, -6.700907, -2.43911, 8.117968, 6.43618],
      gradient: [-0.2637136, -0.4649124, -0.4754849, 1.107888, 0.04557444, -1.444482, -2.652269], gradientSize: 3.233076
    ),
    TorchCase(
      "resnet20-cifar", side: 32, logits: [15.33312, 23.08377, -9.30695, -21.28339, 1.79761, -6.403275, 7.409774],
      gradient: [0.0393732, 0.2462179, 0.4381947, -0.7898313, 0.6843646, 0.6045295, 0.5632496], gradientSize: 4.181621),
    TorchCase(
      "preact-resnet18-cifar:width=16", side: 32,
      logits: [-7.207675, -0.9478236, 2.247334, -3.251979, 1.255512, 5.938109, 6.521936],
      gradient: [-0.5707831, 1.310695, -0.004723433, -0.02378264, 0.4431648, 0.6347087, -0.248897],
      gradientSize: 3.488618),
    TorchCase(
      "wide-resnet-28-10:depth=16,widen=2", side: 32,
      logits: [-5.909409, -2.803046, -4.015441, -6.189825, -2.263886, -1.726757, -4.271468],
      gradient: [0.326441, 0.1426577, 0.4644154, -0.1099185, -0.1232118, 0.05263079, 0.3455672], gradientSize: 0.9125313
    ),
    TorchCase(
      "densenet121", side: 64,
      logits: [-1.951551, -0.9416943, -0.6409908, -0.9647156, -0.3306261, 0.3866986, 0.8651733],
      gradient: [0.0005217785, -0.0002858401, -0.00107011, -0.001847522, -0.01053139, -0.01420616, 0.01066923],
      gradientSize: 0.06312229),
    TorchCase(
      "densenet-cifar:depth=22", side: 32,
      logits: [-0.1777129, 0.744911, 0.1611552, 0.585331, -0.2446902, -1.334029, -0.03077179],
      gradient: [-0.0001447481, -0.007012439, -0.03471318, -0.0001347764, 0.001902547, 0.03091479, 0.02184731],
      gradientSize: 0.06322473),
    TorchCase(
      "mobilenet", side: 32, logits: [0.2909171, 0.1393224, 0.2245269, -0.1440675, 1.002218, -0.08598424, 0.09367076],
      gradient: [-0.04646676, -0.05600005, -0.02222044, 0.00611778, 0.04512731, 0.07981194, 0.04443962],
      gradientSize: 0.2306938),
    TorchCase(
      "efficientnet-b0", side: 64,
      logits: [-0.1631199, -0.09887851, 0.05714937, 0.2158683, -0.2397, 0.3601302, 0.01943427],
      gradient: [5.244687e-05, -1.477162e-05, 1.410341e-05, -5.682127e-05, 1.757689e-05, -6.904194e-05, -3.988811e-05],
      gradientSize: 0.0003118353),
    TorchCase(
      "convnext-tiny", side: 64,
      logits: [-0.9812169, 1.494922, 0.7748631, -0.185591, 0.4899899, 0.4528181, -0.3414389],
      gradient: [0.0404828, 0.007660604, 0.3064423, -0.1380621, 0.6522144, -0.2209974, -0.2494592],
      gradientSize: 0.8067082),
    TorchCase(
      "mobilenet-v3-small", side: 64,
      logits: [-0.05837481, -0.04162691, 0.01706899, 0.1074815, -0.04999047, 0.02350336, 0.1203985],
      gradient: [-0.0001621063, 0.0005224437, -0.003490284, 0.003656751, -0.001210889, 0.001514501, 0.004715215],
      gradientSize: 0.01975769),
    TorchCase(
      "mobilenet-v3-large", side: 64,
      logits: [-0.9832246, -7.640011, -4.098966, -4.608778, 19.5836, -15.23294, -6.910018],
      gradient: [-2.903022, -9.024348, 2.651596, 1.377802, 0.1140315, -0.8944579, 8.745024],
      gradientSize: 28.98462),
    TorchCase(
      "regnet-x-400mf", side: 64,
      logits: [1073.081, -1439.761, -201.5265, 491.8618, 193.14, 1047.691, -57.90499],
      gradient: [23.57184, -7.376217, 15.8437, 12.27217, -20.62478, -18.86609, -1.50211],
      gradientSize: 294.0092),
    TorchCase(
      "regnet-y-400mf", side: 64,
      logits: [2.525611, -9.899925, -6.346283, -0.4941657, 3.002816, 5.525897, 7.347487],
      gradient: [0.1614118, 0.644445, -0.001776161, -0.1475112, -0.1294282, -0.09964608, 0.02019869],
      gradientSize: 4.741274),
    TorchCase(
      "inception-resnet-v2:width=4", side: 75,
      logits: [-1.63327, -1.660109, -1.092669, -1.886618, -3.338358, -0.6942379, 2.369192],
      gradient: [0.003112088, 0.5516626, 0.2174923, -0.567583, -0.1940611, -0.008866591, 0.04535677],
      gradientSize: 2.52641),
    TorchCase(
      "convnext-small", side: 64,
      logits: [0.9062899, 1.950488, 1.334261, -1.391106, 1.220211, 0.7421406, -1.555245],
      gradient: [0.1276618, -0.3684752, 0.1028873, -0.1062377, 0.2616352, -0.2674716, -0.1631557],
      gradientSize: 0.8556494),
  ]
}

/// Numbers of [0, 1) that depend on a name alone: FNV-1a of the name, plus multiples of the golden ratio, mixed by the
/// last steps of MurmurHash3.
private func numbers(named name: String, count: Int) -> [Float] {
  let start = name.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
  return (0..<UInt32(count)).map { index in
    var hash = start &+ index &* 0x9E37_79B9
    hash = (hash ^ hash >> 16) &* 0x85EB_CA6B
    hash = (hash ^ hash >> 13) &* 0xC2B2_AE35
    return Float((hash ^ hash >> 16) >> 8) * 0x1p-24
  }
}

private func parameters(of network: Network) -> Parameters {
  var parameters = Parameters()
  for specification in network.parameterSpecifications {
    let (key, shape) = (specification.key, specification.shape)
    if case .affine(let payload)? = network.index(of: key.node).map({ network.nodes[$0].operation }),
      !payload.isTrainable
    {
      // A number in PyTorch's code.
      parameters.tensors[key] = Tensor(
        shape: shape, repeating: key.role == .scale ? payload.initialScale[0] : payload.initialShift[0])
      continue
    }
    let reach = (6 / (Double(shape.count) / Double(shape[0]))).squareRoot()
    let scalars = numbers(named: key.description, count: shape.count).map { number -> Float in
      switch key.role {
      case .weight: Float((2 * Double(number) - 1) * reach)
      case .scale, .variance: Float(0.75 + 0.5 * Double(number))
      case .bias, .shift, .mean, .slope: Float(0.1 * (2 * Double(number) - 1))
      }
    }
    parameters.tensors[key] = Tensor(shape: shape, scalars: scalars)
  }
  return parameters
}

@Suite struct ArchitecturesTests {
  /// Up to sixty layers in single precision, each adding a few ulps, 2⁻²⁴, of the largest magnitude, and sums that
  /// cancel in between: 1e-4 of the largest. A padding or an order of nodes that is wrong shows at 1e-2 and more.
  private static let tolerance = 1e-4

  /// A ReLU whose input is 0 up to rounding lets the gradient through or does not, as sums have one order or another. In
  /// fifty layers of `resnet50` there are such: with oneDNN's kernels for SSE 4.1 the gradient is that of double precision
  /// to 1e-4, with those for AVX and AVX2 it differs by up to 3e-3 of the largest, in two different ways.
  private static func gradientTolerance(_ item: TorchCase) -> Double { item.name == "resnet50" ? 5e-3 : tolerance }

  @Test(arguments: TorchCase.all) func agreesWithPyTorch(_ item: TorchCase) throws {
    let network = try Architectures.network(item.name, inputShape: [3, item.side, item.side], classCount: 7)
    let model = try CompiledModel(network: network, parameters: parameters(of: network))
    let count = network.inputShape.count
    let image = Tensor(shape: network.inputShape.batched(1), scalars: numbers(named: "images", count: count))
    let (logits, gradient) = try model.pullback(at: image) { _, _ in
      Tensor(shape: [1, 7], scalars: [1, -2, 3, -4, 5, -6, 7])
    }
    let size = item.logits.map(abs).max() ?? 0
    let worst = zip(logits.scalars, item.logits).map { abs(Double($0) - $1) }.max() ?? .infinity
    #expect(worst <= Self.tolerance * size, "logits differ by \(worst) of \(size)")
    let found = gradient.scalars.map(Double.init)
    let largest = found.map(abs).max() ?? 0
    let allowed = Self.gradientTolerance(item) * item.gradientSize
    #expect(abs(largest - item.gradientSize) <= allowed)
    for (k, expected) in item.gradient.enumerated() {
      let difference = abs(found[k * count / 7 + 5] - expected)
      #expect(difference <= allowed, "gradient differs by \(difference) of \(item.gradientSize)")
    }
  }
}
