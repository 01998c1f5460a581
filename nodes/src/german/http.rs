//! The nodes for HTTP and for actions.

use model::text::Catalogue;

use super::{Words, field};

pub(super) const TEXTS: Catalogue = &[
    ("action-in.label", "action in"),
    ("action-in.limit", "die Anzahl gleichzeitiger Aufrufe muss eine ganze Zahl von 1 bis {most} sein"),
    (
        "action-in.name",
        "der Aktion einen Namen aus Buchstaben, Ziffern, Punkten, Binde- und Unterstrichen geben, etwa decode",
    ),
    ("action-in.no-server", "hier gibt es keinen Server, der Aufrufe annimmt"),
    (
        "action-in.shadowed",
        "ein anderer action-in-Knoten bietet die Aktion {name} schon an, diese wird also nie aufgerufen: eine der beiden umbenennen",
    ),
    ("action-in.timeout", "das Zeitlimit muss größer als 0 sein und höchstens {most} Sekunden betragen"),
    ("action-out.label", "action out"),
    (
        "action-out.no-call",
        "die Nachricht hat keinen offenen Aufruf in msg.action: sie muss von einem action-in-Knoten kommen und msg.action behalten",
    ),
    (
        "action-out.status",
        "{status} ist kein Status einer Antwort: eine ganze Zahl von 200 bis 599 wird gebraucht",
    ),
    (
        "action-out.twice",
        "der Aufruf ist schon beantwortet: zu jedem nur eine Nachricht an action-out-Knoten senden",
    ),
    ("common.notification.errors.no-response", "keine Antwort von {url} innerhalb von {seconds} s"),
    ("http-in.broken-off", "der Inhalt der Anfrage endete zu früh: {reason}"),
    ("http-in.busy", "der Flow ist beschäftigt: bald noch einmal versuchen"),
    (
        "http-in.encoding",
        "die Kodierung {encoding} wird nicht angenommen: gzip, deflate oder br verwenden, oder den Inhalt so senden, wie er ist",
    ),
    (
        "http-in.not-encoded",
        "der Inhalt lässt sich nicht entpacken, obwohl seine Kodierung {encoding} ist: {reason}",
    ),
    ("http-in.json", "der Inhalt der Anfrage ist kein gültiges JSON: {reason}"),
    ("http-in.label", "http in"),
    ("http-in.late", "der Flow hat nicht innerhalb von {seconds} s geantwortet"),
    ("http-in.method", "{method} ist keine HTTP-Methode"),
    ("http-in.multipart", "der Inhalt der Anfrage ist kein gültiges Multipart-Formular: {reason}"),
    ("http-in.no-answer", "der Flow endete ohne Antwort: mit einem http-response-Knoten beenden"),
    ("http-in.no-server", "hier gibt es keinen HTTP-Server, der Anfragen annimmt"),
    ("http-in.path-encoding", "der Pfad ist kein gültiges UTF-8 in Prozentkodierung"),
    (
        "http-in.path.expression",
        "in {path} steht ein {character}, Ausdrücke werden in Pfaden aber nicht verstanden: :name, :name? oder * verwenden",
    ),
    ("http-in.path.unnamed", "in {path} steht ein Doppelpunkt ohne Namen dahinter: :name schreiben"),
    ("http-in.path.wildcards", "{path} hat mehr als {limit} Platzhalter"),
    (
        "http-in.shadowed",
        "ein anderer http-in-Knoten nimmt {method} {url} schon an, dieser bekommt also keine Anfragen: einen der beiden ändern",
    ),
    ("http-in.slow-body", "der Inhalt der Anfrage kam nicht rechtzeitig an"),
    ("http-in.stopping", "der Flow wird gerade angehalten oder deployt: bald noch einmal versuchen"),
    ("http-in.too-large", "der Inhalt der Anfrage ist größer als {limit} Bytes"),
    ("http-in.too-many", "zu viele Anfragen sind offen: bald noch einmal versuchen"),
    ("http-in.url.empty", "die URL fehlt: einen Pfad wie /hello angeben"),
    ("http-once.bad-request", "die Anfrage lässt sich nicht senden: {reason}"),
    ("http-once.timeout", "{url} hat nicht innerhalb von {seconds} s geantwortet"),
    ("http-once.too-large", "die Antwort von {url} ist größer als {limit} Bytes"),
    ("http-once.unreachable", "{url} ist nicht zu erreichen: {reason}"),
    ("http-request.auth", "die Anmeldung {kind} wird nicht unterstützt: basic, digest oder bearer verwenden"),
    ("http-request.digest", "{url} verlangt einen Digest, der sich nicht bilden lässt: {reason}"),
    ("http-request.direct", "{url} wird direkt erreicht, nicht über den Proxy {configured}"),
    ("http-request.error", "{code}"),
    ("http-request.failed", "die Anfrage an {url} ist gescheitert: {reason}"),
    ("http-request.header", "die Kopfzeile {name} lässt sich nicht senden: {reason}"),
    ("http-request.label", "http request"),
    ("http-request.large", "die Antwort von {url} ist größer als {limit} Bytes"),
    ("http-request.method", "{method} ist keine HTTP-Methode"),
    ("http-request.not-found", "der Host von {url} ist nicht bekannt"),
    ("http-request.payload", "die Payload lässt sich nicht senden: {reason}"),
    ("http-request.proxied", "{url} wird über den Proxy {proxy} erreicht"),
    ("http-request.proxy", "der Proxy {url} ist nicht zu benutzen: {reason}"),
    ("http-request.redirects", "{url} hat mehr als {limit} Mal weitergeleitet"),
    ("http-request.refused", "unter {url} nimmt niemand Verbindungen an"),
    ("http-request.status", "{url} antwortete mit {status}"),
    ("http-request.tls", "sichere Verbindungen sind nicht möglich: {reason}"),
    ("http-request.url", "die URL {url} ist nicht zu verstehen: {reason}"),
    (
        "http-response.cookie",
        "das Cookie {name} lässt sich nicht senden: {part} ist in einer Kopfzeile nicht erlaubt",
    ),
    ("http-response.header", "die Kopfzeile {name} lässt sich nicht senden: {reason}"),
    ("http-response.label", "http"),
    (
        "http-response.no-exchange",
        "die Nachricht hat keine offene Anfrage in msg.res: sie muss von einem http-in-Knoten kommen und msg.res behalten",
    ),
    ("http-response.status", "{status} ist kein HTTP-Status: eine Zahl von 200 bis 999 wird gebraucht"),
    (
        "http-response.twice",
        "die Anfrage ist schon beantwortet: zu jeder nur eine Nachricht an http-response-Knoten senden",
    ),
    ("httpin.errors.invalid-payload", "eine Payload, die an die URL gehängt wird, muss ein Objekt sein"),
    ("httpin.errors.invalid-transport", "die URL {url} muss mit http:// oder https:// beginnen"),
    ("httpin.errors.json-error", "die Antwort von {url} ist kein JSON ({reason}); sie geht als Text weiter"),
    ("httpin.errors.no-url", "es gibt keine URL: eine in den Knoten schreiben oder in msg.url senden"),
    (
        "httpin.errors.rejectunauthorized-invalid",
        "msg.rejectUnauthorized muss true oder false sein; Zertifikate werden geprüft",
    ),
    (
        "httpin.errors.timeout-isnan",
        "msg.requestTimeout ist keine Zahl, deshalb gilt das Zeitlimit des Knotens",
    ),
    (
        "httpin.errors.timeout-isnegative",
        "msg.requestTimeout ist kleiner als 1, deshalb gilt das Zeitlimit des Knotens",
    ),
    ("httpin.status.requesting", "Anfrage läuft"),
];

