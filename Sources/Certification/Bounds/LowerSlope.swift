public import Hyperparameters

/// The slope of the line below a ReLU whose sign is open on `[l, u]`; it passes through zero.
///
/// Any slope between 0 and 1 is sound. Of a leaky ReLU, the leak takes the place of 0. Where the leak is above 1 the
/// function is concave: then the line below is the chord, and this is the slope of the line above.
public enum LowerSlope: String, CaseIterable, Codable, Sendable, HyperparameterType {
  /// 1 where the chord's slope, `u / (u − l)` for a ReLU, is above 0.5, else 0: for a ReLU the smaller of the two areas; Zhang
  /// et al., arXiv 1811.00866. A leaky ReLU has the same rule in auto_LiRPA, whose numbers these are to be.
  case adaptive
  /// That of the line on the other side, so that the two are parallel; Weng et al., arXiv 1804.09699.
  case same
  /// 0, or the leak.
  case zero
  /// 1.
  case one
}
