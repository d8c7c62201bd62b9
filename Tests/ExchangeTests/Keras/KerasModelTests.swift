import Exchange
import Networks
import Testing

/// Structures: the forms of the configuration, and those that are refused.
struct KerasModelTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func dense(_ name: String, _ units: Int = 4, calls: String? = nil) -> String {
    KerasText.layer("Dense", name, "\"units\": \(units)", calls: calls)
  }

  @Test func bareListOfLayers() throws {
    let network = try directory.network(
      "{\"class_name\": \"Sequential\", \"config\": ["
        + "{\"class_name\": \"Dense\", \"config\": {\"name\": \"d\", \"units\": 3, \"batch_input_shape\": [null, 5]}}]}"
    )
    #expect(network.inputShape == [5])
    #expect(network.outputShape == [3])
  }

  /// The shape of the input may stand beside the layers, or deep in the first of them.
  @Test func theInputShapeIsFoundWhereverItIsStated() throws {
    let inner =
      "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"i\", \"layers\": ["
      + "{\"class_name\": \"Dense\", \"config\": {\"name\": \"d\", \"units\": 3, \"batch_input_shape\": [null, 6]}}]}}"
    #expect(try directory.network(KerasText.sequential([inner])).inputShape == [6])
    let built =
      "{\"class_name\": \"Sequential\", \"config\": {\"layers\": [\(dense("d"))], "
      + "\"build_input_shape\": [null, 7]}}"
    #expect(try directory.network(built).inputShape == [7])
    #expect(try directory.refusal(KerasText.sequential([dense("d")])).contains("does not tell the shape of its input"))
    #expect(try directory.refusal(KerasText.sequential([KerasText.input([0, 3, 1])])).contains("known shape"))
  }

  /// Two calls of one layer share its weights: two nodes.
  @Test func connectionsOfBothGenerations() throws {
    let keras2 = KerasText.functional(
      [
        KerasText.input([4], calls: "[]"),
        dense("d", calls: "[[[\"in\", 0, 0, {}]], [[\"d\", 0, 0, {}]]]"),
        KerasText.layer("Add", "a", calls: "[[[\"d\", 1, 0, {}], [\"in\", 0, 0, {}]]]"),
      ], output: "[[\"a\", 0, 0]]")
    let tensor = { (name: String, call: Int) in
      "{\"class_name\": \"__keras_tensor__\", \"config\": {\"shape\": [null, 4], \"keras_history\": "
        + "[\"\(name)\", \(call), 0]}}"
    }
    let keras3 = KerasText.functional(
      [
        KerasText.input([4], calls: "[]"),
        dense(
          "d",
          calls: "[{\"args\": [\(tensor("in", 0))], \"kwargs\": {}}, {\"args\": [\(tensor("d", 0))], \"kwargs\": {}}]"),
        KerasText.layer(
          "Add", "a", calls: "[{\"args\": [[\(tensor("d", 1)), \(tensor("in", 0))]], \"kwargs\": {\"mask\": null}}]"),
      ], output: "[\"a\", 0, 0]", input: "[\"in\", 0, 0]")
    for json in [keras2, keras3] {
      let network = try directory.network(json)
      #expect(network.nodes.map(\.name) == ["input", "d", "d_2", "a"])
      #expect(network.nodes[3].inputs == [2, 0])
    }
  }

  /// In Keras 2 the calls of a model count from 1.
  @Test func callsOfModelsInKeras2() throws {
    let inner = KerasText.graph(
      [KerasText.input([4], calls: "[]"), dense("d", calls: "[[[\"in\", 0, 0, {}]]]")], output: "[[\"d\", 0, 0]]")
    let json = KerasText.functional(
      [
        KerasText.input([4], calls: "[]"),
        "{\"class_name\": \"Model\", \"name\": \"i\", \"config\": \(inner), "
          + "\"inbound_nodes\": [[[\"in\", 0, 0, {}]], [[\"i\", 1, 0, {}]]]}",
      ], output: "[[\"i\", 2, 0]]")
    #expect(try directory.network(json).nodes.map(\.name) == ["input", "i.d", "i.d_2"])
  }

  @Test func brokenGraphs() throws {
    let input = KerasText.input([4], calls: "[]")
    let cycle = [
      input, KerasText.layer("Add", "a", calls: "[[[\"in\", 0, 0, {}], [\"b\", 0, 0, {}]]]"),
      dense("b", calls: "[[[\"a\", 0, 0, {}]]]"),
    ]
    #expect(try directory.refusal(KerasText.functional(cycle, output: "[[\"b\", 0, 0]]")).contains("cycle"))
    let unknown = [input, dense("b", calls: "[[[\"x\", 0, 0, {}]]]")]
    #expect(
      try directory.refusal(KerasText.functional(unknown, output: "[[\"b\", 0, 0]]")).contains("layer 'x'"))
    let beyond = [input, dense("b", calls: "[[[\"in\", 3, 0, {}]]]")]
    #expect(try directory.refusal(KerasText.functional(beyond, output: "[[\"b\", 0, 0]]")).contains("call 3"))
    let twice = [input, dense("b", calls: "[[[\"in\", 0, 0, {}]]]"), dense("b", calls: "[[[\"in\", 0, 0, {}]]]")]
    #expect(try directory.refusal(KerasText.functional(twice, output: "[[\"b\", 0, 0]]")).contains("used twice"))
    let outputs = "[[\"b\", 0, 0], [\"in\", 0, 0]]"
    #expect(try directory.refusal(KerasText.functional(unknown, output: outputs)).contains("one output"))
    #expect(try directory.refusal("{\"class_name\": \"MyModel\", \"config\": {}}").contains("MyModel"))
    #expect(try directory.refusal("{\"a\": 1}").contains("class_name and config"))
  }

  /// Each of 20 models calls the one in it twice: a million nodes, if they were made.
  @Test func modelsThatMultiply() throws {
    var inner = dense("d", calls: "[[[\"in\", 0, 0, {}]]]")
    var name = "d"
    for depth in 0..<20 {
      let graph = KerasText.graph(
        [KerasText.input([4], calls: "[]"), inner], output: "[[\"\(name)\", \(depth == 0 ? 0 : 2), 0]]")
      name = "m\(depth)"
      inner =
        "{\"class_name\": \"Functional\", \"name\": \"\(name)\", \"config\": \(graph), "
        + "\"inbound_nodes\": [[[\"in\", 0, 0, {}]], [[\"\(name)\", 1, 0, {}]]]}"
    }
    let json = KerasText.functional([KerasText.input([4], calls: "[]"), inner], output: "[[\"\(name)\", 2, 0]]")
    #expect(try directory.refusal(json).contains("more than"))
  }

  @Test func hostileJSON() throws {
    let deep = String(repeating: "[", count: 200_000)
    #expect(try directory.refusal("{\"a\": \(deep)").contains("levels deep"))
    #expect(try directory.refusal("{\"class_name\": \"Sequential\", \"config\":").contains("expected JSON"))
    let latin1 = try directory.write("latin1.json", Array("{\"class_name\": \"caf".utf8) + [0xe9] + Array("\"}".utf8))
    let error = #expect(throws: ExchangeError.self) { try KerasFormat.readNetwork(latin1) }
    #expect(error?.message.contains("UTF-8") ?? false)
    let huge = KerasText.sequential([KerasText.input([1 << 20, 1 << 20, 1 << 20])])
    #expect(try directory.refusal(huge).contains("numbers"))
    let wide = KerasText.sequential([KerasText.input([4]), dense("d", 1 << 40)])
    #expect(try directory.refusal(wide).contains("layer 'd' (Dense): expected units to be a whole number"))
  }

  /// Numbers that would each be allowed, and are too many together.
  @Test func manyFactors() throws {
    let layers = (0..<9).map { KerasText.layer("Rescaling", "r\($0)", "\"scale\": 2.0") }
    let json = KerasText.sequential([KerasText.input([1 << 20])] + layers)
    #expect(try directory.refusal(json).contains("layer 'r8' (Rescaling): the model has more than"))
    let numbers = String(repeating: "0,", count: 1 << 20)
    #expect(try directory.refusal("{\"a\": [\(numbers)0]}").contains("values"))
  }
}