pub(super) const TYPES: &[Words] = &[
    Words {
        type_name: "http in",
        fields: &[
            field("method", "Methode")
                .hint("Welche Anfragen er annimmt; mit GET auch HEAD.")
                .choices(&["GET", "POST", "PUT", "DELETE", "PATCH"]),
            field("url", "URL").hint(
                "Der Pfad, etwa `/users/:id`. `:name` steht für einen Teil des Pfads, `:name?` für einen, der fehlen darf, `*` für alles.",
            ),
            field("upload", "Hochgeladene Dateien annehmen").hint(
                "Nimmt Multipart-Formulare auseinander: Felder in `msg.payload`, Dateien in `msg.req.files`.",
            ),
            field("skipBodyParsing", "Den Inhalt lassen, wie er ist")
                .hint("Er kommt als Buffer, von welcher Art auch immer."),
        ],
        help: "\
Stößt für jede HTTP-Anfrage an seinen Pfad einen Flow an. Die Antwort gibt ein **http-response**-Knoten, der dieselbe \
Nachricht bekommt.

**Sendet**
- `msg.payload`: bei GET die Parameter der Anfrage (Query), sonst ihren Inhalt: JSON und Formulare als Objekte, Text als Text, \
alles andere als Buffer.
- `msg.req`: die Anfrage: `method`, `url`, `path`, `params`, `query`, `headers`, `cookies`, `body`, `ip`, `hostname`, \
`protocol`, `files`.
- `msg.res`: der offene Austausch; er muss in der Nachricht bleiben.

Passen die Pfade von zwei Knoten, nimmt der zuerst gestartete die Anfrage an. Ihr Inhalt darf 5 MB haben. Ist der Flow \
beschäftigt, wartet die Anfrage bis zu 5 s und wird dann mit 503 und `Retry-After` beantwortet. Endet der Flow ohne Antwort \
oder braucht er länger als 5 Minuten, bekommt der Client 504.

**Beispiel**: URL `/users/:id`, Methode GET; dann ein change-Knoten, der `payload` auf `msg.req.params.id` setzt, dann ein \
http-response-Knoten.",
    },
    Words {
        type_name: "http request",
        fields: &[
            field("method", "Methode").choices(&[
                "GET",
                "POST",
                "PUT",
                "DELETE",
                "HEAD",
                "PATCH",
                "wie msg.method",
            ]),
            field("url", "URL").hint(
                "Kann Eigenschaften der Nachricht enthalten: `http://example.org/{{{topic}}}`. Leer: `msg.url`.",
            ),
            field("paytoqs", "Payload einer GET-Anfrage").choices(&[
                "wird nicht beachtet",
                "als Parameter an die URL hängen",
                "als Inhalt senden",
            ]),
            field("ret", "Antwort").choices(&["Text", "ein Buffer", "ein gelesenes JSON-Objekt"]),
            field("authType", "Anmeldung").choices(&[
                "keine",
                "Benutzer und Passwort",
                "Benutzer und Passwort, Digest",
                "Bearer-Token",
            ]),
            field("tls", "TLS").hint("Zertifikate für Server, die besondere haben oder verlangen."),
            field("proxy", "Proxy")
                .hint("Ohne einen gilt der aus der Umgebung: `http_proxy`, `https_proxy` und `no_proxy`."),
            field("persist", "Verbindungen offen halten"),
            field("insecureHTTPParser", "Fehler in den Kopfzeilen der Antwort verzeihen"),
            field("senderr", "Antworten außer 2xx sind Fehler").hint("Sie gehen nur an catch-Knoten."),
            field("headers", "Kopfzeilen"),
            field("headers.keyValue", "Kopfzeile").types(&[("other", "Name")]),
            field("headers.valueValue", "Wert").types(&[("other", "Text")]),
            field("user", "Benutzername"),
            field("password", "Passwort oder Token"),
        ],
        help: "\
Sendet eine HTTP-Anfrage und gibt die Antwort.

**Nimmt** (jeweils nur, wo der Knoten keinen eigenen Wert hat)
- `msg.url`, `msg.method`
- `msg.payload`: den Inhalt einer Anfrage, die einen hat: Text, ein Buffer oder ein Objekt, gesendet als JSON oder, mit der \
Art `application/x-www-form-urlencoded`, als Formular. Mit `multipart/form-data` ist jede Eigenschaft ein Teil: Text, ein \
Buffer oder `{value, options: {filename, contentType}}`.
- `msg.headers`, `msg.cookies`: Objekte nach Namen.
- `msg.followRedirects`: false, um die Weiterleitung selbst zu bekommen.
- `msg.rejectUnauthorized`: false, um mit Servern zu sprechen, für deren Zertifikat niemand bürgt.
- `msg.requestTimeout`: in Millisekunden; sonst 120 s oder was die Einstellungen sagen.

**Sendet** die Nachricht mit
- `msg.payload`: dem Inhalt der Antwort
- `msg.statusCode`, `msg.headers`, `msg.responseUrl`, `msg.responseCookies`, `msg.redirectList`

Bis zu 64 Anfragen sind gleichzeitig unterwegs; ihre Antworten kommen in beliebiger Reihenfolge. Gibt es keine Antwort, ist \
das ein Fehler mit einem `code` wie `ECONNREFUSED`, `ENOTFOUND` oder `ETIMEDOUT`; die Nachricht geht trotzdem weiter, mit dem \
Code als `statusCode`, außer wenn Antworten außer 2xx Fehler sind.

**Beispiel**: URL `https://example.org/devices/{{{payload.id}}}`, Antwort: ein gelesenes JSON-Objekt.",
    },
    Words {
        type_name: "http response",
        fields: &[
            field("statusCode", "Status").hint("Leer: `msg.statusCode` oder 200."),
            field("headers", "Kopfzeilen").hint("Diese gehen denen in `msg.headers` vor."),
        ],
        help: "\
Beantwortet die Anfrage, die ein **http-in**-Knoten angenommen hat.

**Nimmt**
- `msg.payload`: den Inhalt. Text wird als HTML gesendet, wenn keine andere Art gesetzt ist, ein Buffer so, wie er ist, \
Objekte, Arrays und Wahrheitswerte als JSON.
- `msg.statusCode`: den Status, sonst 200.
- `msg.headers`: Kopfzeilen nach Namen; ein Array sendet für jedes Element eine.
- `msg.cookies`: Cookies nach Namen: ein Wert, `{value, maxAge, expires, path, domain, httpOnly, secure, sameSite}` oder null, \
um eines zu löschen.
- `msg.res`: den offenen Austausch, so wie der http-in-Knoten ihn gesendet hat.

Der Knoten ist fertig, wenn die Antwort der Verbindung übergeben ist. Eine zweite Antwort auf dieselbe Anfrage ist ein \
Fehler, den ein catch-Knoten auffangen kann.

**Beispiel**: ein template-Knoten, der aus `payload` eine Seite macht, dann dieser Knoten.",
    },
    Words {
        type_name: "action in",
        fields: &[
            field("action", "Aktion").hint("Wie sie heißt: `decode` wird mit `POST /actions/decode` aufgerufen."),
            field("timeout", "Zeitlimit").hint("Wie lange ein Aufrufer auf die Antwort wartet, in Sekunden."),
            field("limit", "Gleichzeitige Aufrufe").hint("Was darüber ist, wird mit 503 beantwortet."),
        ],
        help: "\
Bietet eine Aktion an, die Programme mit `POST /actions/<name>` aufrufen, JSON hinein und JSON heraus. Die Antwort gibt ein \
**action-out**-Knoten, der dieselbe Nachricht bekommt.

**Sendet**
- `msg.payload`: den Inhalt des Aufrufs.
- `msg.action`: `name`, `caller` (der Benutzer, wo es welche gibt) und `reply`, der offene Aufruf; es muss in der Nachricht \
bleiben.

Wer aufruft, braucht die Berechtigung `actions.write`. Ein Fehler, den kein catch-Knoten nimmt, ist die Antwort, mit dem \
Knoten, der gescheitert ist. Ist der Flow beschäftigt, wartet ein Aufruf bis zu 5 s; danach oder bei zu vielen gleichzeitigen \
Aufrufen wird er mit 503 und `Retry-After` beantwortet. Wer länger als das Zeitlimit gewartet hat, bekommt 504; was der Flow \
tut, geht weiter.

**Beispiel**: Aktion `double`, ein change-Knoten, der `payload` auf das JSONata `payload.value * 2` setzt, ein \
action-out-Knoten.
`curl -d '{\"value\": 4}' -H 'Content-Type: application/json' http://127.0.0.1:1880/actions/double` antwortet `8`.",
    },
    Words {
        type_name: "action out",
        fields: &[],
        help: "\
Beantwortet den Aufruf, den ein **action-in**-Knoten angenommen hat.

**Nimmt**
- `msg.payload`: die Antwort, gesendet als JSON; einen Buffer so, wie Node.js einen schreibt (`type` und `data`).
- `msg.statusCode`: den HTTP-Status, sonst 200.
- `msg.action`: den offenen Aufruf, so wie der action-in-Knoten ihn gesendet hat.

Eine zweite Antwort auf denselben Aufruf ist ein Fehler, den ein catch-Knoten auffangen kann.",
    },
];
