//! The nodes that change, choose, delay and compute.

use model::text::Catalogue;

use super::{Field, Words, field};

pub(super) const TEXTS: Catalogue = &[
    (
        "change.from",
        "nach einem Wert vom Typ {type} lässt sich nicht suchen: Text, Zahl, Boolean oder Ausdruck verwenden",
    ),
    ("change.label", "change"),
    ("change.not-set", "die Eigenschaft ließ sich nicht setzen und blieb, wie sie war: {reason}"),
    ("change.rule", "{rule} ist keine Regel: set, change, delete oder move wählen"),
    ("delay.label", "delay"),
    ("delay.mode", "{mode} ist keine Art dieses Knotens"),
    ("delay.not-a-rate", "hier wird eine Zahl gebraucht, die größer als 0 ist"),
    ("delay.not-a-time", "hier wird eine Zahl gebraucht, die nicht negativ ist"),
    ("delay.reset", "zurückgesetzt"),
    ("exec.empty", "es gibt keinen Befehl, der auszuführen wäre"),
    ("exec.error", "Fehler: {code}"),
    ("exec.failed", "der Befehl ließ sich nicht ausführen: {reason}"),
    ("exec.killed", "abgebrochen"),
    ("exec.label", "exec"),
    ("exec.pid", "pid:{pid}"),
    ("exec.rc", "rc:{code}"),
    ("exec.stopped", "der Knoten wurde angehalten und mit ihm der Befehl"),
    ("exec.timeout", "hier wird eine Zahl von Sekunden gebraucht, die nicht negativ ist"),
    (
        "exec.too-many",
        "es laufen schon {limit} Befehle und damit so viele, wie erlaubt sind; dieser wurde nicht gestartet. Weniger senden oder ein Zeitlimit setzen",
    ),
    ("range.action", "{action} ist keine Aktion: scale, clamp, roll oder drop wählen"),
    ("range.bound", "hier wird eine Zahl gebraucht"),
    ("range.errors.notnumber", "{value} ist keine Zahl; die Nachricht wurde verworfen"),
    ("range.label", "range"),
    ("rbe.gap", "hier wird eine Zahl gebraucht oder eine Zahl mit % dahinter"),
    ("rbe.label", "filter"),
    ("rbe.mode", "{mode} ist keine Art dieses Knotens"),
    ("rbe.start", "hier wird eine Zahl gebraucht"),
    (
        "rbe.too-many-topics",
        "die Werte von {limit} Topics sind schon gemerkt und damit so viele, wie erlaubt sind: msg.reset senden oder Topics nicht unterscheiden",
    ),
    ("rbe.warn.nonumber", "die Eigenschaft ist keine Zahl, deshalb wurde die Nachricht verworfen"),
    ("switch.errors.too-many", super::sequence::TOO_MANY),
    ("switch.label", "switch"),
    (
        "switch.no-parts",
        "eine Regel fragt nach dem Platz der Nachricht in ihrer Sequenz, aber msg.parts nennt ihn nicht: einen split-Knoten davor setzen",
    ),
    ("switch.rule", "{rule} ist keine Regel dieses Knotens"),
    ("trigger.duration", "hier wird eine Zahl gebraucht"),
    ("trigger.label", "trigger"),
    ("trigger.template", "das ist kein Mustache-Template: {reason}"),
    ("mustache.delimiters", "die in Zeile {line} gesetzten Begrenzer sind falsch: {{=<% %>=}} schreiben"),
    ("mustache.too-deep", "die Abschnitte in Zeile {line} sind zu tief verschachtelt"),
    (
        "mustache.unclosed-section",
        "der Abschnitt {name}, der in Zeile {line} beginnt, ist nicht geschlossen: mit {{/{name}}} beenden",
    ),
    (
        "mustache.unclosed-tag",
        "der Tag, der in Zeile {line} beginnt, ist nicht geschlossen: mit {close} beenden",
    ),
    ("mustache.unopened", "der Abschnitt {name} endet in Zeile {line}, hat dort aber nicht begonnen"),
    ("template.json", "das gefüllte Template ist kein gültiges JSON: {reason}"),
    ("template.label", "template"),
    ("template.mustache", "das Template ist nicht lesbar: {reason}"),
    ("template.output", "die Ausgabe {output} gibt es nicht: str, json oder yaml verwenden"),
    ("template.syntax", "die Syntax {syntax} gibt es nicht: mustache oder plain verwenden"),
];

