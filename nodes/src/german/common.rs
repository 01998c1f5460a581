//! The common nodes.

use model::text::Catalogue;

use super::{Field, Words, field};

pub(super) const TEXTS: Catalogue = &[
    ("catch.label", "catch"),
    ("comment.label", "comment"),
    ("complete.label", "complete"),
    ("debug.label", "debug"),
    ("global-config.label", "Globale Variablen"),
    (
        "inject.busy",
        "im Flow sind schon so viele Nachrichten unterwegs, wie er darf; diese wurde nicht gesendet. Noch einmal versuchen, wenn er nachgekommen ist",
    ),
    ("inject.cron", "das ist kein Cron-Ausdruck: {reason}"),
    ("inject.cron.never", "dieser Cron-Ausdruck trifft nie wieder zu"),
    ("inject.label", "inject"),
    ("inject.properties", "die Nachricht lässt sich nicht bilden: {reasons}"),
    ("inject.repeat", "der Abstand muss größer als 0 Sekunden sein"),
    ("inject.user-properties", "die zu sendenden Eigenschaften müssen eine Liste von { p, v, vt } sein"),
    ("junction.label", "Verbindungspunkt"),
    ("link-call.label", "link call"),
    (
        "link-call.no-link",
        "kein link-in-Knoten ist ausgewählt: einen wählen oder ihn in msg.target nennen lassen",
    ),
    ("link-in.label", "link in"),
    ("link-out.label", "link out"),
    ("link-out.mode", "{mode} ist keine Art: link oder return wählen"),
    ("status.label", "status"),
    ("unknown.label", "unbekannt"),
    (
        "unknown.placeholder",
        "hier war ein Knoten, dessen Typ beim Speichern des Flows fehlte: ersetzen oder den Flow noch einmal importieren, wenn es den Typ gibt",
    ),
];

/// What catch and status nodes listen to.
const SCOPE: Field = field("scope", "Knoten");

