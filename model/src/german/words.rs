//! Words that the model puts in the places of its texts: what was found and what was expected.

use crate::text::Catalogue;

/// By the English words; all stand in the nominative, after a colon or in brackets. Several may be joined by "or".
pub const WORDS: Catalogue = &[
    (", or ]", ", oder ]"),
    (", or }", ", oder }"),
    ("a key in double quotes", "ein Schlüssel in doppelten Anführungszeichen"),
    ("a list", "eine Liste"),
    ("a list of node ids", "eine Liste von Knoten-IDs"),
    ("a list of outputs", "eine Liste von Ausgängen"),
    ("a number", "eine Zahl"),
    ("a text", "ein Text"),
    ("a value", "ein Wert"),
    ("a whole number", "eine ganze Zahl"),
    ("an object", "ein Objekt"),
    ("an object without a list of `flows`", "ein Objekt ohne eine Liste `flows`"),
    ("an object without a text `id`", "ein Objekt ohne den Text `id`"),
    ("an object without a text `type`", "ein Objekt ohne den Text `type`"),
    ("false", "false"),
    ("nothing", "nichts"),
    ("the closing \"", "das schließende \""),
    ("true", "true"),
];
