//! The nodes for TCP, UDP and WebSockets.

use model::text::Catalogue;

use super::{Field, Words, field};

pub(super) const TEXTS: Catalogue = &[
    ("tcp-in.label", "tcp"),
    ("tcp-out.label", "tcp"),
    ("tcp-request.label", "tcp request"),
    ("tcp.busy", "es warten schon {limit} Nachrichten auf {host}:{port}; diese wurde nicht angenommen"),
    (
        "tcp.cannot-listen",
        "Port {port} lässt sich nicht öffnen: {reason}; einen anderen Port wählen oder beenden, was ihn benutzt",
    ),
    ("tcp.connected", "verbunden"),
    ("tcp.connecting", "verbindet"),
    ("tcp.connections", "{count} {count|Verbindung|Verbindungen}"),
    ("tcp.datatype", "{value} ist keine Ausgabe: buffer, utf8 oder base64 wählen"),
    ("tcp.disconnected", "getrennt"),
    ("tcp.error", "Fehler"),
    ("tcp.failed", "keine Verbindung zu {host}:{port}: {reason}"),
    ("tcp.host", "der Host darf nicht leer sein"),
    ("tcp.lost", "die Verbindung zu {host}:{port} ist verloren: {reason}; neuer Versuch"),
    ("tcp.mode", "{mode} ist keine Arbeitsweise: {modes} wählen"),
    (
        "tcp.no-certificate",
        "ein Server mit TLS braucht ein Zertifikat und dessen privaten Schlüssel: beides im tls-config-Knoten angeben",
    ),
    ("tcp.no-host", "Host oder Port fehlt: in den Knoten schreiben oder in msg.host und msg.port senden"),
    (
        "tcp.not-connected",
        "es gibt keine Verbindung zu {host}:{port}, deshalb wurde die Nachricht nicht gesendet: {reason}",
    ),
    ("tcp.not-sent", "bei {count} der Verbundenen kam die Nachricht nicht an: {reason}"),
    ("tcp.port", "der Port muss eine Zahl von 1 bis 65535 sein"),
    ("tcp.split-count", "die Anzahl der Zeichen muss mindestens 1 sein"),
    (
        "tcp.too-long",
        "was {peer} sendete, war länger als {limit} Bytes, ohne zu enden; die Verbindung wurde geschlossen",
    ),
    ("udp-in.label", "udp"),
    ("udp-out.label", "udp"),
    ("udp.address", "{host} hat keine Adresse dieser Art: {reason}"),
    (
        "udp.cannot-open",
        "Port {port} ist nicht zu benutzen: {reason}; einen anderen Port wählen oder beenden, was ihn benutzt",
    ),
    ("udp.group", "{group} ist keine Multicast-Adresse: eine wie 225.0.18.83 oder ff02::1:3 schreiben"),
    (
        "udp.interface",
        "es gibt keine Schnittstelle {name} mit einer Adresse dieser Art; das System wählt eine",
    ),
    ("udp.no-address", "es gibt keine Adresse: eine in den Knoten schreiben oder in msg.ip senden"),
    ("udp.no-port", "es gibt keinen Port: einen in den Knoten schreiben oder in msg.port senden"),
    ("udp.not-sent", "das Paket ließ sich nicht an {host}:{port} senden: {reason}"),
    ("udp.on-interface", "{name}: {address}"),
    ("udp.port", "der Port muss eine Zahl von 1 bis 65535 sein"),
    ("udp.shares", "Port {port} benutzt schon ein anderer Knoten; nun benutzen ihn beide"),
    ("websocket-client.label", "WebSocket-Client"),
    ("websocket-in.label", "websocket"),
    ("websocket-listener.label", "WebSocket-Server"),
    ("websocket-out.label", "websocket"),
    ("websocket.connected", "{count} verbunden"),
    ("websocket.disconnected", "getrennt"),
    (
        "websocket.dropping",
        "der Flow ist langsamer, als Nachrichten kommen: {limit} warten, und was kommt, wird verworfen, bis wieder Platz ist",
    ),
    ("websocket.error", "Fehler"),
    ("websocket.errors.missing-conf", "auswählen, worauf gehört oder womit verbunden wird"),
    ("websocket.failed", "keine Verbindung zu {url}: {reason}; neuer Versuch"),
    ("websocket.header", "die Kopfzeile {name} lässt sich nicht senden: {reason}"),
    ("websocket.lost", "die Verbindung zu {url} ist beendet: {reason}; neuer Versuch"),
    ("websocket.no-path", "der Pfad darf nicht leer sein"),
    ("websocket.no-server", "es gibt keinen HTTP-Server, der Verbindungen annimmt"),
    ("websocket.not-connected", "es gibt keine Verbindung, deshalb wurde die Nachricht nicht gesendet"),
    ("websocket.not-sent", "bei {count} der Verbundenen kam die Nachricht nicht an: {reason}"),
    (
        "websocket.taken",
        "ein anderer websocket-listener hat den Pfad {path} schon, dieser bekommt also nichts: einen der beiden ändern",
    ),
    (
        "websocket.url",
        "die URL {url} ist nicht zu verstehen: {reason}; eine wie wss://example.org/live schreiben",
    ),
];