/// The property of a message that a node works on.
const PROPERTY: Field = field("property", "Eigenschaft").hint("Der Nachricht, etwa `payload`.");

const LIMITS: &[&str] = &["Millisekunden", "Sekunden", "Minuten", "Stunden", "Tage"];

pub(super) const TYPES: &[Words] = &[
    Words {
        type_name: "function",
        fields: &[
            field("func", "Bei einer Nachricht")
                .hint("Der Rumpf einer Funktion von `msg`. Was sie zurückgibt, wird gesendet."),
            field("outputs", "Ausgänge")
                .hint("Wie viele Ausgänge der Knoten hat; für jeden eine Nachricht in einem Array zurückgeben."),
            field("timeout", "Zeitlimit").hint(
                "Sekunden, nach denen Code angehalten wird, der nicht zum Ende kommt; 0 für das Limit des Servers von 10 s.",
            ),
            field("initialize", "Beim Start")
                .hint("Code, der einmal beim Start des Knotens läuft; Nachrichten warten, bis er fertig ist."),
            field("finalize", "Beim Anhalten").hint("Code, der läuft, wenn der Knoten angehalten wird."),
            field("libs", "Module").hint(
                "Module, die der Code braucht, jedes mit dem Namen seiner Variablen: einige von Node.js selbst und Pakete aus reinem JavaScript, die mit npm im Datenordner installiert wurden.",
            ),
            field("libs.var", "Variable"),
            field("libs.module", "Modul"),
        ],
        help: "\
Führt für jede Nachricht JavaScript aus. Der Code ist der Rumpf einer Funktion von `msg`; `await` ist erlaubt.

**Zurückgeben**: eine Nachricht, um sie weiterzusenden, nichts, um hier aufzuhören, oder ein Array mit einem Eintrag für \
jeden Ausgang: eine Nachricht, ein Array von Nachrichten, die nacheinander gesendet werden, oder `null`. `node.send(...)` \
nimmt dieselben Formen, jederzeit.

**Zur Hand**
- `node`: `id`, `name`, `path`, `outputCount`, `send`, `done`, `error(text, msg)`, `warn`, `log`, `debug`, `trace`, \
`status({fill, shape, text})`, `on('close', ...)`, `linkcall(target, msg, {timeout})`, das einen link-in-Knoten aufruft und \
dessen Antwort liefert
- `context`, `flow`, `global`: `get(key)`, `set(key, value)`, `keys()`, mit dem Namen eines Speichers als letztem Argument
- die unten gewählten Module: `assert`, `buffer`, `crypto` (Hashes und Zufallswerte), `events`, `os`, `path`, \
`querystring`, `timers`, `url`, `util` und Pakete
- `env.get(name)`, `RED.util`, `Buffer`, `URL`, `util`, `console`, `setTimeout` und Verwandte

Was geworfen wird und was `node.error(text, msg)` meldet, geht an catch-Knoten. Code, der länger als 10 s am Stück läuft oder \
mehr als 64 MiB verlangt, wird mit einem Fehler angehalten; sonst merkt niemand etwas davon.

**Beispiel**
```
msg.payload = msg.payload * 1.8 + 32;
return msg.payload > 90 ? [msg, null] : [null, msg];
```",
    },
    Words {
        type_name: "template",
        fields: &[
            field("field", "Eigenschaft").hint("Wohin das Ergebnis kommt."),
            field("template", "Template").hint(
                "`{{payload.name}}` steht für eine Eigenschaft der Nachricht. Ist es leer, gilt `msg.template`.",
            ),
            field("syntax", "Syntax").choices(&["Mustache", "Einfacher Text"]),
            field("output", "Ausgabe").hint("Was das Ergebnis ist.").choices(&["Text", "Gelesenes JSON"]),
        ],
        help: "\
Füllt ein Template mit den Eigenschaften der Nachricht.

`{{payload}}` ist eine Eigenschaft als Text, für HTML maskiert; `{{{payload}}}` dasselbe, so wie es ist. \
`{{#items}}...{{/items}}` wiederholt sich für jedes Element oder steht da, wenn es etwas gibt, `{{^items}}...{{/items}}`, \
wenn es nichts gibt. `{{flow.x}}`, `{{global.x}}` und `{{env.X}}` sind Werte aus Kontext und Umgebung; `{{flow[store].x}}` \
nennt den Speicher. Mit der Syntax *Einfacher Text* gilt das Template, wie es ist.

Ist das Template des Knotens leer, gilt `msg.template`.

**Beispiel**: Mit `msg.payload = {name: 'Ada', todo: ['lesen', 'schreiben']}` wird aus dem Template \
`Hallo {{payload.name}}: {{#payload.todo}}{{.}}, {{/payload.todo}}fertig` der Text `Hallo Ada: lesen, schreiben, fertig`.",
    },
    Words {
        type_name: "switch",
        fields: &[
            field("property", "Eigenschaft").hint("Was die Regeln ansehen."),
            field("rules", "Regeln").hint("Jede hat einen eigenen Ausgang."),
            field("rules.t", "Regel").choices(&[
                "==",
                "!=",
                "<",
                "<=",
                ">",
                ">=",
                "hat Schlüssel",
                "liegt zwischen",
                "enthält",
                "passt zu Regex",
                "ist true",
                "ist false",
                "ist null",
                "ist nicht null",
                "ist vom Typ",
                "ist leer",
                "ist nicht leer",
                "Anfang",
                "Index zwischen",
                "Ende",
                "JSONata-Ausdruck",
                "sonst",
            ]),
            field("rules.v", "Wert"),
            field("rules.v2", "Und"),
            field("rules.case", "Groß- und Kleinschreibung nicht beachten"),
            field("checkall", "Geltende Regeln").choices(&["Alle, die zutreffen", "Die erste, die zutrifft"]),
            field("repair", "Neue Sequenzen bilden").hint(
                "Nachrichten einer Sequenz werden gehalten, bis sie vollständig ist; was aus jedem Ausgang kommt, ist eine eigene Sequenz.",
            ),
        ],
        help: "\
Sendet eine Nachricht aus den Ausgängen, deren Regeln zutreffen: aus allen oder nur aus dem ersten.

Werte werden wie in JavaScript verglichen: `\"10\" == 10` ist wahr, und Texte sind nach ihren Zeichen geordnet. *Sonst* \
trifft zu, wenn keine Regel davor es tat. *Anfang*, *Ende* und *Index zwischen* sehen den Platz der Nachricht in ihrer \
Sequenz an (`msg.parts`). *Voriger Wert* ist, was die Eigenschaft in der Nachricht davor war. Reguläre Ausdrücke sind die von \
JavaScript, ohne Voraus- und Zurückschauen und ohne Rückverweise. Ein *JSONata-Ausdruck* trifft zu, wenn er `true` ergibt; \
darin ist `$I` der Platz der Nachricht in ihrer Sequenz und `$N` deren Länge.

Mit *Neue Sequenzen bilden* und für *Ende* werden Nachrichten einer Sequenz gehalten, bis sie vollständig ist: höchstens \
100.000; darüber hinaus wird die älteste Sequenz aufgegeben, mit Fehlern, die ein catch-Knoten auffangen kann.

**Beispiel**: `msg.payload.temperature` `>` 30 zum ersten Ausgang, *sonst* zum zweiten.",
    },
    Words {
        type_name: "change",
        fields: &[
            field("rules", "Regeln").hint("Gelten eine nach der anderen."),
            field("rules.t", "Regel").choices(&["Setzen", "Ersetzen in", "Löschen", "Verschieben"]),
            field("rules.p", "Eigenschaft"),
            field("rules.from", "Suchen nach"),
            field("rules.to", "Auf"),
        ],
        help: "\
Ändert die Nachricht oder Werte im Kontext von Flow und global, nach Regeln, die eine nach der anderen gelten:

- **Setzen**: gibt einer Eigenschaft einen Wert: Text, Zahl, JSON, eine andere Eigenschaft, die Uhrzeit, eine \
Umgebungsvariable. Eine Eigenschaft, die es nicht gibt, setzt nichts: Das Ziel wird dann gelöscht.
- **Ersetzen** in einem Text: überall, wo der Text oder reguläre Ausdruck gefunden wird. Eine Zahl oder ein Boolean wird \
ersetzt, wenn sie gleich sind. Reguläre Ausdrücke sind die von JavaScript, ohne Voraus- und Zurückschauen und ohne \
Rückverweise; `$1` und `$&` gelten im Ersatz.
- **Löschen**: entfernt eine Eigenschaft.
- **Verschieben**: gibt einer Eigenschaft einen anderen Namen oder Platz.

Fehlende Objekte entstehen unterwegs; Arrays wachsen nach Bedarf.

**Beispiel**: `msg.payload` auf `msg.payload.temperature` setzen.",
    },
    Words {
        type_name: "range",
        fields: &[
            field("minin", "Vom kleinsten"),
            field("maxin", "Bis zum größten"),
            field("minout", "Wird zum kleinsten"),
            field("maxout", "Wird zum größten"),
            field("action", "Außerhalb des Bereichs").choices(&[
                "Weiter umrechnen",
                "Das nähere Ende nehmen",
                "Am anderen Ende neu beginnen",
                "Die Nachricht verwerfen",
            ]),
            field("round", "Auf ganze Zahlen runden"),
            PROPERTY,
        ],
        help: "\
Rechnet eine Zahl aus einem Bereich in einen anderen um, etwa 0 bis 1023 eines Sensors in 0 bis 100.

**Nimmt** `msg.payload` oder eine andere Eigenschaft: eine Zahl oder was sich als eine lesen lässt. **Sendet** die Nachricht \
mit der umgerechneten Zahl.

Außerhalb des Bereichs wird weiter umgerechnet, am näheren Ende festgehalten oder am anderen Ende neu begonnen, oder die \
Nachricht wird verworfen. Was keine Zahl ist, wird protokolliert und verworfen; eine Nachricht ohne die Eigenschaft geht \
weiter.",
    },
    Words {
        type_name: "delay",
        fields: &[
            field("pauseType", "Aktion").choices(&[
                "Jede Nachricht verzögern",
                "Um msg.delay verzögern",
                "Um eine zufällige Zeit verzögern",
                "Die Rate begrenzen",
                "Die Rate begrenzen, ein Topic nach dem anderen",
                "Die letzte jedes Topics gemeinsam durchlassen",
                "Einige durchlassen, dann eine Weile keine",
            ]),
            field("timeout", "Um"),
            field("timeoutUnits", "Einheit").choices(LIMITS),
            field("rate", "Nachrichten"),
            field("nbRateUnits", "In"),
            field("rateUnits", "Einheit").choices(&["Sekunden", "Minuten", "Stunden", "Tagen"]),
            field("randomFirst", "Mindestens"),
            field("randomLast", "Höchstens"),
            field("randomUnits", "Einheit").choices(LIMITS),
            field("drop", "Was zu viel ist, verwerfen").hint("Statt es zu halten, bis es weiter darf."),
            field("allowrate", "msg.rate darf die Rate ändern"),
            field("outputs", "Ausgänge").hint("Bei zweien kommt aus dem zweiten, was verworfen wird."),
        ],
        help: "\
Hält Nachrichten eine Zeit lang auf oder begrenzt, wie viele durchkommen.

- **Verzögern**: jede Nachricht um eine feste Zeit, um `msg.delay` Millisekunden oder um eine zufällige Zeit.
- **Die Rate begrenzen**: eine Nachricht in jeder Zeitspanne; die anderen warten oder werden verworfen. *Ein Topic nach dem \
anderen* hält von jedem `msg.topic` die letzte Nachricht und lässt immer nur ein Topic durch; *die letzte jedes Topics \
gemeinsam* lässt alle auf einmal durch.
- **Einige durchlassen**: danach wird alles verworfen, bis für jede die Zeit um ist.

**Nimmt** `msg.reset`, das verwirft, was wartet; `msg.flush`, das es jetzt durchlässt (alles oder so viele); `msg.toFront`, \
das eine Nachricht nach vorn stellt; `msg.rate`, Millisekunden zwischen Nachrichten, wo das erlaubt ist.

Der Knoten hält höchstens 100.000 Nachrichten; was dann kommt, ist ein Fehler, den ein catch-Knoten auffangen kann. \
Nachrichten, die warten, halten ihre Quelle nicht auf und bleiben erhalten, wenn der Flow neu deployt wird.

**Beispiel**: auf 1 Nachricht in 10 Sekunden begrenzen, bevor eine E-Mail gesendet wird.",
    },
    Words {
        type_name: "trigger",
        fields: &[
            field("op1", "Senden")
                .hint("Was sofort hinausgeht; Texte können Mustache-Tags wie `{{topic}}` enthalten.")
                .types(&[("pay", "die Nachricht, wie sie kam"), ("nul", "nichts")]),
            field("duration", "Dann warten").hint(
                "0: bis zum Zurücksetzen. Kleiner als 0: sendet immer wieder, mit so viel Zeit dazwischen.",
            ),
            field("units", "Einheit").choices(&["ms", "s", "min", "h"]),
            field("extend", "Mit jeder Nachricht die Zeit neu beginnen"),
            field("overrideDelay", "msg.delay darf die Zeit ändern"),
            field("op2", "Danach senden").types(&[
                ("pay", "die Nachricht, wie sie kam"),
                ("payl", "die letzte Nachricht"),
                ("nul", "nichts"),
            ]),
            field("reset", "Zurücksetzen, wenn die Payload so ist").hint("`msg.reset` setzt immer zurück."),
            field("bytopic", "Behandeln").choices(&["Alle Nachrichten gemeinsam", "Jedes Topic für sich"]),
            field("topic", "Topic").hint("Die Eigenschaft, die Topics unterscheidet."),
            field("outputs", "Ausgänge").hint("Bei zweien kommt aus dem zweiten, was später gesendet wird."),
        ],
        help: "\
Sendet etwas, wenn eine Nachricht kommt, und nach einer Weile etwas anderes. Nachrichten, die in der Zwischenzeit kommen, \
werden verworfen oder lassen die Zeit neu beginnen. Ohne eine Zeit bleibt er gesperrt, bis er zurückgesetzt wird; auf \
*immer wieder* gestellt, wiederholt er bis dahin das erste.

**Nimmt** jede Nachricht. `msg.reset` oder eine gewählte Payload beendet, was im Gang ist. `msg.delay`, in Millisekunden, ist \
die Zeit, wo das erlaubt ist. `msg.topic` oder eine andere Eigenschaft unterscheidet Topics.

Gesendet wird die Nachricht mit einer anderen Payload: einem Wert, der Payload, die sie hatte (*pay*), der Payload der \
letzten Nachricht (*payl*) oder gar nichts (*nul*). Der Knoten hält höchstens 100.000 Topics; was dann kommt, ist ein Fehler, \
den ein catch-Knoten auffangen kann. Was wartet, bleibt erhalten, wenn der Flow neu deployt wird.

**Beispiel**: Ein Bewegungsmelder schaltet das Licht ein und 5 Minuten nach der letzten Bewegung wieder aus.",
    },
    Words {
        type_name: "exec",
        fields: &[
            field("command", "Befehl"),
            field("addpay", "Diese Eigenschaft anhängen").hint(
                "Der Nachricht, etwa `payload`; leer für keine. Sie geht so, wie sie ist, an die Shell: darauf achten, was darin ankommt.",
            ),
            field("append", "Anhängen").hint("Weitere Argumente, danach."),
            field("useSpawn", "Ausgabe")
                .choices(&["Wenn der Befehl fertig ist", "Während er läuft (ohne Shell)"]),
            field("timer", "Zeitlimit").hint("In Sekunden; leer für keines. Auch auf das, was der Befehl im Hintergrund zurückließ, wird nicht länger gewartet."),
            field("oldrc", "Frühere Form des Rückgabewerts")
                .hint("Nur die Zahl, und nichts, wenn alles gut ging."),
            field("winHide", "Sein Fenster verbergen").hint("Unter Windows."),
        ],
        help: "\
Führt einen Befehl des Betriebssystems aus, mit den Rechten von Wireloom selbst.

- *Wenn der Befehl fertig ist*: in einer Shell, also mit Pipes und `*`; was er geschrieben hat, wird dann gesendet, höchstens \
10 MB.
- *Während er läuft*: ohne Shell; was er schreibt, wird sofort gesendet. Argumente werden an Leerzeichen getrennt, nicht aber \
innerhalb von `\"`.

**Sendet** aus dem ersten Ausgang, was der Befehl geschrieben hat; aus dem zweiten, was er als Fehler geschrieben hat; aus dem \
dritten am Ende `msg.payload.code` und `message` oder `signal`. Bytes, die kein UTF-8-Text sind, kommen als Buffer.

**Nimmt** jede Nachricht. Mit `msg.kill` beendet er stattdessen einen Befehl: den, dessen Nummer in `msg.pid` steht, oder den \
einzigen; `msg.kill` kann das Signal nennen, etwa `SIGKILL`.

Ein Befehl, der enden soll, weil seine Zeit um ist oder er zu viel schreibt, wird nach 2 s dazu gezwungen. Ein Befehl und \
alles, was er gestartet hat, endet mit dem Knoten. 100 dürfen gleichzeitig laufen; einer mehr ist ein Fehler, \
den ein catch-Knoten auffangen kann. Eine Nachricht, deren Befehl ein Deploy beendet hat, ist gescheitert: Sie wird nicht \
bestätigt.

**Beispiel**: `df -h /` einmal in der Stunde, dann ein function-Knoten, der die Tabelle liest.",
    },
    Words {
        type_name: "rbe",
        fields: &[
            field("func", "Art").choices(&[
                "Sperren, außer der Wert ändert sich",
                "Sperren, außer der Wert ändert sich, und den ersten",
                "Sperren, außer er ändert sich um so viel",
                "Sperren, außer er ändert sich um mehr als",
                "Sperren, wenn er sich um so viel ändert",
                "Sperren, wenn er sich um mehr ändert als",
            ]),
            field("gap", "Änderung").hint("Eine Zahl oder ein Teil des vorigen Werts, etwa `10%`."),
            field("start", "Beginnen mit").hint("Leer: der erste Wert, der dann durchkommt."),
            field("inout", "Vergleichen mit")
                .choices(&["Dem letzten Wert, der durchkam", "Dem letzten Wert, der ankam"]),
            PROPERTY,
            field("septopics", "Jedes Topic für sich behandeln"),
            field("topi", "Topic").hint("Die Eigenschaft, die Topics unterscheidet."),
        ],
        help: "\
Gibt eine Nachricht nur weiter, wenn ihr Wert sich geändert hat: überhaupt, um so viel (*deadband*) oder nicht um zu viel \
(*narrowband*, das Ausreißer verwirft).

**Nimmt** `msg.payload` oder eine andere Eigenschaft: alles, um auf irgendeine Änderung zu achten, eine Zahl oder einen Text, \
der mit einer beginnt, für die anderen Arten. `msg.topic` unterscheidet Werte. `msg.reset` vergisst den Wert seines Topics, \
oder alle Werte, wenn es keines hat.

**Beispiel**: nach einem Sensor, der jede Sekunde dasselbe sagt, um nur von Änderungen zu hören.",
    },
];
