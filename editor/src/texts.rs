//! Every text of the editor, by key, in one table.

use model::text::{Catalogue, Text};

/// The editor's texts in English.
pub const TEXTS: Catalogue = &[
    ("app.name", "Wireloom"),
    ("area.latitude", "Latitude"),
    ("area.longitude", "Longitude"),
    ("canvas.empty", "This tab is empty."),
    ("canvas.empty.hint", "Deploy a flow through the admin API, or start Wireloom with a flow file."),
    (
        "canvas.label",
        "Flow {name}: {count} nodes. Arrow keys go from node to node, A adds one, W draws a wire, question mark lists all keys.",
    ),
    ("canvas.none", "No flow is deployed."),
    ("code.hint", "Escape, then Tab leaves the code."),
    ("code.narrow", "Make {field} small again"),
    ("code.widen", "Make {field} large"),
    ("command.add", "Add a node"),
    ("command.copy", "Copy"),
    ("command.cut", "Cut"),
    ("command.delete", "Delete"),
    ("command.edit", "Edit the selected node"),
    ("command.find", "Find a node; while drawing a wire: where it goes"),
    ("command.move-down", "Move down"),
    ("command.move-left", "Move left"),
    ("command.move-right", "Move right"),
    ("command.move-up", "Move up"),
    ("command.next-tab", "Next flow"),
    ("command.paste", "Paste"),
    ("command.press", "Press the node's button"),
    ("command.previous-tab", "Previous flow"),
    ("command.redo", "Redo"),
    ("command.redo-step", "Redo: {what}"),
    ("command.select-all", "Select all"),
    ("command.select-none", "Select nothing; end what is going on"),
    ("command.shortcuts", "Keyboard shortcuts"),
    ("command.toggle", "Enable or disable"),
    ("command.undo", "Undo"),
    ("command.undo-step", "Undo: {what}"),
    ("command.view-down", "Look further down"),
    ("command.view-left", "Look further left"),
    ("command.view-right", "Look further right"),
    ("command.view-up", "Look further up"),
    ("command.walk-down", "Go to the node below"),
    ("command.walk-left", "Go to the node on the left"),
    ("command.walk-right", "Go to the node on the right"),
    ("command.walk-up", "Go to the node above"),
    ("command.wire", "Draw a wire; again: from the next output"),
    ("config.add", "Add a new {type}"),
    ("config.added", "Add {type}"),
    ("config.disabled", "{name} (disabled)"),
    ("config.none", "None"),
    ("config.open", "Edit the chosen {field}"),
    ("conflict.absent", "not set"),
    ("conflict.cut", "{text} … (shortened)"),
    ("conflict.deleted", "deleted"),
    ("conflict.empty", "empty"),
    ("conflict.kept", "kept and changed"),
    ("connection.connecting", "Connecting"),
    ("connection.live", "Live"),
    ("connection.lost", "Connection lost"),
    ("connection.lost.hint", "Wireloom does not answer. Trying again in {seconds} s."),
    ("connection.now", "Try now"),
    ("day.friday", "Fri"),
    ("day.monday", "Mon"),
    ("day.saturday", "Sat"),
    ("day.sunday", "Sun"),
    ("day.thursday", "Thu"),
    ("day.tuesday", "Tue"),
    ("day.wednesday", "Wed"),
    ("debug.clear", "Clear"),
    ("debug.empty", "Nothing yet. What debug nodes receive appears here."),
    ("debug.filter", "Filter messages"),
    ("debug.follow", "Newest"),
    ("debug.jump", "Show the node {name}"),
    ("debug.matches", "{shown} of {count}"),
    ("debug.pause", "Pause"),
    ("debug.paused", "Paused: {count} waiting"),
    ("debug.resume", "Resume"),
    ("debug.title", "Debug"),
    (
        "deploy.again",
        "Somebody else deployed meanwhile; your edits are on top of that now. Look at them and deploy again.",
    ),
    ("deploy.done", "Deployed"),
    ("deploy.flows", "Changed flows"),
    ("deploy.flows.hint", "Restarts the tabs that hold a change; the others go on."),
    ("deploy.full", "Full"),
    ("deploy.full.hint", "Restarts everything."),
    ("deploy.log-in", "Your session ended. Log in, then deploy again: nothing is lost."),
    (
        "deploy.lost",
        "Wireloom does not answer, so nothing can be deployed now. Your edits are kept; deploy when the connection is back.",
    ),
    ("deploy.nodes", "Changed nodes"),
    ("deploy.nodes.hint", "Restarts the nodes that changed and what uses them; all else goes on."),
    (
        "draft.unread",
        "Edits that were kept in this browser cannot be read any more, so the deployed flows are shown.",
    ),
    ("error.answer", "Wireloom answered {status} to {what}."),
    ("error.credentials", "the request for the credentials"),
    ("error.debug", "the switch of the debug node"),
    ("error.deploy", "the deploy"),
    ("error.descriptors", "the list of node types"),
    ("error.examples", "the request for the examples"),
    ("error.flows", "the request for the flows"),
    ("error.inject", "the button of {name}"),
    ("error.login", "User name or password is wrong."),
    ("error.network", "Wireloom cannot be reached: {reason}"),
    ("error.problems", "the request for the problems"),
    ("error.refused", "Wireloom refused {what}: {message}"),
    ("error.shape", "{what}: cannot read the answer: {reason}"),
    ("field.add", "Add"),
    ("field.category", "Palette group"),
    ("field.enabled", "Enabled"),
    ("field.env", "Environment variables"),
    ("field.env.hint", "Nodes inside read them as ${NAME}."),
    ("field.icon", "Icon"),
    ("field.icon.hint", "Its name in the icon set; empty for the icon of the type."),
    ("field.info", "Description"),
    ("field.info.hint", "Notes for those who read the flow, in Markdown."),
    ("field.input-labels", "Label of the input"),
    ("field.name", "Name"),
    ("field.output-labels", "Labels of the outputs"),
    ("field.show-label", "Show the label"),
    ("field.value", "Value"),
    ("find.filter", "Find a node: type its name"),
    ("flows.changed", "Somebody else deployed other flows meanwhile. Yours are kept as they are here."),
    (
        "flows.merged",
        "Somebody else deployed {count} changes; they are in your flows now, beside your own edits.",
    ),
    ("flows.taken", "Somebody else deployed {count} changes; they are shown now."),
    ("form.choose", "Choose"),
    ("form.more", "More"),
    ("form.step", "Change {field}"),
    ("form.unit", "Unit"),
    (
        "import.not-flows",
        "This JSON holds no nodes. Import a list of nodes, as Node-RED and Wireloom export it.",
    ),
    (
        "import.not-json",
        "This is no JSON ({reason}). Copy the whole flow again, from its first bracket to its last.",
    ),
    ("import.nothing", "There is nothing to import: copy flow JSON and paste it here, or choose a file."),
    ("import.tab", "Flow {number}"),
    ("info.back", "Back to {name}"),
    ("info.config", "Properties"),
    ("info.help", "About this node"),
    ("info.none", "Select a node to see what it is set to."),
    ("info.problems", "Problems"),
    ("info.title", "Node"),
    ("info.unknown", "No node of the type {type} is installed."),
    ("inject.done", "{name} started"),
    ("inject.label", "Start {name}"),
    ("inject.not-deployed", "This node is not deployed yet. Deploy first, then press its button."),
    ("login.hint", "This Wireloom asks for a user name and password."),
    ("login.name", "User name"),
    ("login.password", "Password"),
    ("login.submit", "Log in"),
    ("login.title", "Log in"),
    ("node.words", "{name}, {type}"),
    ("nodes.all", "All nodes of this tab"),
    ("nodes.chosen", "These nodes"),
    ("nodes.filter", "Filter nodes to choose"),
    ("nodes.gone", "{count} chosen nodes are not there any more."),
    ("nodes.group", "Nodes of the same group"),
    ("nodes.none", "There is no node to choose yet."),
    ("notice.close", "Close"),
    ("palette.count", "{count} node types"),
    ("palette.drag", "{help} Drag it onto the canvas, or click to add it."),
    ("palette.filter", "Filter nodes"),
    ("palette.nothing", "No node is called {filter}."),
    ("palette.title", "Nodes"),
    ("panels.resize", "Width of the panel"),
    ("picker.nothing", "Nothing is called {filter}."),
    ("quick-add.filter", "Add a node: type a name"),
    ("quick-add.list", "Node types"),
    ("quick-add.nothing", "No node is called {filter}."),
    ("rows.add", "Add to {field}"),
    ("rows.add.short", "Add"),
    ("rows.grip", "Drag, or press the arrow keys, to move"),
    ("rows.move", "Move row {row} of {field}"),
    ("rows.remove", "Remove row {row} of {field}"),
    ("rows.remove-one", "Remove entry {row}"),
    ("rows.row", "{field}, row {row}"),
    ("schedule.at", "at a time"),
    ("schedule.between", "in part of the day"),
    ("schedule.count", "How many"),
    ("schedule.cron", "by a cron expression"),
    ("schedule.days", "Days"),
    ("schedule.every", "every so often"),
    ("schedule.from", "from"),
    ("schedule.hours", "hours"),
    ("schedule.minutes", "minutes"),
    ("schedule.minutes-every", "Minutes"),
    ("schedule.never", "not again"),
    ("schedule.seconds", "seconds"),
    ("schedule.time", "Time"),
    ("schedule.to", "to"),
    ("secret.forget", "Forget the stored {field}"),
    ("secret.forgotten", "Forgotten when deployed"),
    ("several.delete", "Delete"),
    ("several.deleted", "Delete {count} nodes"),
    ("several.disable", "Disable"),
    ("several.disabled", "Disable {count} nodes"),
    ("several.enable", "Enable"),
    ("several.enabled", "Enable {count} nodes"),
    ("several.title", "{count} nodes are selected"),
    ("step.add", "add {type}"),
    ("step.add-tab", "add a flow"),
    ("step.connect", "draw a wire"),
    ("step.debug-off", "switch debug output off"),
    ("step.debug-on", "switch debug output on"),
    ("step.delete", "delete {count}"),
    ("step.delete-tab", "delete the flow"),
    ("step.delete-wires", "delete {count} wires"),
    ("step.disable", "disable {count}"),
    ("step.disconnect", "take a wire away"),
    ("step.draft", "take up earlier edits"),
    ("step.enable", "enable {count}"),
    ("step.move", "move {count}"),
    ("step.move-tab", "move the flow"),
    ("step.paste", "paste {count}"),
    ("step.throw-away", "throw edits away"),
    ("tabs.add", "Add a flow"),
    ("tabs.delete", "Delete the flow {name}"),
    ("tabs.disabled", "{name} (disabled)"),
    ("tabs.label", "Flows"),
    ("tabs.new", "Flow {number}"),
    ("tabs.unnamed", "Unnamed flow"),
    ("theme.dark", "Dark"),
    ("theme.light", "Light"),
    ("theme.system", "As the system"),
    ("theme.title", "Theme: {theme}"),
    ("tree.bytes", "{count} bytes"),
    ("tree.cut", "cut off: {count} long"),
    ("tree.items", "{count} items"),
    ("tree.more", "{count} more"),
    ("tree.properties", "{count} properties"),
    ("typed.bin", "buffer"),
    ("typed.bool", "boolean"),
    ("typed.cred", "credential"),
    ("typed.date", "timestamp"),
    ("typed.env", "environment variable"),
    ("typed.flow", "flow."),
    ("typed.global", "global."),
    ("typed.json", "JSON"),
    ("typed.jsonata", "expression"),
    ("typed.len", "fixed length"),
    ("typed.msg", "msg."),
    ("typed.node", "node"),
    ("typed.num", "number"),
    ("typed.prev", "previous value"),
    ("typed.re", "regular expression"),
    ("typed.str", "text"),
    ("typed.type", "Type of {field}"),
    ("wiring.no-output", "Select a node with an output first."),
    ("wiring.words", "Wire from {from}, output {output}, to {to}. Enter connects, Escape ends."),
    ("zoom.fit", "Show all"),
    ("zoom.in", "Zoom in"),
    ("zoom.out", "Zoom out"),
    ("zoom.reset", "Actual size"),
];

/// The text of a key without places.
pub fn say(key: &'static str) -> String {
    show(&Text::key(key))
}

/// A text with its places filled; a text of the server (a node's label) shows as the server wrote it.
pub fn show(text: &Text) -> String {
    text.render_with(std::iter::once(&TEXTS).chain(model::CATALOGUES)).into()
}

/// A text of [`TEXTS`], to be filled with [`Text::with`].
pub fn text(key: &'static str) -> Text {
    Text::key(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_has_no_key_twice() {
        assert!(TEXTS.windows(2).all(|pair| pair[0].0 < pair[1].0), "sort the table by key");
    }

    #[test]
    fn every_key_in_the_code_is_in_the_table() {
        let mut keys = 0;
        let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let code = std::fs::read_to_string(&path).unwrap();
                for start in ["say(\"", "text(\""] {
                    for piece in code.split(start).skip(1) {
                        let key = piece.split('"').next().unwrap();
                        if key.contains('.') && !key.contains(' ') {
                            keys += 1;
                            assert!(
                                TEXTS.iter().any(|(known, _)| *known == key),
                                "{key} in {}",
                                path.display()
                            );
                        }
                    }
                }
            }
        }
        assert!(keys > 20, "{keys} keys found");
    }
}
