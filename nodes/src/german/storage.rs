//! The nodes for files and databases.

use model::text::Catalogue;

use super::{Field, Words, field};

pub(super) const TEXTS: Catalogue = &[
    ("database.error", "die Datenbank meldet: {reason}"),
    ("database.error-at", "die Datenbank meldet: {reason} (Zeile {line}, Spalte {column}, bei \"{near}\")"),
    ("database.identifier", "\"{name}\" ist kein Name für eine Tabelle oder Spalte"),
    (
        "database.in-clear",
        "Passwort und alle Zeilen gehen unverschlüsselt an {host}, da verschlüsselte Verbindungen zu PostgreSQL noch nicht unterstützt werden; einen Tunnel verwenden oder, wo das Netz privat ist, sslmode=disable in der URL angeben",
    ),
    ("database.label", "Datenbank"),
    (
        "database.mysql",
        "MySQL und MariaDB werden noch nicht unterstützt: sqlite:FILE oder postgres://USER@HOST:PORT/DATABASE verwenden",
    ),
    (
        "database.no-folder",
        "für die Datei {path} gibt es hier keinen Datenordner: einen vollständigen Pfad angeben",
    ),
    (
        "database.postgres-tls",
        "verschlüsselte Verbindungen zu PostgreSQL werden noch nicht unterstützt: sslmode weglassen und ein privates Netz oder einen Tunnel benutzen",
    ),
    ("database.postgres-url", "die PostgreSQL-URL ist nicht zu verstehen: {reason}"),
    (
        "database.url",
        "{url} ist nicht zu verstehen: sqlite:FILE, sqlite::memory: oder postgres://USER@HOST:PORT/DATABASE angeben",
    ),
    ("file-in.format", "{format} ist kein Format: utf8, lines, stream oder keines wählen"),
    ("file-in.label", "Datei lesen"),
    (
        "file-in.long-line",
        "die Datei {file} hat eine Zeile von mehr als {megabytes} MB, und mehr ist nicht erlaubt",
    ),
    ("file-in.read", "die Datei {file} ließ sich nicht lesen: {error}"),
    (
        "file-in.too-large",
        "die Datei {file} hat mehr als {megabytes} MB, und mehr ist für eine Nachricht nicht erlaubt: Zeile für Zeile oder in Stücken lesen",
    ),
    ("file.action", "{action} ist keine Aktion: false (anfügen), true (überschreiben) oder delete wählen"),
    ("file.encoding", "die Zeichenkodierung {name} gibt es nicht: utf8 oder eine aus der Liste wählen"),
    ("file.errors.appendfail", "an die Datei ließ sich nichts anfügen: {error}"),
    ("file.errors.createfail", "der Ordner ließ sich nicht anlegen: {error}"),
    ("file.errors.deletefail", "die Datei ließ sich nicht löschen: {error}"),
    ("file.errors.nofilename", "keine Datei ist genannt, deshalb wurde nichts geschrieben"),
    ("file.errors.writefail", "die Datei ließ sich nicht schreiben: {error}"),
    ("file.label", "Datei schreiben"),
    (
        "sql.count",
        "die Anweisung braucht {needed} Werte aus einem Array in msg.params, angegeben sind {given}",
    ),
    (
        "sql.empty",
        "es gibt keine Anweisung: eine in den Knoten schreiben, oder ihn leer lassen und eine in msg.sql senden",
    ),
    ("sql.label", "sql"),
    (
        "sql.parameter",
        "für ${name} gibt es keinen Wert: bei den Werten des Knotens ergänzen oder in msg.params ein Objekt mit der Eigenschaft {name} senden",
    ),
    ("sql.several", "das ist mehr als eine Anweisung: für jede einen Knoten verwenden"),
    ("sql.transaction", "{word} ist nicht erlaubt: Jede Anweisung ist eine eigene Transaktion"),
    (
        "sql.unnamed",
        "der Wert hat keinen Namen: ihm den Namen seines Platzes in der Anweisung geben, ohne das $",
    ),
    ("store.back", "die Datenbank ist wieder da; was gehalten wurde, ist gespeichert"),
    ("store.column-twice", "die Spalte {column} gibt es zweimal: jeder eine eigene geben"),
    ("store.key", "der Schlüssel nennt {column}, das keine der Spalten ist"),
    ("store.key-empty", "{property} fehlt, die Spalte {column} ist aber Teil des eindeutigen Schlüssels"),
    (
        "store.keep-without-time",
        "ohne eine Zeitspalte ist nicht zu erkennen, welche Zeilen alt sind: eine nennen",
    ),
    ("store.label", "store"),
    (
        "store.lost",
        "die Datenbank ist nicht zu benutzen: {reason}; Nachrichten werden gehalten, bis sie wieder da ist",
    ),
    (
        "store.misfit",
        "{property} passt nicht in die Spalte {column}: gebraucht wird {wanted}, das hier ist {given}",
    ),
    (
        "store.no-columns",
        "es gibt keine Spalten: für jede Eigenschaft, die gespeichert werden soll, eine hinzufügen",
    ),
    ("store.number", "hier wird eine Zahl von {low} bis {high} gebraucht"),
    ("store.sweep-failed", "alte Zeilen ließen sich nicht löschen: {reason}"),
    ("store.table", "die Tabelle fehlt: ihr einen Namen geben"),
    ("store.waiting", "warten auf die Datenbank: {reason}"),
    ("watch.failed", "{path} lässt sich nicht beobachten: {error}"),
    ("watch.label", "watch"),
    ("watch.no-files", "keine Datei und kein Ordner ist genannt"),
    (
        "watch.overflow",
        "es haben sich mehr Dateien auf einmal geändert, als gemerkt werden können, deshalb fehlen einige Änderungen",
    ),
];

