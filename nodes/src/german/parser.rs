//! The nodes that read and write formats.

use model::text::Catalogue;

use super::{Field, Words, field};

pub(super) const TEXTS: Catalogue = &[
    (
        "base64.action",
        "{action} ist keine Aktion: \"\" (umwandeln), \"str\" (kodieren) oder \"b64\" (dekodieren) wählen",
    ),
    ("base64.cannot", "ein Wert vom Typ {type} lässt sich nicht umwandeln; die Nachricht wurde verworfen"),
    ("base64.invalid", "der Text ist kein Base64: {reason}"),
    ("base64.label", "base64"),
    ("base64.no-property", "die Nachricht hat kein {property}; sie wurde verworfen"),
    ("base64.not-text", "nur Text lässt sich dekodieren, und das hier ist vom Typ {type}"),
    ("csv.after-quote", "nach einem schließenden Anführungszeichen steht noch etwas, bei Zeichen {at}"),
    (
        "csv.errors.bad_csv",
        "ein Anführungszeichen ist nicht geschlossen, die letzte Zeile kann also falsch sein",
    ),
    ("csv.errors.bad_template", "die Spalten sind kein CSV: {reason}"),
    ("csv.errors.csv_js", "nur Text, Objekte und Arrays lassen sich umwandeln"),
    (
        "csv.errors.obj_csv",
        "keine Spalten sind genannt, deshalb gelten die des ersten Objekts: die Spalten nennen",
    ),
    ("csv.label", "csv"),
    ("csv.not-rows", "die Zeilen sind weder Objekte noch Arrays"),
    ("csv.open-quote", "ein Anführungszeichen ist nicht geschlossen"),
    ("csv.quote", "in einem Wert ohne Anführungszeichen steht eines, bei Zeichen {at}"),
    ("csv.separator", "hier wird ein Zeichen gebraucht; \\t steht für einen Tabulator"),
    ("html.label", "html"),
    ("html.no-selector", "kein Selektor ist eingestellt, und in msg.select steht kein Text"),
    ("html.not-text", "ein Wert vom Typ {type} ist keine Seite: ein Text oder Buffer wird gebraucht"),
    ("html.selector", "{selector} ist kein CSS-Selektor: {reason}"),
    ("json.action", "{action} ist keine Aktion: \"\" (umwandeln), \"str\" oder \"obj\" wählen"),
    ("json.ended", "JSON endet zu früh in Zeile {line}, Spalte {column}: es fehlt etwas ({reason})"),
    ("json.errors.schema-error", "der Wert passt nicht zu msg.schema: {reasons}"),
    (
        "json.errors.schema-error-compile",
        "msg.schema ist kein JSON Schema: es muss ein Objekt, true oder false sein; ist es Text, einen json-Knoten davor setzen",
    ),
    ("json.errors.schema-invalid", "msg.schema ist kein JSON Schema: {reason}"),
    ("json.label", "json"),
    ("json.no-form", "für einen Wert vom Typ {type} gibt es in JSON keine Form"),
    ("json.not-utf-8", "der Buffer ist kein JSON: ab Byte {at} ist er kein UTF-8"),
    (
        "json.unexpected",
        "unerwartetes Zeichen '{token}' in Zeile {line}, Spalte {column}: der Text ist kein JSON ({reason})",
    ),
    ("xml.attribute.no-quotes", "der Wert eines Attributs steht nicht in Anführungszeichen, bei Byte {at}"),
    ("xml.attribute.no-value", "ein Attribut hat keinen Wert, bei Byte {at}: name=\"wert\" schreiben"),
    (
        "xml.attribute.open-quotes",
        "die Anführungszeichen um den Wert eines Attributs sind nicht geschlossen, bei Byte {at}",
    ),
    ("xml.attribute.twice", "ein Attribut steht zweimal in einem Element, bei Byte {at}"),
    ("xml.before-root", "vor dem äußersten Element steht Text, bei Byte {at}"),
    ("xml.entity", "die Entität {name} gibt es nicht, bei Byte {at}"),
    ("xml.errors.xml_js", "nur Text und Objekte lassen sich umwandeln"),
    ("xml.invalid", "das ist kein XML: {reason}, bei Byte {at}"),
    ("xml.label", "xml"),
    ("xml.name", "{name} kann nicht Name eines Elements oder Attributs sein"),
    ("xml.second-root", "nach dem äußersten Element steht noch etwas, bei Byte {at}"),
    ("xml.too-deep", "Elemente sind tiefer verschachtelt als die erlaubten {limit} Ebenen"),
    ("xml.unclosed", "das Element {name} ist nicht geschlossen"),
    ("yaml.alias", "ein Alias nennt etwas, das noch nicht fertig ist, in Zeile {line}"),
    ("yaml.duplicate-key", "der Schlüssel {key} steht zweimal in einer Zuordnung, in Zeile {line}"),
    ("yaml.errors.dropped", "nur Text und Objekte lassen sich umwandeln; die Nachricht wurde verworfen"),
    ("yaml.errors.dropped-error", "für das Objekt gibt es in YAML keine Form"),
    ("yaml.errors.dropped-object", "ein Buffer lässt sich nicht umwandeln; er wurde verworfen"),
    ("yaml.invalid", "das ist kein YAML: {reason}, in Zeile {line}, Spalte {column}"),
    ("yaml.label", "yaml"),
    ("yaml.merge", "nur Zuordnungen lassen sich mit << zusammenführen, in Zeile {line}"),
    ("yaml.several", "im Text stehen mehrere Dokumente: zuerst an den Zeilen mit --- aufteilen"),
    ("yaml.tag", "den Tag {tag} gibt es nicht, oder sein Wert passt nicht, in Zeile {line}"),
    ("yaml.too-deep", "die Werte sind tiefer verschachtelt als die erlaubten {limit} Ebenen"),
];

