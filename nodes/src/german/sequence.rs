//! The nodes that work on sequences.

use model::text::Catalogue;

use super::{Words, field};

/// Of each node that holds sequences until they are complete.
pub(super) const TOO_MANY: &str = "der Knoten hält höchstens {limit} Nachrichten unfertiger Sequenzen; diese wurde mit der \
    ältesten Sequenz aufgegeben. Kürzere Sequenzen bilden oder dafür sorgen, dass alle ihre Nachrichten ankommen";

pub(super) const TEXTS: Catalogue = &[
    (
        "batch.count.invalid",
        "in der nächsten Sequenz lassen sich nur weniger Nachrichten wiederholen, als eine hat: höchstens {count}",
    ),
    ("batch.count.number", "hier wird eine ganze Zahl von 1 bis {limit} gebraucht"),
    ("batch.interval", "hier wird eine Zahl gebraucht, die größer als 0 ist"),
    ("batch.label", "batch"),
    (
        "batch.no-parts",
        "msg.parts nennt den Platz der Nachricht in ihrer Sequenz nicht, deshalb lässt sie sich nicht mit anderen verbinden: einen split-Knoten davor setzen",
    ),
    (
        "batch.too-many",
        "der Knoten hält höchstens {limit} Nachrichten; alle, die er hielt, wurden aufgegeben. Kürzere Sequenzen bilden oder weniger senden",
    ),
    ("batch.unexpected", "{mode} ist keine Art: count, interval oder concat wählen"),
    ("join.buffer-type", "ein Wert vom Typ {type} kann nicht Teil eines Buffers sein"),
    ("join.build", "{build} lässt sich nicht bilden: string, buffer, array, object oder merged wählen"),
    ("join.bytes", "die Bytes zum Verbinden stehen in einem JSON-Array, etwa [13, 10]"),
    ("join.index", "msg.parts.index ist {index}, darf aber nur von 0 bis {limit} gehen"),
    ("join.label", "join"),
    ("join.mode", "{mode} ist keine Art: auto, custom oder reduce wählen"),
    ("join.no-key", "der Nachricht fehlt {key} für ihren Platz im Objekt; sie wurde verworfen"),
    (
        "join.no-parts",
        "die Nachricht hat kein msg.parts.id, gehört also zu keiner Sequenz und wurde verworfen: mit der Art custom verbinden",
    ),
    ("join.no-property", "der Nachricht fehlt {property} zum Verbinden; sie wurde verworfen"),
    (
        "join.not-mergeable",
        "nur Objekte lassen sich zusammenführen, und das hier ist vom Typ {type}; es wurde ausgelassen",
    ),
    ("join.too-many", TOO_MANY),
    ("sort.invalid-exp", "es ist nicht bekannt, wonach sortiert werden soll: {reason}"),
    ("sort.label", "sort"),
    ("sort.order", "{order} ist keine Reihenfolge: ascending oder descending wählen"),
    ("sort.target", "{target} lässt sich nicht sortieren: msg oder seq wählen"),
    ("sort.too-many", TOO_MANY),
    ("split.bytes", "die Bytes, an denen getrennt wird, stehen in einem JSON-Array, etwa [13, 10]"),
    ("split.label", "split"),
    ("split.length", "die Länge muss mindestens 1 sein"),
    ("split.null", "{property} ist null und lässt sich nicht aufteilen"),
    (
        "split.rest-too-long",
        "der Datenstrom hatte {megabytes} MB oder {count} Nachrichten ohne eine Stelle zum Trennen und damit so viel, wie erlaubt ist: das Trennzeichen prüfen",
    ),
    ("split.type", "{type} ist keine Art zu trennen: str, bin oder len wählen"),
];

