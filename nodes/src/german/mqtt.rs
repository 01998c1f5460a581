//! The nodes for MQTT.

use model::text::Catalogue;

use super::{Field, Words, field};

pub(super) const TEXTS: Catalogue = &[
    ("mqtt-broker.label", "MQTT-Broker"),
    (
        "mqtt-broker.no-client-id",
        "eine Sitzung lässt sich nur unter einer Client-ID behalten, und keine ist angegeben: die Sitzung beginnt jedes Mal neu",
    ),
    (
        "mqtt-broker.scheme",
        "{scheme}:// wird nicht unterstützt: mqtt://, mqtts://, ws:// oder wss:// verwenden",
    ),
    ("mqtt-broker.url", "{url} ist nicht die URL eines Servers: {reason}"),
    ("mqtt-broker.version", "{version} ist keine Version von MQTT: 4 (3.1.1) oder 5 verwenden"),
    ("mqtt-client.refused", "der Broker {address} lehnt die Nachricht ab: {reason}"),
    (
        "mqtt-client.unreachable",
        "der Broker {address} hat die Nachricht innerhalb von {seconds} s nicht angenommen",
    ),
    ("mqtt-in.label", "mqtt"),
    ("mqtt-out.label", "mqtt"),
    ("mqtt.action-needs-topic", "die Aktion {action} braucht das Topic in msg.topic"),
    ("mqtt.action-not-dynamic", "die Aktion {action} braucht einen mqtt-in-Knoten, der dynamisch abonniert"),
    ("mqtt.connected", "verbunden"),
    ("mqtt.connecting", "verbindet"),
    ("mqtt.disconnected", "getrennt"),
    ("mqtt.invalid-action", "{action} ist keine Aktion: {actions} verwenden"),
    (
        "mqtt.invalid-datatype",
        "{value} ist keine Ausgabe: auto-detect, auto, buffer, utf8, json oder base64 verwenden",
    ),
    (
        "mqtt.invalid-filter",
        "{topic} lässt sich nicht abonnieren: + muss allein zwischen Schrägstrichen stehen und # allein am Ende",
    ),
    (
        "mqtt.invalid-json",
        "die Payload ist kein JSON: {reason}; im mqtt-in-Knoten eine andere Ausgabe wählen",
    ),
    ("mqtt.invalid-property", "msg.{property} passt nicht: {reason}"),
    ("mqtt.invalid-quality", "{value} ist keine Quality of Service: 0, 1 oder 2 verwenden"),
    (
        "mqtt.invalid-topic",
        "{topic} ist kein Topic, unter dem sich veröffentlichen lässt: Es darf weder leer sein noch + oder # enthalten",
    ),
    ("mqtt.log.connected", "verbunden mit dem Broker {address}"),
    ("mqtt.log.failed", "keine Verbindung mit dem Broker {address}: {reason}; neuer Versuch"),
    ("mqtt.log.lost", "die Verbindung mit dem Broker {address} ist verloren: {reason}; neuer Versuch"),
    (
        "mqtt.log.dropping",
        "der Flow ist langsamer, als Nachrichten kommen: {limit} warten, und solche mit Quality of Service 0 werden verworfen, bis wieder Platz ist",
    ),
    (
        "mqtt.log.nobody-subscribed",
        "eine Nachricht des Topics {topic} kam aus einer früheren Sitzung, und kein Knoten abonniert es mehr; sie wurde verworfen",
    ),
    ("mqtt.log.subscription-refused", "der Broker {address} lehnt das Abonnement {filter} ab: {reason}"),
    (
        "mqtt.not-started",
        "die Verbindung zum Broker läuft nicht: siehe das Problem am Konfigurationsknoten des Brokers",
    ),
    ("mqtt.refused", "der Broker lehnt die Nachricht ab: {reason}"),
    ("mqtt.too-large", "die Nachricht ist größer ({size} Bytes), als der Broker annimmt ({limit})"),
];

const QUALITIES: &[&str] = &["0: höchstens einmal", "1: mindestens einmal", "2: genau einmal"];
const QUALITY: &str = "Quality of Service";
const RETAINED: &str = "Aufbewahren (Retain)";
const BROKER: Field = field("broker", "Broker");

