#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A gallery with lists by which its examples can be chosen, and a slider through its stages. Without a script all of it
/// shows.
package enum HTMLGallery {
  static func element(_ gallery: Gallery) -> String {
    guard !gallery.items.isEmpty else { return "" }
    let outcomes = gallery.items.flatMap { $0.views.map(\.outcome) }
    let choices =
      choice("class", "kind", gallery.items.map(\.kind)) + choice("outcome", "outcome", outcomes) + slider(gallery)
    return """
      <section class="gallery">
      <h2>\(HTMLRenderer.escaped(gallery.title))</h2>
      <p class="choice">\(choices)<span role="status" class="shown">\(gallery.items.count) examples</span></p>
      <ul>
      \(gallery.items.map { element($0, stages: gallery.stages) }.joined(separator: "\n"))
      </ul>
      </section>
      """
  }

  /// What narrows a gallery down to the examples chosen in its lists, at the stage chosen by its slider.
  static let script = """
    for (const gallery of document.querySelectorAll('.gallery')) {
      const lists = [...gallery.querySelectorAll('select')], items = [...gallery.querySelectorAll('li')];
      const slider = gallery.querySelector('input[type=range]');
      const show = () => {
        const stage = slider ? Number(slider.value) : 0;
        for (const item of items) {
          const views = [...item.querySelectorAll('.view')];
          views.forEach((view, place) => { view.hidden = place !== stage; });
          const facts = {kind: item.dataset.kind, outcome: views[stage].dataset.outcome};
          item.hidden = !lists.every(list => list.value === '' || facts[list.name] === list.value);
        }
        if (slider) {
          const name = items[0].querySelectorAll('.view')[stage].dataset.stage;
          slider.setAttribute('aria-valuetext', name);
          gallery.querySelector('output').textContent = name;
        }
        const count = items.filter(item => !item.hidden).length;
        gallery.querySelector('.shown').textContent = count + ' of ' + items.length;
      };
      for (const list of lists) list.addEventListener('change', show);
      if (slider) slider.addEventListener('input', show);
      show();
    }
    """

  /// A list of what there is to choose from; none where there is nothing.
  private static func choice(_ label: String, _ name: String, _ values: [String]) -> String {
    let values = Set(values).subtracting([""]).sorted { (Int($0) ?? .max, $0) < (Int($1) ?? .max, $1) }
    guard !values.isEmpty else { return "" }
    let options = values.map { value in
      let text = HTMLRenderer.escaped(value)
      return "<option value=\"\(text)\">\(text)</option>"
    }
    return """
      <label>\(label) <select name="\(name)"><option value="">all</option>\(options.joined())</select></label>

      """
  }

  private static func slider(_ gallery: Gallery) -> String {
    guard gallery.stages.count > 1 else { return "" }
    let last = HTMLRenderer.escaped(gallery.stages[gallery.stages.count - 1])
    return """
      <label><input type="range" min="0" max="\(gallery.stages.count - 1)" value="\(gallery.stages.count - 1)" \
      aria-label="stage"> <output>\(last)</output></label>

      """
  }

  private static func element(_ item: Gallery.Item, stages: [String]) -> String {
    let views = zip(item.views, stages).map { element($0, stage: $1, isOneOfMany: stages.count > 1) }
    return """
      <li data-kind="\(HTMLRenderer.escaped(item.kind))"><h3>\(HTMLRenderer.escaped(item.title))</h3>
      \(views.joined(separator: "\n"))</li>
      """
  }

  private static func element(_ view: Gallery.View, stage: String, isOneOfMany: Bool) -> String {
    let escaped = HTMLRenderer.escaped
    let facts = view.facts.facts.map { fact in
      "<dt>\(escaped(fact.label))</dt><dd>\(escaped(fact.value.description))</dd>"
    }
    return """
      <div class="view" data-stage="\(escaped(stage))" data-outcome="\(escaped(view.outcome))">\
      \(isOneOfMany ? "<h4>\(escaped(stage))</h4>" : "")<div>\(view.pictures.map(element).joined())</div>\
      \(facts.isEmpty ? "" : "<dl>\(facts.joined())</dl>")</div>
      """
  }

  /// At least 96 pixels high in whole multiples of the picture's own, unless it is wide.
  private static func element(_ picture: Gallery.Picture) -> String {
    let scale = max(1, min((95 + picture.height) / max(picture.height, 1), 480 / max(picture.width, 1)))
    let title = HTMLRenderer.escaped(picture.title)
    return """
      <figure><img alt="\(title)" width="\(picture.width * scale)" height="\(picture.height * scale)" \
      src="data:image/png;base64,\(base64(picture.png))"><figcaption aria-hidden="true">\(title)</figcaption></figure>
      """
  }

  /// RFC 4648.
  package static func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
}