pub(super) const TYPES: &[Words] = &[
    Words {
        type_name: "split",
        fields: &[
            field("splt", "Texte und Buffer trennen an").hint(
                "Ein Text (`\\n`, `\\t` und so weiter werden verstanden), Bytes oder Stücke fester Länge.",
            ),
            field("arraySplt", "Arrays in Stücke teilen zu je"),
            field("stream", "Als Datenstrom behandeln").hint(
                "Nachrichten setzen einander fort: Der Rest nach der letzten Trennung bleibt für die nächste Nachricht.",
            ),
            field("addname", "Schlüssel von Objekten kopieren in")
                .hint("Eine Eigenschaft der Nachricht; leer für keine."),
            field("property", "Eigenschaft").hint("Der Nachricht, etwa `payload`."),
        ],
        help: "\
Teilt eine Nachricht in eine Sequenz: einen Text oder Buffer an einem Trennzeichen oder in Stücke, ein Array in seine \
Elemente, ein Objekt in seine Eigenschaften.

**Nimmt** `msg.payload` oder eine andere Eigenschaft. **Sendet** eine Nachricht für jeden Teil, mit `msg.parts`: `id` der \
Sequenz, `index`, `count`, `type` (`string`, `array`, `object` oder `buffer`), `ch` das Trennzeichen, `len` die Länge, `key` \
einer Eigenschaft des Objekts; damit setzt ein join-Knoten sie wieder zusammen. Teile von Teilen behalten darin das äußere \
`msg.parts`.

Teile entstehen einer nach dem anderen, so wie der Flow Platz hat: Eine Million braucht nicht mehr Speicher als einer. Was \
weder Text noch Buffer, Array oder Objekt ist, wird verworfen.

**Beispiel**: `[{...}, {...}]` aus einer HTTP-Anfrage, um jeden Eintrag für sich zu behandeln.",
    },
    Words {
        type_name: "join",
        fields: &[
            field("mode", "Art").choices(&[
                "Was ein split-Knoten geteilt hat",
                "Wie hier eingestellt",
                "Mit einem Ausdruck",
            ]),
            field("property", "Verbinden")
                .hint("Eine Eigenschaft jeder Nachricht oder die ganze Nachricht.")
                .types(&[("full", "die ganze Nachricht")]),
            field("build", "Zu").choices(&[
                "Einem Text",
                "Einem Buffer",
                "Einem Array",
                "Einem Objekt aus Schlüsseln und Werten",
                "Einem zusammengeführten Objekt",
            ]),
            field("key", "Schlüssel").hint("Die Eigenschaft mit dem Schlüssel jedes Werts im Objekt."),
            field("joiner", "Verbinden mit"),
            field("useparts", "msg.parts verwenden, wo es das gibt"),
            field("accumulate", "Behalten, was gesendet wurde")
                .hint("Jede weitere Nachricht sendet alles noch einmal."),
            field("count", "Senden nach so vielen Nachrichten")
                .hint("Leer: was `msg.parts` sagt, oder wenn `msg.complete` da ist."),
            field("timeout", "Oder nach so vielen Sekunden").hint("Von der ersten Nachricht an."),
            field("reduceExp", "Für jede Nachricht").hint(
                "Ein JSONata-Ausdruck: Sein Ergebnis wird `$A` für die nächste Nachricht. `$I` ist der Index der Nachricht, `$N` die Anzahl der Nachrichten.",
            ),
            field("reduceInit", "Beginnen mit").hint("Was `$A` für die erste Nachricht ist."),
            field("reduceRight", "Von der letzten Nachricht zur ersten"),
            field("reduceFixup", "Am Ende").hint(
                "Ein JSONata-Ausdruck für das Ergebnis; darin ist `$A`, was da ist, und `$N` die Anzahl der Nachrichten. Leer: `$A`.",
            ),
        ],
        help: "\
Macht aus mehreren Nachrichten eine. Mit *auto* setzt er nach `msg.parts` zusammen, was ein split-Knoten geteilt hat; mit \
*custom* verbindet er eine Anzahl von Nachrichten oder die einer Zeitspanne zu einem Text, Buffer, Array oder Objekt; mit \
*reduce* macht ein JSONata-Ausdruck aus einer Sequenz einen Wert, etwa `$A + payload` ihre Summe.

**Nimmt** `msg.payload` oder eine andere Eigenschaft. `msg.complete` sendet, was da ist, `msg.reset` verwirft es, und \
`msg.restartTimeout` lässt die Zeit neu beginnen.

**Sendet** die letzte Nachricht mit der verbundenen Eigenschaft. Der Knoten hält höchstens 100.000 Nachrichten; darüber \
hinaus wird die älteste Sequenz aufgegeben, und jede ihrer Nachrichten ist ein Fehler, den ein catch-Knoten auffangen kann. \
Solange eine Sequenz nicht fertig ist, gelten ihre Nachrichten nicht als zugestellt: Eine Quelle, die *mindestens einmal* \
verlangt, bestätigt sie erst, wenn sie gesendet sind.

**Beispiel**: Art *custom*, ein Array aus 10 Nachrichten.",
    },
    Words {
        type_name: "sort",
        fields: &[
            field("targetType", "Sortieren")
                .choices(&["Ein Array in einer Eigenschaft", "Die Nachrichten einer Sequenz"]),
            field("target", "Eigenschaft").hint("Der Nachricht, mit dem Array."),
            field("msgKey", "Nach")
                .hint("Den Elementen selbst oder was ein Ausdruck aus jedem macht.")
                .types(&[("elem", "dem Element selbst")]),
            field("seqKey", "Nach").hint("Einer Eigenschaft jeder Nachricht oder einem Ausdruck."),
            field("order", "Reihenfolge").choices(&["Aufsteigend", "Absteigend"]),
            field("as_num", "Als Zahlen").hint("`\"10\"` nach `\"9\"`."),
        ],
        help: "\
Ordnet die Elemente eines Arrays oder die Nachrichten einer Sequenz.

Texte sind nach ihren Zeichen geordnet, Zahlen nach Größe; für Texte, die Zahlen sind, *Als Zahlen* wählen. Was gleich ist, \
behält seine Reihenfolge.

**Nimmt** ein Array in `msg.payload` oder einer anderen Eigenschaft; was kein Array ist, wird verworfen. Oder die Nachrichten \
einer Sequenz (`msg.parts`), die gehalten werden, bis sie vollständig ist: höchstens 100.000; darüber hinaus wird die älteste \
Sequenz aufgegeben, mit Fehlern, die ein catch-Knoten auffangen kann. **Sendet** die Nachricht mit dem geordneten Array oder \
die Nachrichten der Reihe nach mit neuem `msg.parts.index`.

**Beispiel**: ein Array teilen, mit jedem Element etwas tun, nach `payload.name` sortieren, verbinden.",
    },
    Words {
        type_name: "batch",
        fields: &[
            field("mode", "Eine Sequenz bilden aus").choices(&[
                "So vielen Nachrichten",
                "Den Nachrichten einer Zeitspanne",
                "Sequenzen, einer nach der anderen",
            ]),
            field("count", "Nachrichten"),
            field("overlap", "Davon aus der vorigen"),
            field("honourParts", "Auch mit der letzten einer Sequenz enden").hint("So wie `msg.parts` es sagt."),
            field("interval", "Sekunden"),
            field("allowEmptySequence", "Eine leere Nachricht senden, wenn keine kam"),
            field("topics", "Topics").hint("Von jedem eine Sequenz, in dieser Reihenfolge verbunden."),
            field("topics.topic", "Topic"),
        ],
        help: "\
Bildet Sequenzen aus Nachrichten (`msg.parts`), für Knoten wie join und sort.

- **So viele Nachrichten**: Je so viele werden eine Sequenz; einige können sich in der nächsten wiederholen.
- **Die Nachrichten einer Zeitspanne**: was in so vielen Sekunden kam; wenn gewünscht, eine leere Nachricht, wenn keine kam.
- **Sequenzen, eine nach der anderen**: von jedem `msg.topic` eine ganze Sequenz, in der Reihenfolge der Topics hier. \
Nachrichten anderer Topics werden verworfen.

**Nimmt** jede Nachricht; `msg.reset` verwirft, was gehalten wird. Der Knoten hält höchstens 100.000 Nachrichten; darüber \
hinaus werden alle aufgegeben, mit Fehlern, die ein catch-Knoten auffangen kann. Was gehalten wird, bleibt erhalten, wenn \
der Flow neu deployt wird.

**Beispiel**: je 100 Messwerte, zu einem Array verbunden und auf einmal in eine Datenbank geschrieben.",
    },
];
