//! A setting that is one of a few words, as an enum.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DataEnum, DeriveInput, Error, LitStr, Result, Variant};

use crate::words::Words;

/// The implementation for an enum whose variants hold nothing.
pub(crate) fn expand(input: &DeriveInput, data: &DataEnum) -> Result<TokenStream> {
    let choices = data.variants.iter().map(Choice::of).collect::<Result<Vec<_>>>()?;
    if choices.is_empty() {
        return Err(Error::new_spanned(&input.ident, "there is nothing to choose from"));
    }
    let this = &input.ident;
    let idents: Vec<_> = choices.iter().map(|choice| &choice.variant.ident).collect();
    let words: Vec<_> = choices.iter().map(|choice| &choice.word).collect();
    let titles = choices.iter().map(|choice| &choice.title);
    Ok(quote! {
        impl ::wireloom_sdk::config::Setting for #this {
            fn schema() -> ::wireloom_sdk::Json {
                ::wireloom_sdk::config::choice(&[#(#words),*], &[#(#titles),*])
            }

            fn read(
                value: &::wireloom_sdk::Json,
                reader: &mut ::wireloom_sdk::config::Reader,
            ) -> ::core::option::Option<Self> {
                match reader.word(value, &[#(#words),*])? {
                    #(#words => ::core::option::Option::Some(Self::#idents),)*
                    _ => ::core::option::Option::None,
                }
            }

            fn to_json(&self) -> ::wireloom_sdk::Json {
                match self {
                    #(Self::#idents => #words.into(),)*
                }
            }

            fn absent() -> ::wireloom_sdk::Json {
                [#(#words),*][0].into()
            }
        }
    })
}

struct Choice<'a> {
    variant: &'a Variant,
    /// As flow files have it.
    word: String,
    /// As the form shows it.
    title: String,
}

impl<'a> Choice<'a> {
    fn of(variant: &'a Variant) -> Result<Self> {
        if !variant.fields.is_empty() {
            return Err(Error::new_spanned(
                &variant.fields,
                "a choice holds nothing: it is a word in the flow file",
            ));
        }
        let mut word = kebab(&variant.ident.to_string());
        for attribute in variant.attrs.iter().filter(|attribute| attribute.path().is_ident("config")) {
            attribute.parse_nested_meta(|meta| {
                if !meta.path.is_ident("rename") {
                    return Err(meta.error("not known here; there is rename"));
                }
                word = meta.value()?.parse::<LitStr>()?.value();
                Ok(())
            })?;
        }
        let words = Words::of(&variant.attrs);
        let title = [words.title, words.description, word.clone()].into_iter().find(|text| !text.is_empty());
        Ok(Self { variant, word, title: title.unwrap_or_default() })
    }
}

/// `NearestEnd` as `nearest-end`.
fn kebab(name: &str) -> String {
    let mut word = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !word.is_empty() {
            word.push('-');
        }
        word.extend(letter.to_lowercase());
    }
    word
}

#[cfg(test)]
mod tests {
    #[test]
    fn variants_become_words() {
        assert_eq!(["Up", "NearestEnd", "A"].map(super::kebab), ["up", "nearest-end", "a"]);
    }
}
