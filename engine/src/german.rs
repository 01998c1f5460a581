//! What the engine says, in German.

use model::text::Catalogue;

/// By the keys of the English ones.
pub const TEXTS: Catalogue = &[
    ("context.no-parent", "der Flow {flow} hat keinen Flow um sich, der diesen Wert halten könnte"),
    ("engine.bad-property", "die Eigenschaft {path} passt nicht: {reason}"),
    ("engine.bad-variable", "die Umgebungsvariable {name} ist nicht vom Typ {type}: {reason}"),
    (
        "engine.broken",
        "der Knoten ließ sich nicht starten, deshalb wurde die Nachricht nicht behandelt: siehe das Problem am Knoten",
    ),
    (
        "engine.build-panic",
        "mit diesen Einstellungen ist der Knoten innen gescheitert: {reason}. Bitte melden",
    ),
    (
        "engine.catch-loop",
        "ein Fehler wurde auf seinem Weg im Kreis {count} Mal aufgefangen; die Nachricht wurde verworfen. Den Kreis zwischen dem catch-Knoten und dem Knoten, der scheitert, unterbrechen",
    ),
    (
        "engine.config-node-missing",
        "den Konfigurationsknoten {id} in {property} gibt es nicht, oder er ließ sich nicht starten: den Knoten öffnen und einen anderen wählen",
    ),
    (
        "engine.config-node-type",
        "der Konfigurationsknoten {id} in {property} ist von einem anderen Typ: den Knoten öffnen und einen anderen wählen",
    ),
    (
        "engine.config-node-unset",
        "für {property} ist kein Konfigurationsknoten gewählt: den Knoten öffnen und einen wählen oder hinzufügen",
    ),
    (
        "engine.link-call.ambiguous",
        "mehrere link-in-Knoten heißen '{target}': ihnen eigene Namen geben oder die ID verwenden",
    ),
    (
        "engine.link-call.no-answer",
        "innerhalb von {seconds} s kam keine Antwort zurück: den aufgerufenen Flow mit einem link-out-Knoten beenden, der zurückgibt",
    ),
    (
        "engine.link-call.no-target",
        "es gibt keinen link-in-Knoten '{target}': einen mit seinem Namen oder seiner ID nennen",
    ),
    ("engine.link-call.timeout", "Zeit abgelaufen"),
    (
        "engine.link-out.no-caller",
        "die Nachricht kam nicht von einem link-call-Knoten, deshalb gibt es niemanden, dem sie zurückzugeben wäre",
    ),
    (
        "engine.panic",
        "der Knoten ist innen gescheitert: {reason}; sein Zustand wurde neu angelegt. Bitte melden",
    ),
    ("engine.stopped", "der Knoten wurde angehalten"),
    ("engine.subflow-recursion", "der Subflow {name} enthält sich selbst: den inneren herausnehmen"),
    ("engine.unknown-subflow", "den Subflow {id} gibt es nicht: importieren oder diesen Knoten entfernen"),
    (
        "engine.unknown-type",
        "den Knotentyp {type} gibt es hier nicht: das Plugin installieren, das ihn mitbringt, oder den Knoten ersetzen",
    ),
    ("path.empty", "hier fehlt der Name einer Eigenschaft"),
    (
        "path.empty-text",
        "{path} ist kein Pfad einer Eigenschaft: der Name zwischen den Anführungszeichen bei Zeichen {at} ist leer",
    ),
    (
        "path.index-too-high",
        "{path} lässt sich nicht setzen: der Index liegt mehr als {limit} hinter dem Ende des Arrays",
    ),
    ("path.missing", "{path} ist nicht lesbar: {parent} ist {kind}"),
    ("path.nested-missing", "{path} ist nicht zu benutzen: msg.{nested} ist undefined"),
    (
        "path.not-an-index",
        "{path} ist kein Pfad einer Eigenschaft: bei Zeichen {at} wird ein Index oder ein Name in Anführungszeichen gebraucht",
    ),
    (
        "path.not-settable",
        "{path} lässt sich nicht setzen: {parent} ist {kind}, und das kann keine Eigenschaften haben",
    ),
    (
        "path.unclosed",
        "{path} ist kein Pfad einer Eigenschaft: die Klammer bei Zeichen {at} ist nicht geschlossen",
    ),
    (
        "path.unexpected",
        "{path} ist kein Pfad einer Eigenschaft: bei Zeichen {at} ist {character} nicht zu erwarten",
    ),
    ("path.unfinished", "{path} ist kein Pfad einer Eigenschaft: er hört vor seinem Ende auf"),
    ("typed.buffer", "ein Buffer steht als JSON-Array von Bytes da, etwa [72, 105], oder als JSON-Text"),
    ("typed.json", "das ist kein JSON: {reason}"),
    ("typed.jsonata", "das ist kein JSONata-Ausdruck: {reason} (Zeichen {position})"),
    ("typed.jsonata.failed", "der JSONata-Ausdruck ist gescheitert: {reason}"),
    (
        "typed.jsonata.time",
        "der JSONata-Ausdruck wurde nach {milliseconds} ms angehalten: für das, was länger dauert, einen function-Knoten verwenden",
    ),
    ("typed.not-a-target", "ein Wert vom Typ {type} lässt sich nicht setzen: msg, flow oder global wählen"),
    ("typed.regex", "das ist kein regulärer Ausdruck: {reason}"),
    ("typed.unknown", "den Typ {type} gibt es hier nicht"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_there_in_german_with_the_same_places() {
        let english =
            [crate::error::TEXTS, crate::js::path::TEXTS, crate::context::TEXTS, crate::typed::TEXTS];
        assert_eq!(model::text::mismatches(&english, &[TEXTS]), Vec::<String>::new());
    }
}