const PROPERTY: Field = field("property", "Eigenschaft").hint("Der Nachricht, etwa `payload`.");

pub(super) const TYPES: &[Words] = &[
    Words {
        type_name: "csv",
        fields: &[
            field("temp", "Spalten").hint(
                "Ihre Namen, mit Kommas dazwischen. Leer: wie die erste Zeile oder `msg.columns` sie nennt.",
            ),
            field("sep", "Trennzeichen").hint("Ein Zeichen; `\\t` ist ein Tabulator."),
            field("spec", "Lesen").hint("Nach RFC 4180 oder so, wie ältere Knoten es taten.").choices(&["RFC 4180", "Wie früher"]),
            field("skip", "Zeilen überspringen").hint("So viele am Anfang eines Textes."),
            field("hdrin", "Die erste Zeile nennt die Spalten"),
            field("strings", "Texte, die Zahlen sind, in Zahlen umwandeln"),
            field("include_empty_strings", "Leere Texte behalten"),
            field("include_null_values", "Null-Werte behalten"),
            field("multi", "Senden").choices(&["Eine Nachricht für jede Zeile", "Eine Nachricht mit einem Array"]),
            field("hdrout", "Eine Zeile mit den Spalten schreiben").choices(&[
                "Nie",
                "In jeder Nachricht",
                "Einmal, bis msg.reset kommt",
            ]),
            field("ret", "Zeilenenden").hint("Des geschriebenen Textes.").choices(&[
                "Linux (\\n)",
                "Alter Mac (\\r)",
                "Windows (\\r\\n)",
            ]),
        ],
        help: "\
Wandelt CSV-Text in Objekte um und Objekte oder Arrays in CSV-Text.

**Nimmt** `msg.payload`: einen Text; oder ein Objekt, ein Array von Objekten oder ein Array von Arrays. `msg.columns` nennt \
die Spalten, die geschrieben werden, wo der Knoten es nicht tut. `msg.reset` schreibt die Spalten noch einmal. Teile einer \
Sequenz (`msg.parts`) werden zusammengesetzt, wenn ein Array gesendet werden soll: höchstens 100.000 Zeilen, danach ist es \
ein Fehler, den ein catch-Knoten auffangen kann.

**Sendet** ein Objekt für jede Zeile, als Sequenz, oder ein Array; oder den Text. `msg.columns` enthält die Namen der \
Spalten.

Nach RFC 4180 gelesen, ist `,,` null und `\"\"` ein leerer Text; beides fehlt, wenn es nicht behalten werden soll. *Wie \
früher* liest so, wie Knoten es vor Node-RED 4 taten.

**Beispiel**: ein file-in-Knoten, dann csv mit *Die erste Zeile nennt die Spalten*.",
    },
    Words {
        type_name: "html",
        fields: &[
            field("property", "Eigenschaft").hint("Der Nachricht, mit der Seite."),
            field("tag", "Selektor").hint("Wie in CSS, etwa `table td.price`. Leer: der in `msg.select`."),
            field("ret", "Nehmen").choices(&[
                "Das HTML darin",
                "Den Text darin",
                "Die Attribute",
                "Das HTML darin und die Attribute",
            ]),
            field("chr", "Name für das HTML neben den Attributen"),
            field("as", "Senden").choices(&["Eine Nachricht mit einem Array", "Eine Nachricht für jedes Element"]),
            field("outproperty", "In").hint("Die Eigenschaft, in die das Gefundene kommt."),
        ],
        help: "\
Nimmt mit einem CSS-Selektor Elemente aus einer Seite: das HTML oder den Text darin oder ihre Attribute.

**Nimmt** `msg.payload` oder eine andere Eigenschaft: die Seite. `msg.select` ist der Selektor, wo der Knoten keinen hat. \
**Sendet** eine Nachricht mit einem Array oder eine Nachricht für jedes Element, als Sequenz (`msg.parts`). Ohne die \
Eigenschaft geht die Nachricht weiter.

Eine Seite wird so gelesen, wie Browser sie lesen: Was fehlt, wird ergänzt, und nichts ist ein Fehler.

**Beispiel**: nach einem http-request-Knoten mit dem Selektor `h1`, um den Titel einer Seite zu kennen.",
    },
    Words {
        type_name: "json",
        fields: &[
            field("action", "Aktion").choices(&[
                "Zwischen Text und Wert umwandeln",
                "Immer in Text",
                "Immer in einen Wert",
            ]),
            PROPERTY,
            field("pretty", "Den Text gliedern").hint("Auf mehreren Zeilen, um vier Leerzeichen eingerückt."),
        ],
        help: "\
Wandelt JSON-Text in einen Wert um und einen Wert in JSON-Text; oder immer in eines von beiden.

**Nimmt** `msg.payload` oder eine andere Eigenschaft: einen Text oder Buffer oder irgendetwas anderes. **Sendet** die \
Nachricht mit der umgewandelten Eigenschaft. Was kein JSON ist, ist ein Fehler, den ein catch-Knoten auffangen kann. Eine \
Nachricht ohne die Eigenschaft geht weiter.

Steht in `msg.schema` ein JSON Schema, wird der Wert daran geprüft (Draft 7 oder der, den `$schema` nennt; nichts wird \
abgerufen). Ein Wert, der nicht passt, ist ein Fehler, den ein catch-Knoten auffangen kann, mit den einzelnen Gründen in \
`msg.schemaError`; eine Nachricht, die besteht, geht ohne ihr Schema weiter.

**Beispiel**: nach einem mqtt-in-Knoten, um `{\"temperature\":21.5}` als Objekt zu lesen.",
    },
    Words {
        type_name: "xml",
        fields: &[
            PROPERTY,
            field("attr", "Name für Attribute").hint("Leer: `$`."),
            field("chr", "Name für Text neben Attributen").hint("Leer: `_`."),
        ],
        help: "\
Wandelt XML-Text in ein Objekt um und ein Objekt in XML-Text.

**Nimmt** `msg.payload` oder eine andere Eigenschaft. `msg.options` kann die Form ändern, mit den Namen der Bibliothek \
xml2js: `explicitArray`, `explicitRoot`, `mergeAttrs`, `ignoreAttrs`, `trim`, `normalize`, `normalizeTags`, \
`explicitCharkey`, `emptyTag`, `attrkey`, `charkey` beim Lesen; `rootName`, `headless`, `cdata`, `attrkey`, `charkey`, \
`renderOpts.pretty`, `xmldec` beim Schreiben. **Sendet** die Nachricht mit der umgewandelten Eigenschaft; ohne die \
Eigenschaft geht sie weiter.

`<a x=\"1\"><b>2</b></a>` wird zu `{\"a\": {\"$\": {\"x\": \"1\"}, \"b\": [\"2\"]}}`: Jedes Kind ist ein Array, denn es kann \
mehrere eines Namens geben. Was kein XML ist, ist ein Fehler, den ein catch-Knoten auffangen kann. Dokumenttypen werden \
übergangen, es gibt also keine Entitäten außer den fünf von XML.

**Beispiel**: nach einem http-request-Knoten, dessen Antwort XML ist, um `msg.payload.rss.channel` zu lesen.",
    },
    Words {
        type_name: "yaml",
        fields: &[PROPERTY],
        help: "\
Wandelt YAML-Text in einen Wert um und ein Objekt oder Array in YAML-Text.

**Nimmt** `msg.payload` oder eine andere Eigenschaft. **Sendet** die Nachricht mit der umgewandelten Eigenschaft; ohne die \
Eigenschaft geht sie weiter. Was kein YAML ist, ist ein Fehler, den ein catch-Knoten auffangen kann; andere Werte werden \
verworfen, und das Protokoll sagt es.

YAML 1.2 mit Zeitangaben, `<<` zum Zusammenführen und `!!binary`; ein Dokument in einem Text.

**Beispiel**: ein file-in-Knoten, dann yaml, um eine Liste von Geräten zu lesen.",
    },
    Words {
        type_name: "base64",
        fields: &[
            field("action", "Aktion").choices(&[
                "Zwischen Bytes und Base64 umwandeln",
                "Als Base64 kodieren",
                "Base64 zu Text dekodieren",
            ]),
            PROPERTY,
        ],
        help: "\
Kodiert Bytes und Text als Base64 und dekodiert es.

**Nimmt** `msg.payload` oder eine andere Eigenschaft. **Sendet** die Nachricht mit der umgewandelten Eigenschaft.

- *Umwandeln*: Ein Buffer wird zu Base64-Text; Base64-Text wird zu einem Buffer; anderer Text wird kodiert.
- *Kodieren*: Ein Buffer, Text oder alles andere als JSON wird zu Base64-Text.
- *Dekodieren*: Base64, als Text oder in einem Buffer, wird zu Text, oder zu einem Buffer, wenn die Bytes kein UTF-8 sind. \
Leerraum darin stört nicht. Was kein Base64 ist, ist ein Fehler, den ein catch-Knoten auffangen kann.",
    },
];
