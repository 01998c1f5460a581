//! Plugins: what they ask for, and why one is not installed.

use model::text::Catalogue;

pub(super) const TEXTS: Catalogue = &[
    ("plugins.anonymous", "jemand, der nicht angemeldet ist"),
    (
        "plugins.built-in",
        "das Plugin bringt den Knotentyp {type} mit, den es hier schon gibt; sein Autor muss ihm einen anderen Namen geben",
    ),
    (
        "plugins.changed",
        "die Datei des Plugins {name} ist nicht die, die installiert wurde: wer sie selbst dort hingelegt hat, bestätigt sie in der Verwaltung der Palette oder mit `wireloom plugin add`; sonst die frühere zurückholen",
    ),
    (
        "plugins.clash",
        "das Plugin {name} bringt den Knotentyp {type} mit, den schon {owner} mitbringt: eines der beiden entfernen",
    ),
    (
        "plugins.grant",
        "{grant} lässt sich nicht gewähren: http=HOST,HOST, mqtt=publish:TOPIC,subscribe:TOPIC,broker:ID, kv, clock, clock=MILLISECONDS oder random schreiben",
    ),
    (
        "plugins.missing",
        "die Datei {path} des Plugins {name} ist weg: zurückholen oder das Plugin mit `wireloom plugin remove {name}` entfernen",
    ),
    (
        "plugins.name",
        "{name} ist kein Name für ein Plugin: Buchstaben, Ziffern, Punkte, Binde- und Unterstriche verwenden, höchstens 64",
    ),
    ("plugins.name-taken", "ein Plugin {name} gibt es schon: {path} entfernen oder umbenennen"),
    (
        "plugins.newer-records",
        "{path} wurde von einem neueren Wireloom geschrieben (Version {reason} der Datei): dieses verwenden oder die Datei wegbewegen und die Plugins neu bestätigen",
    ),
    (
        "plugins.no-administrator",
        "{user} darf Plugins nichts gewähren und auch keine geänderte Datei bestätigen: das darf ein Administrator",
    ),
    (
        "plugins.no-broker",
        "einen eingebauten MQTT-Broker gibt es nicht: er ist in den Einstellungen abgeschaltet",
    ),
    (
        "plugins.no-broker-node",
        "kein mqtt-broker-Knoten {id} läuft, dessen Verbindung dem Plugin gewährt wurde: einen deployen oder einen anderen gewähren",
    ),
    (
        "plugins.no-components",
        "{path} enthält keine Datei NAME.wasm: einen Ordner mit Plugins oder ein Plugin nennen",
    ),
    (
        "plugins.no-packages",
        "Pakete von npm laufen hier nicht: ein Plugin nach /nodes/upload hochladen und hier dessen `sha256` und `grants` nennen",
    ),
    (
        "plugins.no-such-file",
        "kein Plugin mit dem Hash {sha256} wurde hochgeladen oder liegt im Ordner: noch einmal hochladen",
    ),
    ("plugins.none", "ein Plugin {name} gibt es nicht; `wireloom plugin list` nennt alle"),
    (
        "plugins.not-granted",
        "das Plugin {name} kann ohne {capabilities} nicht laufen: alles gewähren, was es verlangt, oder es nicht installieren",
    ),
    ("plugins.not-loaded", "{path}: {reason}"),
    (
        "plugins.not-records",
        "{path} enthält keine Angaben über Plugins: {reason}; eine Kopie zurückholen oder die Datei wegbewegen und die Plugins neu bestätigen",
    ),
    ("plugins.not-removed", "{path} lässt sich nicht löschen: {reason}; von Hand löschen"),
    (
        "plugins.too-many-staged",
        "zu viele hochgeladene Dateien warten auf Bestätigung: zuerst andere bestätigen oder aufgeben",
    ),
    ("plugins.unreadable", "{path} ist nicht lesbar: {reason}"),
    (
        "plugins.values",
        "die Werte, die das Plugin aufbewahrt, sind nicht zu benutzen: {path}: {reason}; eine Kopie der Datei zurückholen oder sie wegbewegen",
    ),
    (
        "plugins.values-full",
        "das Plugin bewahrt schon {limit} Bytes auf und damit so viel, wie es darf: es etwas löschen lassen",
    ),
    (
        "plugins.waiting",
        "das Plugin {name} verlangt, was noch niemand gewährt hat ({capabilities}): ein Administrator bestätigt es in der Verwaltung der Palette oder mit `wireloom plugin add --grant`",
    ),
    (
        "plugins.watch",
        "der Ordner {path} lässt sich nicht beobachten: {reason}; Plugins, die dort hinkommen, werden beim nächsten Start bemerkt",
    ),
    ("plugins.words.broker", "dies über die Verbindung des mqtt-broker-Knotens {id} tun"),
    ("plugins.words.clock", "die Uhrzeit lesen, auf {ms} ms genau"),
    ("plugins.words.http", "Anfragen an {hosts} senden"),
    ("plugins.words.http-all", "Anfragen an jeden Host senden, auch im eigenen Netz"),
    ("plugins.words.kv", "bis zu 1 MiB an Werten auf dem Datenträger aufbewahren"),
    ("plugins.words.nothing", "nichts als seine Nachrichten"),
    ("plugins.words.publish", "unter den MQTT-Topics {topics} veröffentlichen"),
    ("plugins.words.random", "Zufallszahlen ziehen"),
    ("plugins.words.subscribe", "die MQTT-Topics {topics} lesen"),
];
