use super::*;
use crate::store::node_types::tests::sample;

const FLOW: &str = r#"[{"id":"t","type":"tab"},
    {"id":"a","type":"inject","z":"t","x":110,"y":100,"wires":[]},
    {"id":"b","type":"switch","z":"t","x":410,"y":100,"rules":[{},{}],"wires":[]},
    {"id":"g","type":"group","z":"t","nodes":[],"x":20,"y":300,"w":100,"h":80}]"#;

struct Canvas {
    document: Document,
    drawing: Drawing,
    selection: Selection,
}

impl Canvas {
    fn new() -> Self {
        let document = Document::parse(FLOW).unwrap();
        let drawing = Drawing::new(&document, &sample(), "t");
        Self { document, drawing, selection: Selection::default() }
    }

    fn scene(&self) -> Scene<'_> {
        let viewport = Viewport::default();
        Scene { document: &self.document, drawing: &self.drawing, viewport, selection: &self.selection }
    }

    /// Presses, drags and lets go; gives back the last effect. Selects as it is told.
    fn gesture(&mut self, target: Target, from: (f64, f64), to: (f64, f64), press: Press) -> Option<Effect> {
        let (mut gesture, effect) = Gesture::press(self.scene(), target, from, press);
        if let Some(Effect::Select(selection)) = effect {
            self.selection = selection;
        }
        gesture.drag(self.scene(), to, false);
        let effect = gesture.release(self.scene(), to, false);
        if let Some(Effect::Select(selection)) = &effect {
            self.selection = selection.clone();
        }
        effect
    }
}

const ADDS: Press = Press { pans: false, adds: true, chains: false, slices: None };

fn item(id: &str) -> Target {
    Target::Item(id.into())
}

#[test]
fn clicks_select_and_add() {
    let mut canvas = Canvas::new();
    canvas.gesture(item("a"), (110.0, 100.0), (111.0, 100.0), Press::default());
    assert_eq!(canvas.selection.single().unwrap().as_ref(), "a");
    canvas.gesture(item("b"), (410.0, 100.0), (410.0, 100.0), ADDS);
    assert_eq!(canvas.selection.nodes().len(), 2);
    // A click on one of several leaves that one.
    canvas.gesture(item("b"), (410.0, 100.0), (410.0, 100.0), Press::default());
    assert_eq!(canvas.selection.single().unwrap().as_ref(), "b");
    canvas.gesture(item("b"), (410.0, 100.0), (410.0, 100.0), ADDS);
    assert!(canvas.selection.is_empty());
    let effect = canvas.gesture(Target::Canvas, (5.0, 5.0), (6.0, 5.0), Press::default());
    assert_eq!(effect, Some(Effect::Clear));
}

#[test]
fn all_that_is_selected_moves_along_and_snaps() {
    let mut canvas = Canvas::new();
    canvas.selection = Selection::of(["a".into(), "b".into()]);
    let Some(Effect::Moved(ids, dx, dy)) =
        canvas.gesture(item("a"), (110.0, 100.0), (153.0, 122.0), Press::default())
    else {
        panic!("not moved")
    };
    assert_eq!((ids.len(), dx, dy), (2, 40.0, 20.0));
    // What is not selected moves alone, and is selected then.
    let moved = canvas.gesture(item("g"), (30.0, 310.0), (70.0, 310.0), Press::default());
    assert!(matches!(moved, Some(Effect::Moved(ids, ..)) if ids.len() == 1));
    assert_eq!(canvas.selection.single().unwrap().as_ref(), "g");
}

#[test]
fn the_lasso_takes_what_it_touches() {
    let mut canvas = Canvas::new();
    canvas.gesture(Target::Canvas, (60.0, 40.0), (200.0, 100.0), Press::default());
    assert_eq!(canvas.selection.single().unwrap().as_ref(), "a");
    canvas.gesture(Target::Canvas, (600.0, 120.0), (400.0, 90.0), ADDS);
    assert_eq!(canvas.selection.nodes().len(), 2);
    // A group only as a whole.
    canvas.gesture(Target::Canvas, (10.0, 290.0), (60.0, 400.0), Press::default());
    assert!(canvas.selection.is_empty());
    canvas.gesture(Target::Canvas, (10.0, 290.0), (200.0, 400.0), Press::default());
    assert!(canvas.selection.holds("g"));
}

