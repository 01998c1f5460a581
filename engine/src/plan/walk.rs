//! Small walks over a node's JSON.

use model::document::Node;
use model::json::Json as Literal;

/// How a subflow template is connected to its outside.
#[derive(Default)]
pub(super) struct Ends<'a> {
    /// Inner nodes that get what enters.
    pub inputs: Vec<&'a str>,
    /// For each output the inner nodes and ports that feed it.
    pub outputs: Vec<Vec<(&'a str, usize)>>,
    /// The inner nodes and ports that feed the status output.
    pub status: Vec<(&'a str, usize)>,
}

/// Reads `in`, `out` and `status` of a template.
pub(super) fn ends(template: &Node) -> Ends<'_> {
    let ports = |key| template.field(key).and_then(Literal::as_array).unwrap_or_default();
    Ends {
        inputs: ports("in").iter().flat_map(wires).map(|(id, _)| id).collect(),
        outputs: ports("out").iter().map(|port| wires(port).collect()).collect(),
        status: template.field("status").into_iter().flat_map(wires).collect(),
    }
}

fn wires(port: &Literal) -> impl Iterator<Item = (&str, usize)> {
    port.get("wires").and_then(Literal::as_array).unwrap_or_default().iter().filter_map(|wire| {
        let port = wire.get("port").and_then(Literal::as_f64).unwrap_or(0.0);
        Some((wire.get("id")?.as_str()?, port as usize))
    })
}
