internal import Arguments
internal import Networks

extension Loss: ArgumentValue {
  package init?(argument: String) { self.init(argument.lowercased()) }
  package static var allValues: [String] { names }
}
