//! `#[derive(Config)]`: what is written on a field of a plugin's settings, once, becomes its form, its parsing, its
//! default and its limits. Documented in `wireloom-sdk`, which exports it.

mod choice;
mod field;
mod record;
mod words;

use proc_macro::TokenStream;
use syn::{Data, DeriveInput, parse_macro_input};

/// Settings (a struct with named fields), or one setting that is a choice (an enum of plain variants).
#[proc_macro_derive(Config, attributes(config))]
pub fn derive_config(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let expanded = match &input.data {
        Data::Struct(data) => record::expand(&input, data),
        Data::Enum(data) => choice::expand(&input, data),
        Data::Union(data) => Err(syn::Error::new(data.union_token.span, "settings are a struct or an enum")),
    };
    expanded.unwrap_or_else(|error| error.to_compile_error()).into()
}
