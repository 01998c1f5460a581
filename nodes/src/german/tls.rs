//! Certificates and proxies.

use model::text::Catalogue;

use super::{Words, field};

pub(super) const TEXTS: Catalogue = &[
    ("http-proxy.label", "HTTP-Proxy"),
    (
        "http-proxy.url",
        "das ist nicht die URL eines Proxys: {reason}; eine wie http://proxy.example:3128 schreiben",
    ),
    ("tls-config.empty", "{path} enthält nicht in PEM-Form: {what}"),
    ("tls-config.kind", "{kind} ist keine Herkunft von Zertifikaten: files, pfx oder env wählen"),
    ("tls-config.label", "TLS"),
    (
        "tls-config.locked",
        "der private Schlüssel ist verschlüsselt, und die Passphrase öffnet ihn nicht: {reason}",
    ),
    ("tls-config.mismatch", "der private Schlüssel gehört nicht zum Zertifikat"),
    (
        "tls-config.no-system-roots",
        "das System hat keine Zertifikate, denen zu trauen ist ({reason}): in einem tls-config-Knoten eine CA-Datei wählen",
    ),
    ("tls-config.no-variable", "die Umgebungsvariable {name} ist nicht gesetzt"),
    (
        "tls-config.old-encryption",
        "der private Schlüssel ist auf eine alte, unsichere Art verschlüsselt: mit `openssl pkcs8 -topk8` neu schreiben",
    ),
    ("tls-config.one-of-two", "ein Zertifikat und sein privater Schlüssel werden nur zusammen gebraucht"),
    ("tls-config.p12", "{path} ist keine PKCS-#12-Datei, die sich mit der Passphrase öffnen lässt: {reason}"),
    ("tls-config.p12-empty", "{path} enthält keinen privaten Schlüssel mit Zertifikat"),
    ("tls-config.unreadable", "{path} ist nicht lesbar: {reason}"),
    ("tls-config.unusable", "die Zertifikate sind nicht zu gebrauchen: {reason}"),
];

pub(super) const TYPES: &[Words] = &[
    Words {
        type_name: "tls-config",
        fields: &[
            field("certType", "Zertifikate").hint("Woher sie kommen.").choices(&[
                "PEM-Dateien oder PEM-Text",
                "Eine PKCS-#12-Datei",
                "Umgebungsvariablen",
            ]),
            field("ca", "Datei mit CA-Zertifikaten").hint(
                "Pfad einer PEM-Datei mit den Zertifikaten, zu denen das des Servers führen muss; leer für die des Systems.",
            ),
            field("cert", "Datei mit Zertifikat")
                .hint("Pfad einer PEM-Datei mit dem eigenen Zertifikat, wenn der Server eines verlangt."),
            field("key", "Datei mit privatem Schlüssel")
                .hint("Pfad einer PEM-Datei mit dem Schlüssel des eigenen Zertifikats."),
            field("p12", "PKCS-#12-Datei").hint(
                "Pfad einer Datei (`.p12`, `.pfx`) mit dem eigenen Zertifikat, seinem Schlüssel und den Zertifikaten darüber.",
            ),
            field("caEnv", "CA-Zertifikat").hint("Die Umgebungsvariable, die es als PEM-Text enthält."),
            field("certEnv", "Zertifikat").hint("Die Umgebungsvariable, die es als PEM-Text enthält."),
            field("keyEnv", "Privater Schlüssel").hint("Die Umgebungsvariable, die ihn als PEM-Text enthält."),
            field("verifyservercert", "Zertifikat des Servers prüfen")
                .hint("Ohne das kann jeder auf dem Weg lesen und ändern, was gesendet wird."),
            field("servername", "Name des Servers")
                .hint("Der Name, den das Zertifikat des Servers haben muss, wenn es nicht der des Hosts ist."),
            field("alpnprotocol", "ALPN-Protokoll")
                .hint("Wird beim Verbindungsaufbau verlangt, etwa `x-amzn-mqtt-ca`."),
            field("cadata", "CA-Zertifikat (PEM-Text)"),
            field("certdata", "Zertifikat (PEM-Text)"),
            field("keydata", "Privater Schlüssel (PEM-Text)"),
            field("p12data", "PKCS-#12-Datei (Base64-Text)"),
            field("passphrase", "Passphrase des privaten Schlüssels"),
        ],
        help: "\
Zertifikate und Prüfungen für Verbindungen mit TLS. Ohne ein CA-Zertifikat gelten die des Systems. Zertifikate können als \
PEM-Dateien, als PEM-Text, in Umgebungsvariablen oder alle in einer PKCS-#12-Datei angegeben werden.

Ein selbst signiertes Zertifikat eines Servers kann selbst als CA-Zertifikat angegeben werden: Dann gilt genau dieses \
Zertifikat.

Ein privater Schlüssel darf mit einer Passphrase verschlüsselt sein (PKCS #8).",
    },
    Words {
        type_name: "http proxy",
        fields: &[
            field("url", "URL").hint("Etwa `http://proxy.example:3128`."),
            field("noproxy", "Ohne den Proxy").hint(
                "Hosts, die direkt erreicht werden, etwa `localhost`; `.example.org` meint alle Hosts einer Domain, und ein Port kann folgen: `localhost:8080`.",
            ),
            field("username", "Benutzer"),
            field("password", "Passwort"),
        ],
        help: "\
Ein Proxy, über den http-request-Knoten ihre Anfragen senden. Benutzer und Passwort werden an den Proxy gesendet, wenn es \
sie gibt.

Ohne einen solchen Knoten gelten Umgebungsvariablen: `http_proxy`, `https_proxy`, `all_proxy` und `no_proxy`, davor die von \
npm; kleingeschriebene Namen gehen großgeschriebenen vor.",
    },
];