const FILE: Field = field("filename", "Datei");
const NAME: Field = field("name", "Name");
const DATABASE: Field = field("database", "Datenbank");

pub(super) const TYPES: &[Words] = &[
    Words {
        type_name: "file",
        fields: &[
            FILE,
            field("overwriteFile", "Aktion").choices(&[
                "An die Datei anfügen",
                "Die Datei überschreiben",
                "Die Datei löschen",
            ]),
            field("appendNewline", "Jede mit einem Zeilenende beenden"),
            field("createDir", "Den Ordner anlegen, wenn es ihn nicht gibt"),
            field("encoding", "Zeichenkodierung").hint(
                "Etwa `utf8`, `utf16le`, `windows-1252`, `shift_jis`; `none` ist UTF-8, und `setbymsg` nimmt die in `msg.encoding`.",
            ),
        ],
        help: "\
Schreibt `msg.payload` in eine Datei: fügt es an oder überschreibt die Datei. Oder löscht die Datei.

**Nimmt** einen Text oder Buffer; Zahlen und Booleans werden als Text geschrieben, Objekte und Arrays als JSON. Nachrichten \
werden eine nach der anderen geschrieben, der Reihe nach. `msg.encoding` nennt die Zeichenkodierung, wo der Knoten das der \
Nachricht überlässt.

**Sendet** die Nachricht, mit `msg.filename`, wenn sie geschrieben ist. Was sich nicht schreiben ließ, ist ein Fehler, den ein \
catch-Knoten auffangen kann, und die Quelle der Nachricht hört nicht, dass sie erledigt ist.

Ein Name, der kein vollständiger Pfad ist, gilt in dem Ordner, in dem Wireloom gestartet wurde oder den seine Einstellungen \
nennen.

**Beispiel**: ein Protokoll von Messwerten, einer je Zeile: Text aus einem template-Knoten, *An die Datei anfügen*.",
    },
    Words {
        type_name: "file in",
        fields: &[
            FILE,
            field("format", "Senden").choices(&[
                "Einen Text",
                "Eine Nachricht für jede Zeile",
                "Einen Buffer",
                "Eine Nachricht für jedes Stück, als Buffer",
            ]),
            field("encoding", "Zeichenkodierung")
                .hint("Etwa `utf8`, `utf16le`, `windows-1252`, `shift_jis`; `none` ist UTF-8."),
            field("allProps", "Alle Eigenschaften der Nachricht behalten").hint("In jeder Nachricht; sonst nur das Topic."),
            field("sendError", "Auch bei Fehlern eine Nachricht senden")
                .hint("Mit `msg.error` und ohne Payload, wie ältere Flows es erwarten."),
        ],
        help: "\
Liest eine Datei: als einen Text oder Buffer oder als Sequenz von Zeilen oder Stücken.

**Nimmt** jede Nachricht; der Name der Datei kann aus ihr kommen. **Sendet** die Nachricht mit der Datei in `msg.payload` und \
deren Namen in `msg.filename`; bei Zeilen und Stücken Nachrichten mit `msg.parts`, von denen die letzte ihre Anzahl kennt.

Zeilen und Stücke werden so schnell gelesen, wie der Flow sie nimmt, eine Datei darf also größer sein als der Speicher. Im \
Ganzen gelesen, darf sie 512 MB haben. Eine Datei, die sich nicht lesen lässt, ist ein Fehler, den ein catch-Knoten auffangen \
kann.

**Beispiel**: die Zeilen einer CSV-Datei, dann ein csv-Knoten.",
    },
    Words {
        type_name: "watch",
        fields: &[
            field("files", "Dateien oder Ordner").hint("Mit Kommas dazwischen."),
            field("recursive", "Auch Ordner in Ordnern"),
        ],
        help: "\
Sendet eine Nachricht, wenn eine Datei sich ändert, entsteht oder verschwindet; bei einem Ordner, wenn das mit einer Datei \
darin geschieht.

**Sendet** `msg.payload` und `msg.filename`, den Pfad der Datei; `msg.file`, ihren Namen; `msg.topic`, was beobachtet wird; \
`msg.event`, `update` oder `remove`; `msg.type`, `file`, `directory` oder `none`, wenn sie verschwunden ist; und `msg.size` in \
Bytes.

Änderungen, die innerhalb von 200 ms aufeinander folgen, werden einmal gemeldet. Was noch nicht da ist, wird nach einer Weile \
wieder gesucht.

**Beispiel**: einen Ordner für hochgeladene Dateien beobachten, dann ein file-in-Knoten.",
    },
    Words {
        type_name: "database",
        fields: &[
            NAME,
            field("url", "URL").hint(
                "`sqlite:` und eine Datei im Datenordner (nichts zu installieren), `sqlite::memory:` oder `postgres://user@host:5432/database`.",
            ),
            field("durable", "Einen Stromausfall überstehen").hint(
                "Nur bei SQLite: wartet bei jedem Commit auf den Datenträger, wie immer bei Flows, die mindestens einmal zustellen. Ohne das kann ein Stromausfall (kein Absturz) die letzten Commits der anderen kosten, und deren store-Knoten sind um ein Mehrfaches schneller.",
            ),
            field("password", "Passwort"),
        ],
        help: "\
Eine Datenbank, die **sql**- und **store**-Knoten benutzen.

- `sqlite:wireloom.db`: eine Datei im Datenordner; nichts zu installieren. Wer liest, wartet nicht auf den, der schreibt.
- `sqlite::memory:`: verschwindet, wenn die Flows angehalten werden.
- `postgres://user@host:5432/database`: ein PostgreSQL-Server. Das Passwort kommt in sein eigenes Feld. Verbindungen sind \
nicht verschlüsselt: über ein Netz, das nicht privat ist, einen Tunnel verwenden.

Verbindungen entstehen, wenn sie gebraucht werden, und neu, wenn sie verloren gehen.

Solange ein Flow sie benutzt, dessen Zustellung *mindestens einmal* ist, wartet ein Commit auf den Datenträger, damit ein \
Stromausfall nicht kostet, was bestätigt wurde. Zeilen, die ein store-Knoten zusammen speichert, warten einmal.",
    },
    Words {
        type_name: "sql",
        fields: &[
            NAME,
            DATABASE,
            field("sql", "Anweisung").hint(
                "Eine SQL-Anweisung. `$name` bekommt seinen Wert aus dem Objekt `msg.params`, `?` aus dem Array. Leer: `msg.sql`.",
            ),
            field("values", "Werte")
                .hint("Werte für die Plätze `$name`; sie gehen denen in `msg.params` vor."),
            field("values.name", "Platz").hint("`name` für `$name`."),
            field("values.v", "Wert"),
            field("output", "Zeilen")
                .choices(&["eine Nachricht mit allen Zeilen", "eine Nachricht für jede Zeile"]),
        ],
        help: "\
Führt für jede Nachricht eine SQL-Anweisung aus, eine nach der anderen.

**Nimmt**
- `msg.params`: die Werte, wenn der Knoten sie nicht hat: ein Objekt für `$name` (oder `:name`), ein Array für `?`. Werte \
werden nie in den Text der Anweisung geschrieben und können also nicht ändern, was sie tut.
- `msg.sql`: die Anweisung, wenn der Knoten keine hat.

**Sendet** die Nachricht mit
- `msg.payload`: ein Array von Objekten, eines für jede Zeile; oder, bei einer Nachricht für jede Zeile, die Zeile, mit \
`msg.parts`, um sie wieder zu verbinden.
- `msg.affected`: die Anzahl der geänderten Zeilen.

Zahlen, Text, Wahrheitswerte, null und Buffer behalten ihren Typ. SQLite hält Wahrheitswerte als 0 und 1 und Zeitangaben als \
Millisekunden seit 1970; Zeitangaben von PostgreSQL kommen als Datum, JSON als Objekt. Ganze Zahlen jenseits von 2^53 kommen \
als Text. Was die Datenbank ablehnt, ist ein Fehler, den ein catch-Knoten auffangen kann.

**Beispiel**: `SELECT kind, count(*) AS count FROM readings WHERE time > $since GROUP BY kind`",
    },
    Words {
        type_name: "store",
        fields: &[
            NAME,
            DATABASE,
            field("table", "Tabelle").hint(
                "Entsteht, wenn die erste Nachricht kommt und es sie nicht gibt; fehlende Spalten kommen hinzu.",
            ),
            field("columns", "Spalten").hint("Welche Eigenschaft der Nachricht in welche Spalte kommt."),
            field("columns.property", "Eigenschaft").hint("Etwa `payload.temperature`."),
            field("columns.column", "Spalte"),
            field("columns.type", "Typ").hint("Was eine Spalte enthält.").choices(&[
                "Text",
                "Zahl",
                "ganze Zahl",
                "Wahrheitswert",
                "Zeit",
                "JSON",
                "Buffer",
            ]),
            field("timeColumn", "Zeitspalte").hint(
                "Enthält, wann die Nachricht kam, außer eine Eigenschaft kommt hinein. Leer für keine.",
            ),
            field("keep", "Aufbewahren")
                .hint("Ältere Zeilen werden gelöscht, immer nur einige. Leer oder 0 bewahrt sie für immer auf."),
            field("keepUnit", "Einheit").choices(&["Sekunden", "Minuten", "Stunden", "Tage"]),
            field("key", "Eindeutiger Schlüssel").hint(
                "Spalten, durch Kommas getrennt, die keine zwei Zeilen gemeinsam haben dürfen: Eine Nachricht, die zweimal zugestellt wird, wird einmal gespeichert.",
            ),
            field("conflict", "Wenn es den Schlüssel schon gibt")
                .hint("Was mit einer Zeile geschieht, deren Schlüssel es schon gibt.")
                .choices(&["die gespeicherte Zeile behalten", "ihre Werte ersetzen"]),
            field("batchRows", "Zeilen je Commit"),
            field("batchMs", "Auf weitere Zeilen warten, in ms"),
        ],
        help: "\
Speichert jede Nachricht als Zeile einer Tabelle. Die Tabelle entsteht, wenn die erste Nachricht kommt; fehlende Spalten \
kommen hinzu.

**Nimmt** jede Nachricht. Eine Eigenschaft, die fehlt, wird als NULL gespeichert. Eine, die nicht in ihre Spalte passt, ist \
ein Fehler dieser Nachricht, den ein catch-Knoten auffangen kann; die anderen werden gespeichert.

Zeilen werden gemeinsam geschrieben: bis zu 500 oder was innerhalb von 20 ms kommt. Eine Nachricht ist erledigt, wenn ihre \
Zeile geschrieben ist. Ist die Datenbank nicht erreichbar oder voll, wartet der Knoten, zeigt einen gelben Ring und hält die \
Nachrichten; danach speichert er sie. Geht die Verbindung mitten in einem Commit verloren, können Zeilen zweimal gespeichert \
werden, wenn es keinen eindeutigen Schlüssel gibt.

Mit *Aufbewahren* werden ältere Zeilen nebenbei gelöscht.

**Beispiel**: `payload.id` in `device` (Text), `payload.lat` in `latitude` (Zahl), Zeitspalte `time`, 24 h aufbewahren.",
    },
];
