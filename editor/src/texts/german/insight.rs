//! Insight into what runs: flow tests, messages followed step by step, what is read and never comes.

use model::text::Catalogue;

pub(super) const TEXTS: Catalogue = &[
    ("error.test-add", "Neuer Flow-Test"),
    ("error.tests", "Abfrage der Flow-Tests"),
    ("live.all-uses", "Alle {count} Verwendungen zusammen"),
    ("live.use", "Zahlen von"),
    ("tests.accept", "Was jetzt kommt, wird künftig erwartet"),
    ("tests.count", "{passed} bestanden, {failed} gescheitert, {stale} noch auszuführen"),
    ("tests.delete", "Den Test löschen"),
    ("tests.deleted", "Der Test {name} ist gelöscht"),
    ("tests.expected", "Erwartet"),
    ("tests.failed", "Flow-Tests dieses Knotens scheitern"),
    ("tests.got", "Gekommen"),
    ("tests.messages", "{count} {count|Nachricht|Nachrichten}"),
    (
        "tests.none",
        "Noch keine Flow-Tests. Eine Verbindung auswählen, ihre Nachrichten im Bereich „Nachrichten“ ansehen und „Als Test speichern“ drücken: Was die Knoten dahinter daraus machen, wird von da an erwartet.",
    ),
    ("tests.nothing", "nichts"),
    ("tests.passed", "Die Flow-Tests dieses Knotens bestehen"),
    ("tests.run", "Den Test ausführen"),
    ("tests.run-all", "Alle ausführen"),
    ("tests.stale", "Seit der letzten Änderung sind die Flow-Tests dieses Knotens nicht gelaufen"),
    ("tests.title", "Flow-Tests"),
    ("tests.where", "Wo"),
    ("wire.test", "Als Test speichern"),
    ("wire.test.about", "Was {nodes} jetzt aus diesen Nachrichten {count|macht|machen}, wird künftig erwartet."),
    (
        "wire.test.hint",
        "Diese Nachrichten und das, was die Knoten hinter der Verbindung daraus machen, als Flow-Test behalten",
    ),
    ("wire.test.name", "Name"),
    ("wire.test.save", "Speichern"),
    ("wire.test.saved", "Der Flow-Test {name} ist gespeichert"),
];
