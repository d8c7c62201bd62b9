/// An attack with a loss that is not defined for few classes, such as DLR, which needs three, towards a target four.
///
/// On such a model `validate` throws. A suite that goes on without asks for what takes its place, and says so.
public protocol FewClassFallback: Attack {
  /// The attack that takes its place on a model with so few classes; nil where its own loss is defined, or where there
  /// are fewer than two.
  func fallback(classCount: Int) -> (any Attack)?
}