const HOST: Field = field("host", "Host");
const PORT: Field = field("port", "Port");
const TLS: Field = field("tls", "TLS");
const BASE64: Field = field("base64", "Base64-Texte dekodieren");
const CUT: Field = field("newline", "Trennen bei").hint(
    "Texte werden hier getrennt; `\\n`, `\\r` und `\\t` werden verstanden. Leer: so, wie sie ankommen.",
);
const KEEP: Field = field("trim", "Behalten, woran getrennt wird");
const DATATYPE: Field = field("datatype", "Payload").choices(&["Ein Buffer", "Text", "Base64-Text"]);
const FAMILY: Field = field("ipv", "Adressen").choices(&["IPv4", "IPv6"]);
const INTERFACE: Field =
    field("iface", "Schnittstelle").hint("Ihr Name oder ihre Adresse; leer: das System wählt.");
const WHOLE: Field =
    field("wholemsg", "Nachrichten").choices(&["Nur die Payload", "Ganze Nachrichten, als JSON"]);

pub(super) const TYPES: &[Words] = &[
    Words {
        type_name: "tcp in",
        fields: &[
            field("server", "Arbeitsweise").choices(&["Auf einem Port hören", "Mit einem Server verbinden"]),
            HOST,
            PORT,
            TLS.hint("Als Server braucht er ein Zertifikat und dessen Schlüssel."),
            field("datamode", "Nachrichten").choices(&["Wie es kommt", "Eine, wenn die Verbindung endet"]),
            DATATYPE,
            CUT,
            KEEP,
            field("topic", "Topic"),
        ],
        help: "\
Nachrichten aus dem, was über TCP kommt: von allen, die sich mit einem Port verbinden, oder von einem Server, mit dem er sich \
verbindet.

**Sendet** `msg.payload`, `msg.topic` und als Server `msg.ip` und `msg.port` des Absenders. Mit `msg._session` kann ein \
**tcp-out**-Knoten, der antwortet, dieselbe Verbindung benutzen.

Ist der Flow beschäftigt, wird nichts mehr gelesen. Mit einem Port dürfen bis zu 1.000 verbunden sein; 16 MB dürfen kommen, \
ohne zu enden (mit einem Zeilenende oder dem Ende der Verbindung). Eine Verbindung zu einem Server, die endet, wird wieder \
geöffnet: zuerst nach einer halben Sekunde, dann nach längeren Pausen, höchstens 10 s.",
    },
    Words {
        type_name: "tcp out",
        fields: &[
            field("beserver", "Arbeitsweise").choices(&[
                "Mit einem Server verbinden",
                "Auf einem Port hören",
                "Dem Absender der Nachricht antworten",
            ]),
            HOST,
            PORT,
            TLS.hint("Als Server braucht er ein Zertifikat und dessen Schlüssel."),
            BASE64,
            field("end", "Die Verbindung nach jeder Nachricht schließen"),
        ],
        help: "\
Sendet `msg.payload` über TCP: einen Buffer so, wie er ist, alles andere als Text. Er verbindet sich mit einem Server, sendet \
an alle, die sich mit seinem Port verbinden, oder antwortet auf der Verbindung, die `msg._session` eines **tcp-in**-Knotens \
nennt (ohne eine: auf allen). Antwortet er, schließt `msg.reset` mit true die Verbindung.

Er ist mit einer Nachricht fertig, wenn sie geschrieben ist. Eine Nachricht an alle wartet auf die, die mitkommen: Wer langsamer \
ist als die anderen, bekommt sie später, und wird getrennt, wenn 64 Nachrichten warten. Ohne Verbindung zum Server ist das ein \
Fehler, den ein catch-Knoten auffangen kann; wer 30 s lang nichts annimmt, wird getrennt. Eine Verbindung, die endet, wird wieder geöffnet: \
zuerst nach einer halben Sekunde, dann nach längeren Pausen, höchstens 10 s.",
    },
    Words {
        type_name: "tcp request",
        fields: &[
            field("server", "Host").hint("Leer: `msg.host`."),
            PORT.hint("Leer: `msg.port`."),
            TLS,
            field("out", "Die Verbindung schließen").choices(&[
                "Einige Zeit nach der ersten Antwort",
                "Wenn ein Zeichen kam",
                "Nach so vielen Zeichen",
                "Nie: offen halten",
                "Sofort: auf keine Antwort warten",
            ]),
            field("splitc", "Millisekunden, Zeichen oder Anzahl").hint("Ein Zeichen wie `a`, `\\n` oder `0x0d`."),
            field("ret", "Payload").choices(&["Ein Buffer", "Text"]),
            CUT,
            KEEP,
        ],
        help: "\
Sendet `msg.payload` an einen TCP-Server und gibt dessen Antwort: was innerhalb einer Zeit nach ihrem Beginn kommt, bis zu \
einem Zeichen oder eine Anzahl von Zeichen; oder er hält die Verbindung offen und sendet für alles, was kommt, eine Nachricht.

**Nimmt** `msg.payload`, `msg.host` und `msg.port`, wo der Knoten nichts angibt, und, wo die Verbindung offen bleibt, \
`msg.reset`: true schließt alle Verbindungen, ein Text wie `host:port` eine.

**Sendet** die letzte Nachricht, die an diesen Server ging, mit der Antwort als `payload`.

Er ist mit einer Nachricht fertig, wenn sie geschrieben ist; was wartet, wenn der Knoten ersetzt wird, wartet auf seinen \
Nachfolger. Auf eine Verbindung dürfen 1.000 Nachrichten warten, und eine \
Antwort darf 16 MB haben. Ein Server, der nicht zu erreichen ist, ist ein Fehler, den ein catch-Knoten auffangen kann.",
    },
    Words {
        type_name: "udp in",
        fields: &[
            field("multicast", "Hören auf").choices(&[
                "Pakete an diesen Rechner",
                "Pakete an eine Multicast-Gruppe",
            ]),
            field("group", "Gruppe").hint("Eine Multicast-Adresse, etwa `225.0.18.83`."),
            INTERFACE,
            PORT,
            FAMILY,
            DATATYPE,
        ],
        help: "\
Eine Nachricht für jedes UDP-Paket, das an einem Port ankommt, auch an eine Multicast-Gruppe.

**Sendet** `msg.payload`, `msg.ip` und `msg.port` des Absenders und beides als `msg.fromip`.

UDP kann nicht warten: Ist der Flow beschäftigt, werden 1.024 Pakete gehalten; was dann kommt, wird verworfen und gezählt. \
Mehrere Knoten dürfen einen Port benutzen; jeder bekommt jedes Paket.",
    },
    Words {
        type_name: "udp out",
        fields: &[
            field("multicast", "Senden").choices(&[
                "An eine Adresse",
                "An alle in einem Netz (Broadcast)",
                "An eine Multicast-Gruppe",
            ]),
            field("addr", "Adresse")
                .hint("Ein Host, eine Adresse wie `192.168.1.255` oder eine Gruppe. Leer: `msg.ip`."),
            PORT.hint("Leer: `msg.port`."),
            INTERFACE,
            FAMILY,
            field("outport", "Von Port").hint(
                "Leer: irgendeiner, der frei ist. Einen Port, auf dem ein udp-in-Knoten hört, benutzen beide.",
            ),
            BASE64,
        ],
        help: "\
Sendet `msg.payload` als UDP-Paket: einen Buffer so, wie er ist, alles andere als Text. An Adresse und Port des Knotens oder \
sonst an `msg.ip` und `msg.port`.

Um dem Absender eines Pakets zu antworten, von dem Port senden, auf dem der **udp-in**-Knoten hört.",
    },
    Words {
        type_name: "websocket in",
        fields: &[
            field("server", "Hören auf"),
            field("client", "Oder verbinden mit").hint("Gilt, wenn beides gewählt ist."),
        ],
        help: "\
Eine Nachricht für jede Text- oder Binärnachricht, die über einen WebSocket kommt: von allen, die sich mit einem \
WebSocket-Server verbinden, oder von dem Server, mit dem sich ein Client verbindet.

**Sendet** `msg.payload`, einen Text oder Buffer; oder, wo die Verbindung ganze Nachrichten trägt, die Nachricht aus dem JSON. \
`msg._session` sagt, wer sie gesendet hat: Ein **websocket-out**-Knoten, der sie bekommt, antwortet dort.

Kommt kein Flow nach, der dort hört, wird nichts mehr gelesen. Kommen andere nach, wird an dem Knoten verworfen, was kommt, \
dessen Flow es nicht tut, wenn dort 1.024 Nachrichten warten; der Knoten sagt es und zählt sie.",
    },
    Words {
        type_name: "websocket out",
        fields: &[
            field("server", "Hören auf"),
            field("client", "Oder verbinden mit").hint("Gilt, wenn beides gewählt ist."),
        ],
        help: "\
Sendet `msg.payload` über einen WebSocket: einen Buffer als Binärnachricht, alles andere als Text, Objekte als JSON. Wo die \
Verbindung ganze Nachrichten trägt, wird die ganze Nachricht als JSON gesendet.

Mit `msg._session` eines **websocket-in**-Knotens antwortet er dem, der diese Nachricht gesendet hat; ohne bekommen sie alle, \
die verbunden sind: mit einem change-Knoten entfernen, um an alle zu senden.

Er ist mit einer Nachricht fertig, wenn sie geschrieben ist. Eine Nachricht an alle wartet auf die, die mitkommen: Wer langsamer \
ist als die anderen, bekommt sie später, und wird getrennt, wenn 64 Nachrichten warten. Ein Client, der nicht verbunden ist, \
macht daraus einen Fehler, \
den ein catch-Knoten auffangen kann; wer 30 s lang nichts annimmt, wird getrennt.",
    },
    Words {
        type_name: "websocket-listener",
        fields: &[field("path", "Pfad").hint("Auf diesem Server, etwa `/live`."), WHOLE],
        help: "\
Ein Pfad dieses Servers, unter dem Browser und andere WebSockets öffnen: `ws://dieser-server/live` für den Pfad `/live`. Ein \
**websocket-in**-Knoten bekommt, was sie senden, ein **websocket-out**-Knoten sendet an sie.

Bis zu 1.000 dürfen verbunden sein. Eine Nachricht darf 16 MB haben.",
    },
    Words {
        type_name: "websocket-client",
        fields: &[
            field("path", "URL").hint("Etwa `wss://example.org/live`."),
            TLS.hint("Zertifikate für Server, die besondere haben oder verlangen."),
            WHOLE,
            field("hb", "Lebenszeichen")
                .hint("Sekunden zwischen Lebenszeichen, um die der Server gebeten wird; leer für keine."),
            field("subprotocol", "Unterprotokoll").hint("Eines oder mehrere, mit Kommas dazwischen."),
            field("headers", "Kopfzeilen").hint("Werden gesendet, wenn die Verbindung geöffnet wird."),
            field("headers.keyType", "Kopfzeile")
                .hint("Der Name einer Kopfzeile oder `other` für den daneben."),
            field("headers.keyValue", "Name"),
            field("headers.valueType", "Wert").hint(
                "Ein Wert, `other` für den daneben oder `env` für den einer Umgebungsvariablen.",
            ),
            field("headers.valueValue", "Text"),
        ],
        help: "\
Ein WebSocket, der geöffnet wird, sobald ein **websocket-in**- oder **websocket-out**-Knoten ihn benutzt, und wieder, wenn er \
endet: zuerst nach einer halben Sekunde, dann nach längeren Pausen, höchstens 10 s. Eine Nachricht darf 16 MB haben.",
    },
];
