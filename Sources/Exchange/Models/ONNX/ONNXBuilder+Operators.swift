import Networks

extension ONNXBuilder {
  /// Makes the outputs of an operator.
  typealias Run = @Sendable (inout ONNXBuilder, ONNXNode) throws -> [ONNXValue]

  /// The operators on images that are read, by domain and type.
  static let operators: [String: [String: Run]] = [
    "": activations.merging(layers) { $1 }.merging(shapes) { $1 }.merging(arithmetic) { $1 },
    "ai.onnx.ml": ["Scaler": { builder, node in [try builder.scaler(node)] }],
  ]

  private static let activations: [String: Run] = [
    "Relu": { builder, node in [try builder.activation(node, .relu)] },
    "Sigmoid": { builder, node in [try builder.activation(node, .sigmoid)] },
    "Tanh": { builder, node in [try builder.activation(node, .tanh)] },
    "Softplus": { builder, node in [try builder.activation(node, .softplus)] },
    "HardSwish": { builder, node in [try builder.activation(node, .hardSwish)] },
    "LeakyRelu": { builder, node in
      [try builder.activation(node, .leakyReLU(slope: node.float("alpha", 0.01)))]
    },
    "Elu": { builder, node in [try builder.activation(node, .elu(alpha: node.float("alpha", 1)))] },
    "Celu": { builder, node in [try builder.celu(node)] },
    "Selu": { builder, node in [try builder.selu(node)] },
    "Swish": { builder, node in [try builder.swish(node)] },
    "HardSigmoid": { builder, node in [try builder.hardSigmoid(node)] },
    "Gelu": { builder, node in
      [try builder.activation(node, .gelu(approximate: node.text("approximate", "none") == "tanh"))]
    },
    "Clip": { builder, node in [try builder.clip(node)] },
    "PRelu": { builder, node in [try builder.parametricReLU(node)] },
    "Softmax": { builder, node in [try builder.softmax(node, .softmax)] },
    "LogSoftmax": { builder, node in [try builder.softmax(node, .logSoftmax)] },
  ]

  private static let layers: [String: Run] = [
    "Conv": { builder, node in [try builder.convolution(node)] },
    "ConvTranspose": { builder, node in [try builder.transposedConvolution(node)] },
    "Gemm": { builder, node in [try builder.gemm(node)] },
    "MatMul": { builder, node in [try builder.matrixProduct(node)] },
    "MaxPool": { builder, node in [try builder.pooling(node, .max)] },
    "AveragePool": { builder, node in
      [try builder.pooling(node, .average(countsPadding: node.integer("count_include_pad", 0) == 1))]
    },
    "GlobalMaxPool": { builder, node in [try builder.globalPooling(node, .max)] },
    "GlobalAveragePool": { builder, node in [try builder.globalPooling(node, .average)] },
    "BatchNormalization": { builder, node in [try builder.batchNormalization(node)] },
    "InstanceNormalization": { builder, node in [try builder.instanceNormalization(node)] },
    "GroupNormalization": { builder, node in [try builder.groupNormalization(node)] },
    "LayerNormalization": { builder, node in [try builder.layerNormalization(node)] },
    "Resize": { builder, node in [try builder.resize(node)] },
    "Upsample": { builder, node in [try builder.upsample(node)] },
    "Dropout": { builder, node in [try builder.dropout(node)] },
  ]

  private static let shapes: [String: Run] = [
    "Identity": { builder, node in [try builder.value(node, 0)] },
    "Cast": { builder, node in [try builder.cast(node)] },
    "CastLike": { builder, node in [try builder.castLike(node)] },
    "Flatten": { builder, node in [try builder.flatten(node)] },
    "Reshape": { builder, node in [try builder.reshape(node)] },
    "Squeeze": { builder, node in [try builder.squeeze(node)] },
    "Unsqueeze": { builder, node in [try builder.unsqueeze(node)] },
    "Transpose": { builder, node in [try builder.transpose(node)] },
    "Concat": { builder, node in [try builder.concatenate(node)] },
    "Slice": { builder, node in [try builder.slice(node)] },
    "Split": { builder, node in try builder.split(node) },
    "Gather": { builder, node in [try builder.gather(node)] },
    "Pad": { builder, node in [try builder.pad(node)] },
    "ReduceMean": { builder, node in [try builder.reduce(node, .average)] },
    "ReduceMax": { builder, node in [try builder.reduce(node, .max)] },
    "ReduceSum": { builder, node in [try builder.reduceSum(node)] },
  ]

  private static let arithmetic: [String: Run] = [
    "Add": { builder, node in [try builder.sum(node, signOfSecond: 1)] },
    "Sub": { builder, node in [try builder.sum(node, signOfSecond: -1)] },
    "Sum": { builder, node in [try builder.sumOfAll(node)] },
    "Mul": { builder, node in [try builder.product(node)] },
    "Div": { builder, node in [try builder.quotient(node)] },
    "Neg": { builder, node in [.tensor(try builder.affine(try builder.tensor(node), scale: -1, shift: 0, node))] },
    "Pow": { builder, node in [try builder.power(node)] },
    "Max": { builder, node in [try builder.bound(node, isUpper: false)] },
    "Min": { builder, node in [try builder.bound(node, isUpper: true)] },
    "Erf": { builder, node in [try builder.errorFunction(node)] },
    "Sqrt": { builder, node in [try builder.squareRoot(node)] },
    "Reciprocal": { builder, node in [try builder.reciprocal(node)] },
    "Greater": { builder, node in [try builder.comparison(node)] },
    "Where": { builder, node in [try builder.selection(node)] },
  ]
}
