//! Objects and arrays to CSV text.

use engine::js;
use engine::node::Out;
use engine::observe::Level;
use engine::{Message, NodeError, Value};
use model::text::Text;

use super::{Csv, Header, has_names, lenient, part, strict};

impl Csv {
    pub(super) fn write(
        &mut self,
        value: Value,
        message: &Message,
        out: &mut Out<'_>,
    ) -> Result<String, NodeError> {
        let is_later_part = part(message, "index").is_some_and(|index| index > 0.0);
        if has_names(&self.columns) || !is_later_part {
            self.template = self.columns.clone();
        }
        let rows = match value {
            // An array of plain values is one row.
            Value::Array(items) if !matches!(items.first(), Some(Value::Array(_) | Value::Object(_))) => {
                vec![Value::Array(items)]
            }
            Value::Array(items) => items.to_vec(),
            value => vec![value],
        };
        let mut text = String::new();
        if self.header != Header::None && !self.has_sent_header {
            self.find_names(message, rows.first())?;
            text.push_str(&self.header_row());
            text.push_str(&self.line_end);
            self.has_sent_header = self.header == Header::Once;
        }
        for row in &rows {
            let cells = match row {
                Value::Array(cells) => self.cells_of_array(cells),
                Value::Object(_) => self.cells_of_object(row, rows.first(), message, out)?,
                Value::Null => continue,
                _ => return Err(NodeError::key("csv.not-rows")),
            };
            let separator = self.separator.to_string();
            let quoted: Vec<String> = cells.iter().map(|cell| quote(cell, self.separator)).collect();
            text.push_str(&quoted.join(&separator));
            text.push_str(&self.line_end);
        }
        Ok(text)
    }

    /// The row of names. Nodes from before there was a choice put no quotes around quotes there.
    fn header_row(&self) -> String {
        if self.is_strict {
            return columns(&self.template, self.separator, true);
        }
        let cell = |name: &String| match name.contains([self.separator, '\n', '\r']) {
            true => quote(name, self.separator),
            false => name.clone(),
        };
        self.template.iter().map(cell).collect::<Vec<_>>().join(&self.separator.to_string())
    }

    /// The columns, where the node does not name them: the message does, or the first object.
    fn find_names(&mut self, message: &Message, first: Option<&Value>) -> Result<(), NodeError> {
        if has_names(&self.template) {
            return Ok(());
        }
        if let Some(names) = message.get("columns") {
            let names = js::to_text(names);
            self.template =
                if self.is_strict { strict::columns(&names)? } else { lenient::columns(&names, ',') };
        } else if let Some(first) = first {
            self.template = keys(first);
        }
        Ok(())
    }

    fn cells_of_array(&self, cells: &[Value]) -> Vec<String> {
        let text = |cell: &Value| if cell.is_nullish() { String::new() } else { cell_text(cell) };
        if self.is_strict && has_names(&self.template) {
            let named = self.template.iter().enumerate().filter(|(_, name)| !name.is_empty());
            return named.map(|(at, _)| cells.get(at).map(text).unwrap_or_default()).collect();
        }
        cells.iter().map(text).collect()
    }

    fn cells_of_object(
        &mut self,
        row: &Value,
        first: Option<&Value>,
        message: &Message,
        out: &mut Out<'_>,
    ) -> Result<Vec<String>, NodeError> {
        if !has_names(&self.template) && message.get("columns").is_some() {
            self.find_names(message, None)?;
        }
        if has_names(&self.template) {
            let cell = |name: &String| row.get(name).map(cell_text).unwrap_or_default();
            return Ok(self.template.iter().map(cell).collect());
        }
        if !self.has_warned {
            self.has_warned = true;
            out.log(Level::Warn, Text::key("csv.errors.obj_csv"));
        }
        // Without names the properties of the first object count; what is itself an object has no cell.
        let names = first.map(keys).unwrap_or_default();
        let cells = names.iter().filter_map(|name| row.get(name));
        let cells = cells.filter(|cell| js::type_of(cell) != "object").map(cell_text).collect();
        if self.is_strict {
            self.template = keys(row);
        }
        Ok(cells)
    }
}

fn keys(value: &Value) -> Vec<String> {
    match value {
        Value::Object(object) => object.keys().map(ToString::to_string).collect(),
        Value::Array(items) => (0..items.len()).map(|at| at.to_string()).collect(),
        _ => Vec::new(),
    }
}

/// A value as text: objects as JSON, undefined as nothing.
fn cell_text(value: &Value) -> String {
    match value {
        Value::Undefined => String::new(),
        Value::Object(_) | Value::Array(_) => js::stringify(value, 0).unwrap_or_default(),
        Value::Buffer(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => js::to_text(other).into(),
    }
}

/// Names of columns as a row of CSV; those without a name are left out unless they are to be kept.
pub(super) fn columns(names: &[String], separator: char, keeps_unnamed: bool) -> String {
    let shown = names.iter().filter(|name| keeps_unnamed || !name.is_empty());
    let quoted: Vec<String> = shown.map(|name| quote(name, separator)).collect();
    quoted.join(&separator.to_string())
}

/// A cell, in quotes where it needs them (RFC 4180, section 2).
fn quote(cell: &str, separator: char) -> String {
    if cell.contains([separator, '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}