#[test]
fn a_wire_finds_a_port_from_either_end() {
    let mut canvas = Canvas::new();
    let output = |node: &str, port| Target::Port(Port { node: node.into(), output: Some(port) });
    let input = |node: &str| Target::Port(Port { node: node.into(), output: None });
    let wire = |effect| match effect {
        Some(Effect::Connect(wire)) => Some((wire.from.to_string(), wire.port, wire.to.to_string())),
        _ => None,
    };
    let b = canvas.drawing.node("b").unwrap().clone();
    let near_input = (b.input().0 - 12.0, b.input().1 + 5.0);
    let drawn = canvas.gesture(output("a", 0), (160.0, 100.0), near_input, Press::default());
    assert_eq!(wire(drawn), Some(("a".into(), 0, "b".into())));
    // Anywhere on the node will do.
    let drawn = canvas.gesture(output("a", 0), (160.0, 100.0), (b.x, b.y), Press::default());
    assert_eq!(wire(drawn), Some(("a".into(), 0, "b".into())));
    let drawn = canvas.gesture(input("b"), b.input(), (150.0, 100.0), Press::default());
    assert_eq!(wire(drawn), Some(("a".into(), 0, "b".into())));
    let second = canvas.gesture(output("b", 1), b.output(1), b.input(), Press::default());
    assert_eq!(wire(second), Some(("b".into(), 1, "b".into())));
    let nothing = canvas.gesture(output("a", 0), (160.0, 100.0), (250.0, 300.0), Press::default());
    assert!(matches!(nothing, Some(Effect::LetGo(..))));
    // An inject node has no input.
    let nothing = canvas.gesture(output("b", 0), b.output(0), (110.0, 100.0), Press::default());
    assert!(matches!(nothing, Some(Effect::LetGo(..))));
}

#[test]
fn wires_are_taken_off_a_port_and_sliced() {
    let mut canvas = Canvas::new();
    let connect = model::edit::connect(&canvas.document, "a", 0, "b").unwrap();
    connect.apply(&mut canvas.document).unwrap();
    canvas.drawing = Drawing::new(&canvas.document, &sample(), "t");
    let (a, b) = (canvas.drawing.node("a").unwrap().clone(), canvas.drawing.node("b").unwrap().clone());
    let input = Target::Port(Port { node: "b".into(), output: None });
    let off = canvas.gesture(input.clone(), b.input(), (300.0, 400.0), ADDS);
    assert!(matches!(&off, Some(Effect::Rewired(_, wires, None)) if wires.len() == 1), "{off:?}");
    assert_eq!(canvas.gesture(input, b.input(), b.input(), ADDS), Some(Effect::Clear));
    let wires = [Wire { from: "a".into(), port: 0, to: "b".into() }];
    let moved = rewired(&wires, &Port { node: "b".into(), output: Some(1) });
    assert_eq!(moved, [Wire { from: "b".into(), port: 1, to: "b".into() }]);

    let press = Press { slices: Some(Slice::Join), ..Press::default() };
    let middle = (a.output(0).0 + b.input().0) / 2.0;
    let sliced = canvas.gesture(Target::Canvas, (middle, 20.0), (middle, 180.0), press);
    let Some(Effect::Sliced(Slice::Join, stroke)) = sliced else { panic!("{sliced:?}") };
    assert_eq!(crate::store::slicing::crossed(&canvas.drawing, &stroke).len(), 1);
}

#[test]
fn the_marks_in_the_page_are_read_back() {
    let wire = Wire { from: "a:1".into(), port: 2, to: "b:0:c".into() };
    assert_eq!(Target::read(None, None, Some(&wire.name())), Target::Wire(wire));
    assert_eq!(Target::read(Some("n"), None, None), item("n"));
    let port = Target::read(Some("n"), Some("out:3"), None);
    assert_eq!(port, Target::Port(Port { node: "n".into(), output: Some(3) }));
    assert_eq!(Target::read(None, None, Some("nonsense")), Target::Canvas);
    assert_eq!(Target::read(None, None, Some("99:a:0:b")), Target::Canvas);
}

#[test]
fn a_wire_goes_on_from_node_to_node() {
    let canvas = Canvas::new();
    let (chains, output) =
        (Press { chains: true, ..ADDS }, |node: &str| Port { node: node.into(), output: Some(0) });
    let press = |port: Port| Gesture::press(canvas.scene(), Target::Port(port), (160.0, 100.0), chains).0;
    let first = press(output("a"));
    // Clicked: it stays with the pointer. Let go over nothing: it ends as any other.
    assert_eq!(first.chained(canvas.scene(), (162.0, 101.0)), Some((None, Some(first.clone()))));
    assert_eq!(first.chained(canvas.scene(), (300.0, 400.0)), None);
    let (effect, next) = first.chained(canvas.scene(), (360.0, 100.0)).unwrap();
    let wire = |from: &str, to: &str| Wire { from: from.into(), port: 0, to: to.into() };
    assert_eq!(effect, Some(Effect::Connect(wire("a", "b"))));
    assert_eq!(next, Some(Gesture::Chain { port: output("b") }));
    // Against the way of messages it ends where there is no input.
    let back = press(Port { node: "b".into(), output: None });
    assert_eq!(
        back.chained(canvas.scene(), (160.0, 100.0)),
        Some((Some(Effect::Connect(wire("a", "b"))), None))
    );
}
