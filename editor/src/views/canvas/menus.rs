//! The menus of the canvas: commands by key, an empty one parts them.

/// Of the canvas itself.
pub(super) const CANVAS: &[&str] = &[
    "node.add",
    "edit.paste",
    "",
    "edit.undo",
    "edit.redo",
    "select.all",
    "",
    "subflow.add",
    "view.fit",
    "grid.toggle",
    "snap.toggle",
    "",
    "actions.list",
];

/// Of wires.
pub(super) const WIRES: &[&str] = &["panel.wire", "", "wire.junction", "wire.split", "", "edit.delete"];

/// Of nodes and groups.
pub(super) const NODES: &[&str] = &[
    "node.edit",
    "node.toggle",
    "labels.toggle",
    "live.breakpoint",
    "",
    "edit.copy",
    "edit.cut",
    "edit.delete",
    "edit.delete-reconnect",
    "edit.detach",
    "",
    "group.make",
    "group.ungroup",
    "group.merge",
    "group.leave",
    "",
    "subflow.make",
    "subflow.open",
    "subflow.expand",
    "",
    "select.up",
    "select.down",
    "select.connected",
    "",
    "order.front",
    "order.back",
    "actions.list",
];
