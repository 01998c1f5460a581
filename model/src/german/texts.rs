//! What the model says: why a flow file cannot be read, what is wrong with a flow, why an edit cannot be made.

use crate::text::Catalogue;

/// By the keys of the English ones; sorted.
pub const TEXTS: Catalogue = &[
    ("api.deployment", "{found} ist keine Deploy-Art: full, flows, nodes oder reload verwenden"),
    ("api.flow-duplicate", "die ID {id} kommt zweimal vor: einem der beiden eine andere geben"),
    ("api.flow-global", "der globale Flow lässt sich nicht löschen"),
    ("api.flow-node", "`{list}[{index}]` ist kein Objekt mit den Texten `id` und `type`"),
    (
        "api.flow-shape",
        "ein Flow ist ein Objekt mit einer Liste `nodes` und, wo es sie gibt, den Listen `configs` und `subflows`; hier steht: {found}",
    ),
    ("api.flow-taken", "die ID {id} gehört schon einem anderen Eintrag: dem Flow eine andere geben"),
    ("api.no-flow", "es gibt keinen Flow mit der ID {id}"),
    ("api.version", "{found} ist keine Version der Flow-API: v1 oder v2 verlangen"),
    ("api.version-mismatch", "die Flows wurden seit dem Laden von jemand anderem geändert: neu laden"),
    ("check.above", "{found} ist zu klein: mehr als {limit} eingeben"),
    ("check.below", "{found} ist zu groß: weniger als {limit} eingeben"),
    ("check.choice", "{found} ist hier nicht erlaubt; zur Wahl stehen: {expected}"),
    (
        "check.config-disabled",
        "{target} ist deaktiviert: aktivieren oder einen anderen Knoten vom Typ {type} wählen",
    ),
    ("check.config-missing", "nichts ausgewählt: einen Knoten vom Typ {type} wählen oder hinzufügen"),
    ("check.config-type", "{target} ist vom Typ {found}: einen Knoten vom Typ {type} wählen oder hinzufügen"),
    (
        "check.config-unknown",
        "{target} ist nicht in diesem Dokument: einen Knoten vom Typ {type} wählen oder hinzufügen",
    ),
    (
        "check.dangling-wire",
        "Ausgang {output} ist mit {target} verbunden, das nicht in diesem Dokument ist: die Verbindung entfernen",
    ),
    ("check.duplicate-id", "Eintrag {first} hat ebenfalls die ID {id}: einem der beiden eine andere geben"),
    ("check.form", "{found} passt hier zu keiner der erlaubten Formen: siehe Hilfe des Knotens"),
    ("check.json", "das ist kein JSON ({reason}): an dieser Stelle berichtigen"),
    (
        "check.link-nothing",
        "der Link führt zu {target}, das kein Link-Knoten dieses Dokuments ist: einen anderen wählen",
    ),
    (
        "check.malformed",
        "Eintrag {index} ist ungültig ({found}): Ein Eintrag ist ein Objekt mit den Texten `id` und `type`; berichtigen oder entfernen",
    ),
    ("check.maximum", "{found} ist zu groß: höchstens {limit} eingeben"),
    ("check.minimum", "{found} ist zu klein: mindestens {limit} eingeben"),
    (
        "check.missing-subflow",
        "der Subflow {subflow} ist nicht in diesem Dokument: importieren oder den Knoten entfernen",
    ),
    (
        "check.no-input",
        "Ausgang {output} ist mit {target} verbunden, das keinen Eingang hat: die Verbindung entfernen",
    ),
    (
        "check.no-such-group",
        "die Gruppe {group} dieses Knotens ist nicht in diesem Dokument: den Knoten aus ihr nehmen",
    ),
    ("check.no-such-member", "{member} ist nicht in diesem Dokument: aus der Gruppe entfernen"),
    (
        "check.no-such-output",
        "eine Verbindung geht von Ausgang {output} aus, die Ausgänge enden aber bei {count}: die Verbindung entfernen oder Ausgänge hinzufügen",
    ),
    (
        "check.no-such-tab",
        "der Flow {tab} dieses Knotens ist nicht in diesem Dokument: den Knoten auf einen vorhandenen verschieben",
    ),
    ("check.number", "{found} ist keine Zahl: eine Zahl eingeben"),
    (
        "check.other-tab",
        "Ausgang {output} ist mit {target} auf einem anderen Flow verbunden: stattdessen ein Paar Link-Knoten verwenden",
    ),
    ("check.pattern", "{found} hat nicht die Form {pattern}: in dieser Form eingeben"),
    ("check.required", "hier fehlt ein Wert: bitte ausfüllen"),
    (
        "check.scope-nothing",
        "beobachtet wird {target}, das nicht in diesem Dokument ist: etwas anderes wählen",
    ),
    ("check.subflow-recursion", "der Subflow {subflow} würde sich selbst enthalten: diesen Knoten entfernen"),
    (
        "check.too-few",
        "hier {count|steht|stehen} {count} {count|Eintrag|Einträge}: auf mindestens {limit} ergänzen",
    ),
    ("check.too-long", "{found} ist zu lang: höchstens {limit} Zeichen eingeben"),
    (
        "check.too-many",
        "hier {count|steht|stehen} {count} {count|Eintrag|Einträge}: auf höchstens {limit} kürzen",
    ),
    ("check.too-short", "{found} ist zu kurz: mindestens {limit} Zeichen eingeben"),
    ("check.truth", "{found} ist weder true noch false: eines von beiden wählen"),
    ("check.type", "hier steht: {found}; erwartet: {expected}"),
    (
        "check.unknown-type",
        "kein Knotentyp {type} ist installiert: installieren, was ihn mitbringt, oder den Knoten entfernen",
    ),
    (
        "check.wires-shape",
        "hier steht: {found}; erwartet: {expected}. Die Verbindungen dieses Knotens neu ziehen",
    ),
    ("diff.entry", "an Position {index} steht ein anderer Eintrag"),
    (
        "diff.id",
        "die ID von {id} lässt sich nicht an Ort und Stelle ändern: den Knoten entfernen und mit der neuen ID einfügen",
    ),
    ("diff.index", "Position {index} liegt hinter dem Ende: Das Dokument hat {length} Einträge"),
    ("diff.node", "es gibt keinen Knoten mit der ID {id}"),
    ("diff.position", "`{key}` von {id} passt nicht an Position {position}"),
    ("diff.value", "`{key}` von {id} hat einen anderen Wert"),
    (
        "document.shape",
        "ein Flow-Dokument ist eine Liste von Knoten oder ein Objekt mit einer solchen Liste als `flows`; hier steht: {found}",
    ),
    ("edit.empty", "es gibt nichts einzufügen: zuerst Knoten kopieren"),
    ("edit.fixed", "`{key}` lässt sich nicht als Eigenschaft bearbeiten"),
    ("edit.no-container", "es gibt keinen Flow oder Subflow mit der ID {id}: einen anderen wählen"),
    ("edit.no-node", "es gibt keinen Knoten mit der ID {id}: den Flow neu laden"),
    ("edit.no-place", "{id} hat keinen Platz auf einem Flow: einen Knoten wählen, der einen hat"),
    ("edit.no-ports", "{id} hat keine Ein- und Ausgänge: einen Knoten auf einem Flow wählen"),
    ("edit.no-row", "`{key}` von {id} hat keine Zeile {row}: eine vorhandene wählen"),
    ("edit.no-tab", "es gibt keinen Flow mit der ID {id}: einen anderen wählen"),
    ("edit.not-finite", "{id} lässt sich nicht nach {x}, {y} verschieben: Zahlen angeben"),
    (
        "edit.other-tab",
        "{from} und {to} sind auf verschiedenen Flows: stattdessen ein Paar Link-Knoten verwenden",
    ),
    ("edit.taken-id", "die ID {id} ist vergeben: eine andere verwenden"),
    ("flow-test.context", "der Kontext hält andere Werte als erwartet"),
    ("flow-test.count", "{place} gab {got} {got|Nachricht|Nachrichten} ab, erwartet: {expected}"),
    ("flow-test.debug", "andere Debug-Ausgaben als erwartet"),
    (
        "flow-test.differs",
        "{place} gab eine andere Nachricht ab als erwartet, Nummer {number} dieses Schritts",
    ),
    ("flow-test.errors", "andere Fehler als erwartet"),
    (
        "flow-test.gone",
        "in den Flows gibt es den Knoten {id} nicht, um den es in diesem Test geht: ihn wiederherstellen oder den Test löschen",
    ),
    ("flow-test.message", "eine Nachricht ist ein Objekt mit Eigenschaften, zum Beispiel {\"payload\": 1}"),
    ("flow-test.no-flows", "in diesem Test geht es um Knoten einer Flow-Datei: die Datei mit --flows nennen"),
    ("flow-test.not-flow", "der Flow ist nicht lesbar: {reason}"),
    ("flow-test.problems", "andere Probleme beim Deploy als erwartet"),
    ("flow-test.send", "{place} kann keine Nachricht bekommen: {reason}"),
    ("flow-test.status", "{place} zeigt einen anderen Status als erwartet"),
    (
        "flow-test.time",
        "der Test kam in {seconds} s nicht zu Ende: etwas darin läuft endlos im Kreis oder wartet auf etwas, das nicht kommt",
    ),
    ("flow-test.unexpected", "{place} gab {got} {got|Nachricht|Nachrichten} ab, die kein Schritt erwartet"),
    (
        "flow-test.unsteady",
        "{place} gibt in einem Lauf {first} {first|Nachricht|Nachrichten} ab und im nächsten {second}: davon lässt sich nichts erwarten",
    ),
    ("invariant.group", "führt {member} auf, das nach eigener Angabe anderswo ist"),
    ("invariant.member", "gibt an, in der Gruppe {group} zu sein, die es nicht aufführt"),
    (
        "json.control",
        "ein Text darf das Steuerzeichen {found} nicht so enthalten, wie es ist: als Escape-Folge schreiben",
    ),
    ("json.depth", "Listen und Objekte sind tiefer verschachtelt als {limit} Ebenen"),
    ("json.end", "der Text endet zu früh; erwartet: {expected}"),
    (
        "json.escape",
        "unbekannte Escape-Folge {found}: eine von \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u0000 verwenden",
    ),
    ("json.expected", "erwartet: {expected}; gefunden: {found}"),
    (
        "json.number",
        "so lässt sich keine Zahl schreiben: {found}; Ziffern verwenden, vor einem Dezimalpunkt eine 0",
    ),
    ("json.rest", "nach dem Ende des Werts steht noch Text: {found}"),
];