pub(super) const TYPES: &[Words] = &[
    Words {
        type_name: "mqtt in",
        fields: &[
            BROKER.hint("Die Verbindung, auf der abonniert wird."),
            field("topicType", "Abonnement")
                .hint("Für ein Topic oder für die, die Nachrichten nennen.")
                .choices(&["ein einzelnes Topic", "dynamisch, durch Nachrichten"]),
            field("topic", "Topic").hint(
                "`+` steht für eine Ebene, `#` am Ende für alle darunter; `$share/group/topic` teilt die Nachrichten auf.",
            ),
            field("qos", QUALITY).choices(QUALITIES),
            field("datatype", "Ausgabe").hint("Was aus der Payload wird.").choices(&[
                "erkannt: JSON, Text oder Buffer",
                "erkannt: Text oder Buffer",
                "ein Buffer",
                "Text",
                "was im JSON steht",
                "Base64-Text",
            ]),
            field("nl", "Ohne Eigenes (No Local)").hint("Ohne das, was diese Verbindung selbst veröffentlicht."),
            field("rap", "Retain wie veröffentlicht").hint("`msg.retain` ist so, wie der Absender es gesetzt hat."),
            field("rh", "Aufbewahrte Nachrichten").hint("Wann der Broker sie sendet.").choices(&[
                "beim Abonnieren",
                "wenn das Abonnement neu ist",
                "nie",
            ]),
        ],
        help: "\
Abonniert ein Topic eines MQTT-Brokers und sendet für alles, was ankommt, eine Nachricht.

**Sendet**
- `msg.payload`: was kam, in der gewählten Form.
- `msg.topic`, `msg.qos`, `msg.retain`.
- MQTT 5: `msg.responseTopic`, `msg.correlationData`, `msg.contentType`, `msg.userProperties`, \
`msg.messageExpiryInterval`, `msg.payloadFormatIndicator`, wo sie gesetzt sind.

**Nimmt** (nur mit dynamischem Abonnement)
- `msg.action`: \"subscribe\" oder \"unsubscribe\" (mit `msg.topic`: ein Topic, ein Objekt `{topic, qos, nl, rap, rh, \
datatype}` oder ein Array davon; true kündigt alle), \"getSubscriptions\", \"connect\", \"disconnect\".

Wann eine Nachricht mit Quality of Service 1 oder 2 bestätigt wird, hängt von der Zustellung des Flows ab: *schnell* beim \
Empfang, *mindestens einmal*, wenn jeder Zweig des Flows mit ihr fertig ist; was nicht bestätigt wurde, kommt wieder. Kommt \
kein Flow der Verbindung nach, wartet der Broker. Kommen andere nach, werden Nachrichten mit Quality of Service 0 an dem Knoten \
verworfen, dessen Flow es nicht tut, wenn dort mehr als 4096 warten; der Knoten sagt es und zählt sie.

**Beispiel**: Topic `car-iotp/+/position`, Ausgabe *erkannt*, dann ein geofence-Knoten.",
    },
    Words {
        type_name: "mqtt out",
        fields: &[
            BROKER.hint("Die Verbindung, auf der veröffentlicht wird."),
            field("topic", "Topic").hint("Leer: `msg.topic`."),
            field("qos", QUALITY).choices(&[
                "wie msg.qos, oder 0",
                "0: höchstens einmal",
                "1: mindestens einmal",
                "2: genau einmal",
            ]),
            field("retain", RETAINED)
                .hint("Der Broker bewahrt die Nachricht für alle auf, die später abonnieren.")
                .choices(&["wie msg.retain", "nein", "ja"]),
            field("respTopic", "Topic für die Antwort").hint("Wo eine Antwort erwartet wird."),
            field("contentType", "Art des Inhalts").hint("Der Medientyp der Payload."),
            field("userProps", "Benutzereigenschaften").hint("Ein JSON-Objekt aus Texten."),
            field("correl", "Daten zur Zuordnung").hint("Kommen mit der Antwort zurück."),
            field("expiry", "Ablauf").hint("Sekunden, nach denen der Broker die Nachricht vergisst."),
        ],
        help: "\
Veröffentlicht Nachrichten bei einem MQTT-Broker.

**Nimmt**
- `msg.payload`: was veröffentlicht wird. Buffer gehen so hinaus, wie sie sind, Text als UTF-8, alles andere als JSON. Eine \
Nachricht ohne Payload wird nicht veröffentlicht.
- `msg.topic`, `msg.qos`, `msg.retain`: gelten, wo der Knoten selbst nichts sagt.
- MQTT 5: `msg.responseTopic`, `msg.correlationData`, `msg.contentType`, `msg.userProperties`, \
`msg.messageExpiryInterval`, `msg.payloadFormatIndicator`, ebenso.
- `msg.action`: \"connect\" oder \"disconnect\" tut stattdessen das.

Der Knoten ist mit einer Nachricht fertig, wenn sie gesendet ist (Quality of Service 0) oder wenn der Broker sie bestätigt hat \
(1 und 2). Ohne Verbindung warten Nachrichten, bis zu 1000 für alle Knoten des Brokers; dann nimmt der Knoten keine mehr an, \
und das hält seine Quellen auf. Eine Nachricht, die nicht bestätigt wurde, wird nach dem Wiederverbinden noch einmal gesendet.

**Beispiel**: Topic `car-iotp`, Quality of Service 1 und eine Nachricht mit der Payload `{\"speed\": 81}`.",
    },
    Words {
        type_name: "mqtt-broker",
        fields: &[
            field("broker", "Server").hint(
                "Hostname oder Adresse oder eine URL wie `mqtts://broker.example:8883` oder `wss://broker.example/mqtt`; \
                 leer für diesen Rechner.",
            ),
            field("port", "Port").hint("In der Regel 1883, mit TLS 8883."),
            field("autoConnect", "Von selbst verbinden")
                .hint("Sonst tut es eine Nachricht mit `msg.action` \"connect\"."),
            field("usetls", "TLS verwenden")
                .hint("Verschlüsselt die Verbindung und prüft das Zertifikat des Brokers."),
            field("tls", "TLS").hint("Zertifikate, die gelten; leer für die des Systems."),
            field("protocolVersion", "Protokoll").hint("Die Version von MQTT.").choices(&["MQTT 3.1.1", "MQTT 5"]),
            field("clientid", "Client-ID")
                .hint("Leer: eine wird erfunden. Eine Sitzung, die bleiben soll, braucht eine."),
            field("keepalive", "Lebenszeichen").hint("Sekunden zwischen zwei Lebenszeichen."),
            field("cleansession", "Jedes Mal eine neue Sitzung").hint(
                "Der Broker vergisst Abonnements und wartende Nachrichten, wenn die Verbindung endet.",
            ),
            field("sessionExpiry", "Ablauf der Sitzung").hint("Sekunden, die der Broker die Sitzung behält."),
            field("autoUnsubscribe", "Von selbst kündigen")
                .hint("Beendet ein Abonnement, wenn es seinen Knoten nicht mehr gibt."),
            field("userProps", "Benutzereigenschaften").hint("Werden beim Verbinden gesendet, ein JSON-Objekt aus Texten."),
            field("birthTopic", "Topic").hint("Wo nach dem Verbinden veröffentlicht wird; leer für nirgends."),
            field("birthQos", QUALITY).choices(QUALITIES),
            field("birthRetain", RETAINED),
            field("birthPayload", "Payload"),
            field("closeTopic", "Topic")
                .hint("Wo vor einem geordneten Trennen veröffentlicht wird; leer für nirgends."),
            field("closeQos", QUALITY).choices(QUALITIES),
            field("closeRetain", RETAINED),
            field("closePayload", "Payload"),
            field("willTopic", "Topic")
                .hint("Wo der Broker veröffentlicht, wenn die Verbindung verloren geht; leer für nirgends."),
            field("willQos", QUALITY).choices(QUALITIES),
            field("willRetain", RETAINED),
            field("willPayload", "Payload"),
            field("user", "Benutzername"),
            field("password", "Passwort"),
        ],
        help: "\
Eine Verbindung zu einem MQTT-Broker, gemeinsam für alle **mqtt-in**- und **mqtt-out**-Knoten, die sie nennen. Sie entsteht \
beim Start der Flows und (nach einer Pause, die bis auf 15 s wächst) neu, wenn sie verloren geht; Abonnements sind von selbst \
wieder da, und was nicht bestätigt wurde, wird noch einmal gesendet.

Der Broker, der mit Wireloom kommt, ist unter `127.0.0.1` zu erreichen, Port 1883.

Die Nachricht *beim Verbinden* wird veröffentlicht, wenn die Verbindung steht, die *vor dem Trennen*, bevor sie geordnet \
endet, und die *bei Verlust* vom Broker, wenn sie verloren geht.

Ohne Verbindung warten bis zu 1000 Nachrichten; dann werden die Knoten, die veröffentlichen, aufgehalten. Mit einer Client-ID \
und ohne *Jedes Mal eine neue Sitzung* hält der Broker bereit, was kommt, während Wireloom weg ist.",
    },
];
