import Networks

/// A network made from a classifier that propagates one linear function of its logits back to the images, by CROWN's
/// relaxations of ReLUs: its output is the minimum of the resulting linear bound over a box.
///
///     input [1, 1, T]:   c [K],  then for every node of n neurons that a ReLU reads  α [n], −s [n], −t [n],
///                        then low [d], −high [d]
///     output [1]:        ≤ min { cᵀ z(x) : low ≤ x ≤ high }
///
/// The relaxations are α z ≤ relu(z) ≤ s z + t for z within the neuron's bounds. As they are inputs, and the network is
/// made of ordinary operations (transposes of the layers, products, ReLUs for the signs), every engine gives the
/// derivatives with respect to relaxations and weights.
///
/// Zhang, Weng, Chen, Hsieh and Daniel, *Efficient neural network robustness certification with general activation
/// functions*, arXiv 1811.00866. In single precision the bounds are what training needs, and no certificate.
struct BackwardNetwork: Sendable {
  let derived: DerivedNetwork
  /// Where the parts of the input begin.
  let layout: Layout

  /// Makes the network.
  ///
  /// - Parameter base: The classifier.
  /// - Throws: `NetworkError` for an operation that the bounds do not pass through.
  init(of base: Network) throws(NetworkError) {
    layout = try Layout(base)
    var builder = try BackwardNetworkBuilder(base, layout: layout)
    try builder.appendAll()
    derived = DerivedNetwork(base: base, network: builder.network, derivations: builder.derivations)
  }

  /// Where the parts of the input begin; c is the first.
  struct Layout: Sendable {
    /// α of the neurons of a node; their −s and −t follow.
    let relaxations: [(node: Int, start: Int, count: Int)]
    /// low; −high follows.
    let box: Int
    /// T.
    let count: Int

    init(_ base: Network) throws(NetworkError) {
      var start = try base.classCount()
      var relaxations: [(node: Int, start: Int, count: Int)] = []
      for node in base.rectifiedNodes {
        let neurons = base.nodes[node].shape.count
        relaxations.append((node, start, neurons))
        start += 3 * neurons
      }
      self.relaxations = relaxations
      box = start
      count = start + 2 * base.inputShape.count
    }
  }
}
