//! Answers of the admin API.

use model::text::Catalogue;

pub(super) const TEXTS: Catalogue = &[
    ("action.busy", "die Aktion {name} ist beschäftigt: bald noch einmal versuchen"),
    ("action.config", "{name} lässt sich mit dieser Konfiguration nicht aufrufen: {reason}"),
    ("action.failed", "die Aktion {name} ist im Knoten {node} gescheitert: {reason}"),
    ("action.late", "die Aktion {name} hat nicht innerhalb von {seconds} s geantwortet"),
    (
        "action.no-answer",
        "die Aktion {name} endete ohne Antwort: ihren Flow mit einem action-out-Knoten beenden, der msg.action bekommt",
    ),
    ("action.not-json", "die Antwort der Aktion {name} lässt sich nicht als JSON schreiben: {reason}"),
    (
        "action.plugin-body",
        "{name} ist ein Plugin: Der Inhalt ist ein Objekt mit den Einstellungen des Knotens als `config` und der Nachricht als `message`, beides Objekte",
    ),
    (
        "action.stopping",
        "der Flow der Aktion {name} wird gerade angehalten oder deployt: bald noch einmal versuchen",
    ),
    (
        "comms.lost",
        "{count} {count|Debug-Nachricht fehlt|Debug-Nachrichten fehlen}: Es kamen mehr, als gesendet werden konnten",
    ),
    (
        "context.broken",
        "{path} enthält keine Werte eines Kontexts: {reason}; berichtigen oder wegbewegen, um ohne sie zu beginnen",
    ),
    (
        "context.store-alias",
        "{origin}: `default` ist {name}, aber einen Kontextspeicher dieses Namens gibt es nicht",
    ),
    (
        "context.store-folder",
        "{origin}: die Kontextspeicher {name} und {other} würden in einen Ordner schreiben: einem einen anderen geben",
    ),
    ("context.store-form", "{origin}: {found} ist kein Kontextspeicher: `name=art` schreiben"),
    (
        "context.store-kind",
        "{origin}: eine Art {kind} von Kontextspeichern gibt es nicht: memory oder localfilesystem verwenden",
    ),
    (
        "context.store-name",
        "{origin}: {name} kann nicht Name eines Kontextspeichers sein: Buchstaben, Ziffern und `_` verwenden",
    ),
    (
        "context.store-twice",
        "{origin}: einen Kontextspeicher {name} gibt es schon: einem der beiden einen anderen Namen geben",
    ),
    ("context.unremoved", "{path} gehört zu nichts mehr und lässt sich nicht löschen: {reason}"),
    (
        "context.unwritten",
        "{path} lässt sich nicht schreiben: {reason}; die Werte bleiben im Speicher, und es wird wieder versucht",
    ),
    (
        "credentials.shape",
        "`credentials` muss ein Objekt aus Knoten-IDs sein, jede mit einem Objekt aus Texten; bei {path} steht: {found}",
    ),
    (
        "example.hello-mqtt",
        "Der kürzeste Weg hin und zurück: Ein inject-Knoten veröffentlicht einen Gruß beim MQTT-Broker, ein mqtt-in-Knoten bekommt ihn zurück, der Debug-Bereich zeigt ihn.",
    ),
    ("example.hello-mqtt.title", "Hallo MQTT"),
    (
        "example.http-api",
        "Eine kleine REST-API (auflisten, anlegen, lesen, 404), die ihre Daten im Kontext des Flows hält.",
    ),
    ("example.http-api.title", "HTTP-API"),
    (
        "example.smart-campus",
        "Ein ganzes System auf drei Flows: Tausend simulierte Autos und Studierende melden über MQTT, wo sie sind; die auf dem Campus werden 24 Stunden gespeichert, jede Meldung genau einmal; HTTP-Anfragen fragen, wer da ist, und senden Aktionen zurück.",
    ),
    ("example.smart-campus.title", "Smarter Campus"),
    (
        "flows.failed",
        "der Deploy ist innen gescheitert: {reason}; was gespeichert ist und was läuft, kann sich unterscheiden, also noch einmal deployen",
    ),
    ("flow-tests.broken", "{file} im Datenordner ist keine Liste von Flow-Tests: {reason}"),
    (
        "flow-tests.context",
        "die Kontextwerte von {scope} müssen ein Objekt aus Werten nach Schlüsseln sein, etwa {\"count\": 1}",
    ),
    ("flow-tests.name", "ein Flow-Test braucht einen Namen"),
    ("flow-tests.no-messages", "ein Flow-Test sendet wenigstens eine Nachricht: in `messages` nennen"),
    ("flow-tests.no-nodes", "ein Flow-Test handelt von wenigstens einem Knoten: in `nodes` nennen"),
    (
        "flow-tests.no-target",
        "die Nachrichten müssen bei Knoten ankommen, von denen der Test handelt: in `to` nennen",
    ),
    ("flow-tests.no-threads", "das System gibt keine Threads her: {reason}"),
    ("flow-tests.not-recorded", "diese Knoten lassen sich so nicht prüfen: {reason}"),
    ("flow-tests.taken", "einen Flow-Test {name} gibt es schon: diesem einen anderen Namen geben"),
    ("flows.not-flows", "{path} ist keine Flow-Datei: {reason}"),
    ("flows.stopping", "Wireloom wird gerade beendet; nichts wurde deployt"),
    ("flows.unreadable", "{path} ist nicht lesbar: {reason}"),
    (
        "guard.host",
        "dieser Server ist nicht als {host} bekannt: den Namen in der Einstellung allowed-hosts ergänzen",
    ),
    ("guard.media-type", "der Inhalt muss JSON sein, gesendet mit Content-Type: application/json"),
    ("guard.no-permission", "{user} darf das nicht: gebraucht wird die Berechtigung {permission}"),
    ("guard.no-session", "dafür wird eine Sitzung gebraucht: zuerst anmelden"),
    ("guard.origin", "Seiten von {origin} dürfen diesen Server nicht benutzen"),
    (
        "guard.plugin-type",
        "der Inhalt muss eine WebAssembly-Komponente sein, gesendet mit Content-Type: {type}",
    ),
    ("held.limit", "es gibt schon {limit} Haltepunkte: erst einen wegnehmen"),
    ("jsonata.message", "eine Nachricht ist ein Objekt von Eigenschaften, etwa {\"payload\": 1}"),
    (
        "library.name",
        "{name} kann nicht Name in der Bibliothek sein: die Teile eines Pfads müssen Namen von Dateien sein und dürfen nicht mit einem Punkt beginnen",
    ),
    ("library.unreadable", "{path} ist nicht lesbar: {reason}"),
    ("library.unwritable", "{path} lässt sich nicht schreiben: {reason}; was vorher da war, ist unverändert"),
    (
        "peek.too-many",
        "{limit} Ausgänge werden beobachtet, mehr geht nicht; schließen Sie zuerst einige der anderen",
    ),
    ("replay.no-object", "eine Nachricht ist ein Objekt von Eigenschaften, etwa {\"payload\": 1}"),
    ("server.broken-body", "der Inhalt kam nicht an: {reason}"),
    ("server.enabled-missing", "der Inhalt muss `enabled` nennen: true oder false"),
    ("server.no-such-page", "unter {path} gibt es nichts"),
    ("server.nodes-missing", "der Inhalt muss als `nodes` eine Liste von Knoten-IDs enthalten"),
    ("server.not-found", "gibt es nicht: {what} {id}"),
    ("server.not-json", "der Inhalt ist nicht das, was hier erwartet wird: {reason}"),
    (
        "server.rev",
        "rev muss ein Text sein: der der Flows, die geändert wurden; weglassen, um zu überschreiben, was gilt",
    ),
    ("server.state", "{found} ist kein Zustand von Flows: start oder stop verwenden"),
    ("server.state-fixed", "dieser Server lässt Flows nicht stoppen: runtime-state = false"),
    ("server.store", "den Kontextspeicher {store} gibt es nicht"),
    ("server.text-missing", "der Inhalt muss als `text` den Text enthalten, der aufbewahrt werden soll"),
    ("server.too-large", "der Inhalt ist größer als {limit} Bytes"),
    (
        "server.type-in-use",
        "{type} lässt sich nicht abschalten: {count} {count|Knoten|Knoten} der Flows {count|ist|sind} von diesem Typ",
    ),
    (
        "storage.credential-damaged",
        "{path}: die Zugangsdaten {field} des Knotens {node} wurden nach dem Versiegeln geändert: eine Kopie der Datei zurückholen oder den Eintrag entfernen und neu eingeben",
    ),
    (
        "storage.flows-emptied",
        "{path} ist leer, {backup}, das Node-RED von den Flows davor behält, aber nicht: nach {path} kopieren oder dort `[]` hineinschreiben, um ohne Flows zu beginnen",
    ),
    (
        "storage.in-use",
        "der Datenordner {path} wird von einem anderen Wireloom benutzt: dieses beenden oder mit --data einen anderen Ordner wählen",
    ),
    (
        "storage.key-file-missing",
        "{path} ist mit dem Schlüssel aus {file} versiegelt, und die Datei fehlt: eine Kopie davon zurückholen oder {path} wegbewegen, um ohne Zugangsdaten zu beginnen",
    ),
    (
        "storage.key-file-wrong",
        "{path} ist mit einem anderen Schlüssel versiegelt als dem aus {file}: den zugehörigen zurückholen oder {path} wegbewegen, um ohne Zugangsdaten zu beginnen",
    ),
    (
        "storage.key-missing",
        "{path} ist mit der Einstellung credential-key versiegelt, und die ist nicht gesetzt: wie zuvor setzen oder {path} wegbewegen, um ohne Zugangsdaten zu beginnen",
    ),
    ("storage.key-unmade", "Zugangsdaten lassen sich nicht versiegeln: {reason}; nichts wurde geschrieben"),
    (
        "storage.key-wrong",
        "{path} ist mit einem anderen credential-key versiegelt als dem gesetzten: wie zuvor setzen oder {path} wegbewegen, um ohne Zugangsdaten zu beginnen",
    ),
    (
        "storage.not-a-key",
        "{path} enthält keinen Schlüssel, das sind 32 Bytes in Base64: eine Kopie der Datei zurückholen",
    ),
    ("storage.not-credentials", "{path} enthält keine Zugangsdaten: {reason}"),
    ("storage.not-flows", "{path} ist keine Flow-Datei: {reason}"),
    ("storage.unreadable", "{path} ist nicht lesbar: {reason}"),
    ("storage.unwritable", "{path} lässt sich nicht schreiben: {reason}; was vorher da war, ist unverändert"),
];

/// What there is none of (`server.not-found`).
pub(super) const WORDS: Catalogue = &[
    ("action", "Aktion"),
    ("context", "Kontext"),
    ("example", "Beispiel"),
    ("flow", "Flow"),
    ("flow test", "Flow-Test"),
    ("library", "Bibliothek"),
    ("library entry", "Eintrag der Bibliothek"),
    ("message", "Nachricht"),
    ("module", "Modul"),
    ("node", "Knoten"),
    ("node set", "Knotentyp"),
    ("output", "Ausgang"),
    ("plugin", "Plugin"),
    ("revision", "Version"),
    ("switch", "Schalter"),
];