pub(super) const TYPES: &[Words] = &[
    Words {
        type_name: "inject",
        fields: &[
            field("props", "Eigenschaften").hint("Woraus die Nachricht besteht."),
            field("props.p", "Eigenschaft").hint("Der Nachricht, etwa `payload`."),
            field("props.v", "Wert"),
            field("repeat", "Wiederholen alle").hint("Sekunden zwischen den Nachrichten; leer für keine."),
            field("crontab", "Wiederholen").hint(
                "In der Zeitzone des Rechners. Ein Cron-Ausdruck nennt Minute, Stunde, Tag des Monats, Monat und Wochentag; davor können Sekunden stehen.",
            ),
            field("once", "Einmal beim Start"),
            field("onceDelay", "Verzögerung beim Start").hint("Sekunden vom Start bis zur ersten Nachricht."),
        ],
        help: "\
Stößt einen Flow an: mit seinem Knopf, einmal beim Start des Flows, in festen Abständen oder zu den Zeiten eines \
Cron-Ausdrucks.

**Sendet** eine Nachricht mit den aufgeführten Eigenschaften. Jede hat einen Wert eines bestimmten Typs: die Uhrzeit \
(`date`: Millisekunden seit 1970), Text, Zahl, JSON oder was ein Wert im Kontext von Flow oder global oder eine \
Umgebungsvariable in diesem Moment enthält.

Ein Zeitpunkt eines Cron-Ausdrucks, den die Maschine verschläft oder die Uhr überspringt, wird nicht nachgeholt.

Sind so viele Nachrichten unterwegs, wie der Flow haben darf, verwirft ein inject-Knoten, was nicht warten kann, und zählt \
es.

**Beispiel**: `payload` als Zeitstempel, alle 60 Sekunden wiederholt.",
    },
    Words {
        type_name: "debug",
        fields: &[
            field("active", "Aktiv"),
            field("tosidebar", "Im Debug-Bereich zeigen"),
            field("console", "Ins Protokoll schreiben"),
            field("tostatus", "Als Status des Knotens zeigen"),
            field("complete", "Was gezeigt wird")
                .hint("Eine Eigenschaft der Nachricht, die ganze Nachricht oder was ein JSONata-Ausdruck daraus macht.")
                .types(&[("full", "die ganze Nachricht")]),
            field("statusType", "Status").choices(&[
                "Was gezeigt wird",
                "Eine Eigenschaft",
                "Ein JSONata-Ausdruck",
                "Wie viele Nachrichten kamen",
            ]),
            field("statusVal", "Eigenschaft oder Ausdruck für den Status"),
        ],
        help: "\
Zeigt, was ankommt: im Debug-Bereich, im Protokoll und als eigenen Status (die ersten 32 Zeichen).

**Nimmt** jede Nachricht; zeigt `msg.payload`, eine andere Eigenschaft oder die ganze Nachricht. Sein Knopf schaltet die \
Ausgabe im Debug-Bereich ein und aus. Als Status kann er auch die Nachrichten zählen.

**Beispiel**: alles lassen, wie es ist, und mit dem Knoten verbinden, dessen Ausgabe zu sehen sein soll.",
    },
    Words {
        type_name: "complete",
        fields: &[field("scope", "Knoten").hint("Wessen Nachrichten: die der ausgewählten Knoten.")],
        help: "\
Bekommt die Nachrichten, mit denen die ausgewählten Knoten fertig sind, etwa eine, die ein Knoten ohne Ausgang gespeichert \
hat. Knoten, die direkt mit diesem verbunden sind, zählen nicht.

**Sendet** die Nachricht so, wie der Knoten mit ihr fertig wurde.

**Beispiel**: complete für einen Datenbank-Knoten, dann ein debug-Knoten, um zu sehen, was gespeichert wurde.",
    },
    Words {
        type_name: "catch",
        fields: &[
            SCOPE.hint(
                "Wessen Fehler: alle Knoten dieses Flows, wenn leer, die ausgewählten Knoten oder mit `group` die der Gruppe, in der dieser Knoten ist.",
            ),
            field("uncaught", "Nur was kein anderer catch-Knoten nimmt"),
        ],
        help: "\
Bekommt die Fehler anderer Knoten seines Flows und die aus dessen Subflows, die dort niemand aufgefangen hat.

**Sendet** die Nachricht, die der gescheiterte Knoten hatte, mit `msg.error`:
- `message`: was falsch ist,
- `source`: der Knoten: `id`, `type`, `name` und `count`, wie oft diese Nachricht dort gescheitert ist,
- `code`, `stack`, `cause`: wo der Fehler sie hat.

Ein früheres `msg.error` steht danach in `msg._error`. Eine Nachricht, die auf ihrem Weg im Kreis zehnmal scheitert, wird \
verworfen.

**Beispiel**: catch, dann ein debug-Knoten, der `error.message` zeigt.",
    },
    Words {
        type_name: "status",
        fields: &[SCOPE.hint(
            "Wessen Status: alle Knoten dieses Flows, wenn leer, die ausgewählten Knoten oder mit `group` die der Gruppe, in der dieser Knoten ist.",
        )],
        help: "\
Bekommt den Status anderer Knoten seines Flows, so wie er unter den Knoten steht.

**Sendet** bei jeder Änderung eine neue Nachricht mit `msg.status`: `fill` (Farbe), `shape` (`dot` oder `ring`), `text` und \
`source`, der Knoten (`id`, `type`, `name`).

**Beispiel**: status für einen mqtt-in-Knoten, dann ein switch-Knoten für `status.fill`, um von einer verlorenen Verbindung \
zu erfahren.",
    },
    Words {
        type_name: "link in",
        fields: &[field("links", "link-out-Knoten")
            .hint("Woher Nachrichten kommen; sie können auf anderen Flows sein.")],
        help: "\
Das hintere Ende gedachter Verbindungen: gibt weiter, was die verknüpften **link-out**-Knoten bekommen, auch von anderen \
Flows. Außerdem ruft ein **link-call**-Knoten ihn auf: über seine ID oder seinen Namen.

**Beispiel**: ein link-in-Knoten namens `notify`, einige Knoten, dann ein link-out-Knoten, der zurückgibt: ein Unterprogramm \
für link-call-Knoten.",
    },
    Words {
        type_name: "link call",
        fields: &[
            field("linkType", "Ziel")
                .hint("Ein link-in-Knoten für alle Nachrichten oder der, den jede Nachricht in `msg.target` nennt.")
                .choices(&["Der ausgewählte link-in-Knoten", "In msg.target genannt"]),
            field("links", "link-in-Knoten"),
            field("timeout", "Zeitlimit")
                .hint("Wie lange auf die Antwort gewartet wird, in Sekunden; 0 wartet ohne Ende."),
        ],
        help: "\
Sendet eine Nachricht an einen **link-in**-Knoten, wartet, bis ein **link-out**-Knoten sie zurückgibt, und gibt sie dann \
weiter. So lässt sich ein Teil eines Flows von vielen Stellen aus benutzen.

**Nimmt** `msg.target`, wenn das so eingestellt ist: ID oder Name des link-in-Knotens; ein Name wird zuerst auf diesem Flow \
gesucht.

Bleibt die Antwort aus, ist das ein Fehler, den ein catch-Knoten auffangen kann; ebenso ein Ziel, das es nicht gibt, und ein \
Name, den mehrere Knoten haben.",
    },
    Words {
        type_name: "link out",
        fields: &[
            field("mode", "Art")
                .hint("Sendet an die ausgewählten link-in-Knoten oder zurück an den link-call-Knoten, von dem die Nachricht kam.")
                .choices(&["An link-in-Knoten senden", "An den link-call-Knoten zurückgeben"]),
            field("links", "link-in-Knoten").hint("Wohin Nachrichten gehen; sie können auf anderen Flows sein."),
        ],
        help: "\
Das vordere Ende gedachter Verbindungen: Was ankommt, kommt aus allen verknüpften **link-in**-Knoten wieder heraus, auch auf \
anderen Flows. Auf Zurückgeben gestellt, gibt er die Nachricht dem **link-call**-Knoten zurück, der sie gesendet hat; eine \
Nachricht, die auf anderem Weg kam, ist ein Fehler.

**Beispiel**: link out auf einem Flow, link in mit derselben Verknüpfung auf einem anderen: ein Flow, auf zwei Blättern \
gezeichnet.",
    },
    Words {
        type_name: "comment",
        fields: &[],
        help: "\
Worte für alle, die den Flow lesen: Der Name ist die Überschrift, in der Beschreibung steht das Übrige als Markdown. Läuft \
der Flow, tut der Knoten nichts.",
    },
    Words {
        type_name: "junction",
        fields: &[],
        help: "\
Ein Punkt, an dem sich Verbindungen treffen: gibt jede Nachricht an alle seine Verbindungen weiter. Ordnet lange \
Verbindungen und kostet nichts, wenn der Flow läuft.",
    },
    Words {
        type_name: "global-config",
        fields: &[
            field("env", "Variablen").hint("Was alle Flows lesen können, als `${NAME}` oder mit `env.get`."),
            field("env.name", "Name"),
            field("env.value", "Wert"),
        ],
        help: "\
Enthält die Umgebungsvariablen, die alle Flows lesen können: als `${NAME}` in den Einstellungen eines Knotens, als Wert des \
passenden Typs oder mit `env.get(\"NAME\")` in einem function-Knoten. Ein Flow, eine Gruppe oder ein Subflow kann eine \
Variable gleichen Namens haben, die dann stattdessen gilt; und diese hier gehen denen vor, mit denen Wireloom gestartet \
wurde.",
    },
    Words {
        type_name: "unknown",
        fields: &[],
        help: "\
Steht da, wo ein Knoten war, dessen Typ beim Speichern des Flows fehlte. Er tut nichts: ersetzen oder den Flow noch einmal \
importieren, sobald es den Typ gibt. Alles andere im Flow läuft.",
    },
];
