//! What the function node says, in German.

use model::text::Catalogue;

/// By the keys of the English ones.
pub const TEXTS: Catalogue = &[
    ("function.error.dropped", "eine Nachricht wurde verworfen: zu viele Nachrichten sind unterwegs"),
    (
        "function.error.externalModuleNotAllowed",
        "auf diesem Server darf Code keine Module verwenden (`function-modules`)",
    ),
    ("function.error.linkcallMsgInvalid", "node.linkcall braucht als Zweites eine Nachricht"),
    (
        "function.error.linkcallTargetInvalid",
        "node.linkcall braucht als Erstes die ID oder den Namen eines link-in-Knotens",
    ),
    (
        "function.error.moduleNameError",
        "{name} hat im Code schon eine Bedeutung: dem Modul eine andere Variable geben",
    ),
    ("function.error.no-sandbox", "eine Umgebung für JavaScript ließ sich nicht anlegen: {reason}"),
    (
        "function.error.non-message-returned",
        "der Code wollte eine Nachricht vom Typ {type} senden: eine Nachricht ist ein Objekt",
    ),
    (
        "function.error.setup-failed",
        "der Code beim Start ist gescheitert, deshalb wurde die Nachricht nicht behandelt: den Code unter „Beim Start“ berichtigen",
    ),
    ("function.error.time-limit", "der Code wurde nach {milliseconds} ms angehalten: er kam nicht zum Ende"),
    (
        "function.error.too-many-links",
        "mehr als {limit} link-call-Aufrufe warten auf eine Antwort: auf einige warten, bevor weitere kommen",
    ),
    (
        "function.error.too-many-pending",
        "mehr als {limit} Nachrichten warten auf ihre Promises; werden es noch mehr, wartet der Flow. Endet jede von ihnen?",
    ),
    (
        "function.error.too-many-undone",
        "für {limit} Nachrichten hat der Code node.done() nicht aufgerufen, deshalb werden die ältesten aufgegeben: auf jedem Weg durch den Code aufrufen",
    ),
    ("function.label", "function"),
    (
        "function.library-missing",
        "das Modul {module} ist nicht da: mit npm in dem Ordner installieren, in dem die Flows liegen (reines JavaScript wird verstanden), oder darauf verzichten",
    ),
    (
        "function.library-variable",
        "{variable} kann nicht Name einer Variablen sein: Buchstaben, Ziffern und _ verwenden",
    ),
    ("function.not-a-number", "{value} ist keine Zahl, die hier passt: eine angeben, die nicht negativ ist"),
    ("function.syntax", "Syntaxfehler: {reason} (Zeile {line}, Spalte {column})"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_there_in_german_with_the_same_places() {
        assert_eq!(model::text::mismatches(&[crate::TEXTS], &[TEXTS]), Vec::<String>::new());
    }
}
