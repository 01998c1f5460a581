//! Settings as a struct.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DataStruct, DeriveInput, Fields, Result};

use crate::field::Field;

/// The implementation for a struct with named fields.
pub(crate) fn expand(input: &DeriveInput, data: &DataStruct) -> Result<TokenStream> {
    let fields: Vec<Field<'_>> = match &data.fields {
        Fields::Named(fields) => fields.named.iter().map(Field::of).collect::<Result<_>>()?,
        // No settings at all.
        Fields::Unit => Vec::new(),
        Fields::Unnamed(fields) => {
            return Err(syn::Error::new_spanned(fields, "settings need names: write `struct Name { … }`"));
        }
    };
    let this = &input.ident;
    let (implementation, types, bounds) = input.generics.split_for_impl();
    let added = fields.iter().map(Field::add_to_form);
    let idents: Vec<_> = fields.iter().map(|field| field.ident).collect();
    let names: Vec<_> = fields.iter().map(|field| &field.name).collect();
    let kinds: Vec<_> = fields.iter().map(|field| field.kind).collect();
    Ok(quote! {
        impl #implementation ::wireloom_sdk::config::Setting for #this #types #bounds {
            fn schema() -> ::wireloom_sdk::Json {
                #[allow(unused_mut)]
                let mut form = ::wireloom_sdk::config::Form::default();
                #(#added)*
                form.into_schema()
            }

            fn read(
                value: &::wireloom_sdk::Json,
                reader: &mut ::wireloom_sdk::config::Reader,
            ) -> ::core::option::Option<Self> {
                let schema = <Self as ::wireloom_sdk::config::Setting>::schema();
                #[allow(unused_mut)]
                let mut fields = reader.fields(&schema, value)?;
                // All of them are read before the first that is wrong ends it: every problem is told.
                #(let #idents = fields.read::<#kinds>(#names);)*
                ::core::option::Option::Some(Self { #(#idents: #idents?),* })
            }

            fn to_json(&self) -> ::wireloom_sdk::Json {
                ::wireloom_sdk::__private::json!({
                    #(#names: ::wireloom_sdk::config::Setting::to_json(&self.#idents)),*
                })
            }
        }

        impl #implementation ::wireloom_sdk::Config for #this #types #bounds {}
    })
}
