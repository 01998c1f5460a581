//! What this crate says, in German.

use model::text::Catalogue;

/// By the keys of the English ones.
pub const TEXTS: Catalogue = &[
    ("plugin.bad-description", "die Beschreibung des Plugins passt nicht bei {path}: {reason}"),
    ("plugin.bad-filter", "{filter} ist kein Topic-Filter: + und # stehen für ganze Ebenen, # nur am Ende"),
    (
        "plugin.bad-host",
        "{host} ist kein Host: api.example.org, api.example.org:8080, *.example.org, eine Adresse oder * schreiben",
    ),
    (
        "plugin.bad-interface",
        "das Plugin erfüllt den Vertrag nicht: {reason}; gegen plugins/wit/node.wit neu bauen",
    ),
    ("plugin.bad-json", "der Text ist kein JSON: {reason}"),
    ("plugin.cache", "der Ordner {folder} für übersetzte Plugins ist nicht zu benutzen: {reason}"),
    ("plugin.context-full", "ein Knoten darf {limit} MiB im Kontext halten: zuerst etwas löschen"),
    (
        "plugin.core-module",
        "die Datei ist ein WebAssembly-Kernmodul: eine Komponente daraus machen, wie `wireloom plugin build` es tut",
    ),
    (
        "plugin.depth",
        "das Plugin {plugin} ist zu tief in sich selbst geraten und wurde angehalten; es wurde neu gestartet",
    ),
    ("plugin.describe-failed", "das Plugin konnte nicht sagen, was es ist: {reason}"),
    ("plugin.dropped", "das Plugin {plugin} hat eine Nachricht fallen lassen, die es behalten wollte"),
    ("plugin.engine", "Plugins können auf diesem Rechner nicht laufen: {reason}"),
    (
        "plugin.foreign-import",
        "das Plugin verlangt {import}, das kein Plugin bekommt: ohne WASI und anderes bauen, was nicht in plugins/wit/node.wit steht",
    ),
    (
        "plugin.handles",
        "das Plugin {plugin} lässt Nachrichten nicht los: es hatte {limit} und wurde angehalten; es wurde neu gestartet",
    ),
    (
        "plugin.held",
        "das Plugin {plugin} hält mehr als {limit} MiB in Nachrichten und wurde angehalten; es wurde neu gestartet",
    ),
    (
        "plugin.hidden-logs",
        "das Plugin {plugin} hat in einem Aufruf {count} weitere {count|Zeile|Zeilen} protokolliert, die nicht gezeigt werden",
    ),
    (
        "plugin.host-calls",
        "das Plugin {plugin} hat den Server in einem Aufruf mehr als {limit} Mal aufgerufen und wurde angehalten; es wurde neu gestartet",
    ),
    ("plugin.http-bad-request", "{what} {value} ist nicht zu benutzen: {reason}"),
    (
        "plugin.http-not-allowed",
        "{host} ist nicht erlaubt; ein Administrator kann es den Hosts des Plugins hinzufügen",
    ),
    ("plugin.http-timeout", "keine Antwort innerhalb von {seconds} s"),
    ("plugin.kept", "das Plugin {plugin} hält schon {limit} Nachrichten und darf nicht mehr halten"),
    ("plugin.kv-key", "ein Schlüssel hat höchstens {limit} Bytes"),
    ("plugin.kv-value", "ein Wert hat höchstens {limit} Bytes"),
    ("plugin.long-path", "der Pfad, der mit {start} beginnt, ist zu lang; erlaubt sind {limit} Zeichen"),
    ("plugin.malformed", "die Datei ist keine WebAssembly-Komponente oder beschädigt: {reason}"),
    (
        "plugin.memory",
        "das Plugin {plugin} verlangte mehr als seine {limit} MiB Speicher und wurde angehalten; es wurde neu gestartet",
    ),
    (
        "plugin.messages",
        "das Plugin {plugin} hat in einem Aufruf mehr als {limit} Nachrichten gesendet und wurde angehalten; es wurde neu gestartet",
    ),
    (
        "plugin.mqtt-not-allowed",
        "{topic} ist nicht erlaubt; ein Administrator kann es den Topics des Plugins hinzufügen",
    ),
    ("plugin.no-context", "es gibt noch keinen Kontext"),
    (
        "plugin.no-message",
        "das Plugin {plugin} hat eine Nachricht benutzt, die es schon losgelassen hatte; es wurde neu gestartet",
    ),
    (
        "plugin.no-node",
        "die Komponente exportiert kein {wanted}, ist also kein Plugin für Wireloom: gegen plugins/wit/node.wit bauen",
    ),
    ("plugin.no-object", "eine Nachricht besteht aus einem JSON-Objekt"),
    ("plugin.no-service", "dieser Server hat nichts, das {capability} für Plugins tut"),
    (
        "plugin.not-granted",
        "das Plugin {plugin} verlangt {capabilities}, was kein Administrator gewährt hat: in der Verwaltung der Palette oder in den Einstellungen gewähren oder einen anderen Knoten verwenden",
    ),
    ("plugin.not-started", "das Plugin {plugin} wurde nicht gestartet"),
    (
        "plugin.output",
        "das Plugin {plugin} hat in einem Aufruf mehr als {limit} MiB übergeben und wurde angehalten; es wurde neu gestartet",
    ),
    (
        "plugin.random",
        "das Plugin {plugin} verlangte mehr als {limit} Zufallsbytes auf einmal und wurde angehalten; es wurde neu gestartet",
    ),
    ("plugin.replaced", "eine Instanz des Plugins {plugin} wurde ersetzt: {reason}"),
    ("plugin.subscriptions", "ein Knoten darf {limit} Abonnements haben"),
    (
        "plugin.time",
        "das Plugin {plugin} brauchte für einen Aufruf mehr als {limit} ms und wurde angehalten; es wurde neu gestartet",
    ),
    (
        "plugin.timers",
        "das Plugin {plugin} hat mehr als {limit} Timer gestellt und wurde angehalten; es wurde neu gestartet",
    ),
    (
        "plugin.too-early",
        "das Plugin {plugin} verlangte {what}, bevor sein Knoten lief; das ist nicht erlaubt",
    ),
    (
        "plugin.too-large",
        "das Plugin hat {size} Bytes, erlaubt sind {limit}: auf Größe optimiert und ohne Debug-Informationen bauen",
    ),
    ("plugin.trap", "das Plugin {plugin} ist innen gescheitert: {reason}; es wurde neu gestartet"),
    ("plugin.workers", "hier wird eine Zahl von 1 bis {limit} gebraucht"),
    (
        "plugin.wrong-contract",
        "das Plugin wurde für Version {found} des Vertrags gebaut, dieser Server hat {wanted}: die Ausgabe des Plugins für diesen Server nehmen oder einen anderen Server",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_there_in_german_with_the_same_places() {
        assert_eq!(model::text::mismatches(&[crate::TEXTS], &[TEXTS]), Vec::<String>::new());
    }
}
