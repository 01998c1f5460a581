//! The nodes that know about places.

use model::text::Catalogue;

use super::{Words, field};

pub(super) const TEXTS: Catalogue = &[
    ("geofence.centre", "ein Kreis braucht eine Mitte: Breite von -90 bis 90, Länge von -180 bis 180"),
    ("geofence.filter", "{filter} steht nicht zur Wahl: true, false oder both verwenden"),
    ("geofence.label", "geofence"),
    ("geofence.mode", "{mode} ist keine Form: circle oder polyline wählen"),
    (
        "geofence.no-position",
        "die Nachricht hat keine Position; gesucht wird sie in {place} als lat und lon, latitude und longitude oder als GeoJSON-Punkt",
    ),
    ("geofence.point", "eine Ecke braucht eine Breite von -90 bis 90 und eine Länge von -180 bis 180"),
    ("geofence.points", "eine Fläche braucht mindestens drei Ecken"),
    (
        "geofence.position",
        "Breite {latitude}, Länge {longitude} ist keine Position: sie gehen von -90 bis 90 und von -180 bis 180 Grad",
    ),
    ("geofence.radius", "ein Kreis braucht einen Radius von mehr als 0 m"),
];

pub(super) const TYPES: &[Words] = &[Words {
    type_name: "geofence",
    fields: &[
        field("mode", "Form").choices(&["Kreis", "Fläche mit Ecken"]),
        field("centre", "Mitte").hint("Des Kreises: `latitude` und `longitude` in Grad."),
        field("rad", "Radius").hint("Des Kreises, in Metern."),
        field("points", "Ecken").hint("Der Fläche, der Reihe nach: `latitude` und `longitude` in Grad."),
        field("inside", "Weitergeben").hint("Welche Nachrichten weitergehen, bei einem Ausgang.").choices(&[
            "Die innerhalb",
            "Die außerhalb",
            "Alle, mit dem Ergebnis in msg.location",
        ]),
        field("outputs", "Ausgänge")
            .hint("Bei zweien kommen die innerhalb aus dem ersten und die außerhalb aus dem zweiten."),
        field("property", "Eigenschaft")
            .hint("Wo die Position ist; leer sucht in `msg.location`, `msg` und `msg.payload`."),
    ],
    help: "\
Sagt, ob eine Position in einem Kreis oder einer Fläche liegt und wie weit es von dort zur Mitte ist.

**Nimmt** eine Position in `msg.location`, `msg` oder `msg.payload` oder in der gewählten Eigenschaft: `{lat, lon}`, \
`{latitude, longitude}`, `{lat, lng}` oder einen GeoJSON-Punkt (`coordinates: [longitude, latitude]`), in Grad.

**Sendet** die Nachrichten innerhalb, die außerhalb oder alle; bei zwei Ausgängen die innerhalb am ersten und die außerhalb \
am zweiten. Bei allen oder zwei Ausgängen sagt `msg.location.inarea`, ob sie innerhalb liegt, und `msg.location.distance`, \
wie viele Meter es bis zur Mitte des Kreises oder der Ecken sind. Bei einem Ausgang und mit einem Namen zählt `inarea` die \
Flächen, in denen die Nachricht bisher liegt, `isat` nennt deren Namen und `distances` die Entfernungen.

Eine Nachricht ohne Position oder mit einer, die es nicht geben kann, ist ein Fehler, den ein catch-Knoten auffangen kann.

**Beispiel**: ein Kreis von 500 m, zwei Ausgänge: der zweite für alle, die ihn verlassen haben.",
}];
