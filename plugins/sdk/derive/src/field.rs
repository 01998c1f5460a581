//! One field of a settings struct: what its attributes say.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{
    Error, Expr, ExprLit, ExprUnary, GenericArgument, Ident, Lit, LitStr, PathArguments, Result, Token, Type,
    UnOp,
};

use crate::words::Words;

/// What is known of a field.
pub(crate) struct Field<'a> {
    /// Its name in Rust.
    pub(crate) ident: &'a Ident,
    /// Its type.
    pub(crate) kind: &'a Type,
    /// Its name in the flow file.
    pub(crate) name: String,
    words: Words,
    default: Option<Expr>,
    /// Whether its owner must fill it in.
    pub(crate) required: bool,
    /// Members of its schema beyond what its type gives: name and expression.
    members: Vec<(String, TokenStream)>,
}

impl<'a> Field<'a> {
    /// Reads a field's attributes.
    pub(crate) fn of(field: &'a syn::Field) -> Result<Self> {
        let ident = field.ident.as_ref().ok_or_else(|| Error::new(field.span(), "a setting needs a name"))?;
        let mut this = Self {
            ident,
            kind: &field.ty,
            name: ident.unraw().to_string(),
            words: Words::of(&field.attrs),
            default: None,
            required: false,
            members: Vec::new(),
        };
        for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("config")) {
            attribute.parse_nested_meta(|meta| this.attribute(&meta))?;
        }
        Ok(this)
    }

    fn attribute(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
        match name.as_str() {
            "default" => self.default = Some(meta.value()?.parse()?),
            "required" => self.required = true,
            "rename" => self.name = meta.value()?.parse::<LitStr>()?.value(),
            "min" => self.limit("minimum", meta)?,
            "max" => self.limit("maximum", meta)?,
            "section" => self.text("x-section", meta)?,
            "widget" => self.text("x-widget", meta)?,
            "show_if" => self.show_if(meta)?,
            "extend" => self.extend(meta)?,
            _ => {
                return Err(meta.error(
                    "not known here; there are default, required, rename, min, max, section, widget, show_if and extend",
                ));
            }
        }
        Ok(())
    }

    fn limit(&mut self, member: &str, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let limit: Expr = meta.value()?.parse()?;
        self.members.push((member.into(), limit.into_token_stream()));
        Ok(())
    }

    fn text(&mut self, member: &str, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let text: LitStr = meta.value()?.parse()?;
        self.members.push((member.into(), text.into_token_stream()));
        Ok(())
    }

    /// `show_if(mode = "custom", drop = [true, false])`.
    fn show_if(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let mut conditions = Vec::new();
        meta.parse_nested_meta(|condition| {
            let name = condition.path.require_ident()?.unraw().to_string();
            let values: Expr = condition.value()?.parse()?;
            conditions.push(match values {
                Expr::Array(values) => quote!(#name: #values),
                value => quote!(#name: [#value]),
            });
            Ok(())
        })?;
        self.members.push(("x-show-if".into(), quote!({ #(#conditions),* })));
        Ok(())
    }

    /// `extend("x-types" = ["msg"], "pattern" = "^a")`.
    fn extend(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let content;
        syn::parenthesized!(content in meta.input);
        let pairs = Punctuated::<Pair, Token![,]>::parse_terminated(&content)?;
        self.members
            .extend(pairs.into_iter().map(|pair| (pair.name.value(), pair.value.into_token_stream())));
        Ok(())
    }

    /// The call that adds it to the form `form`.
    pub(crate) fn add_to_form(&self) -> TokenStream {
        let Self { kind, name, words: Words { title, description }, required, .. } = self;
        let default = self.default();
        let members = self.members.iter().map(|(name, value)| quote!(#name: #value));
        quote! {
            form.add::<#kind>(
                ::wireloom_sdk::config::Words { name: #name, title: #title, description: #description },
                #default,
                #required,
                ::wireloom_sdk::__private::json!({ #(#members),* }),
            );
        }
    }

    /// An `Option` of the field's type.
    fn default(&self) -> TokenStream {
        let kind = self.kind;
        match &self.default {
            None => quote!(::core::option::Option::<#kind>::None),
            Some(value) => {
                let value = value_of(kind, value);
                quote!(::core::option::Option::<#kind>::Some(#value))
            }
        }
    }
}

/// What was written, as a value of the field's type: a number needs no suffix and no fraction, a text no `.into()`, an optional
/// value no `Some`.
fn value_of(kind: &Type, written: &Expr) -> TokenStream {
    if let (Some(inside), true) = (inside_option(kind), is_plain(written)) {
        let value = value_of(inside, written);
        return quote!(::core::option::Option::Some(#value));
    }
    match written {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) if is_float(kind) => {
            let float = format!("{}.0", number.base10_digits());
            match float.parse::<TokenStream>() {
                Ok(float) => float,
                Err(error) => Error::new(number.span(), error.to_string()).into_compile_error(),
            }
        }
        Expr::Lit(ExprLit { lit: lit @ (Lit::Int(_) | Lit::Float(_) | Lit::Bool(_)), .. }) => {
            lit.into_token_stream()
        }
        Expr::Unary(ExprUnary { op: UnOp::Neg(minus), expr, .. }) if is_plain(expr) => {
            let number = value_of(kind, expr);
            quote!(#minus #number)
        }
        other => quote!(::core::convert::Into::into(#other)),
    }
}

/// Whether it is a literal, perhaps with a minus.
fn is_plain(value: &Expr) -> bool {
    match value {
        Expr::Lit(_) => true,
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => is_plain(expr),
        _ => false,
    }
}

fn is_float(kind: &Type) -> bool {
    matches!(kind, Type::Path(path) if path.path.is_ident("f64") || path.path.is_ident("f32"))
}

/// The `T` of an `Option<T>`.
fn inside_option(kind: &Type) -> Option<&Type> {
    let Type::Path(path) = kind else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "Option")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(inside) => Some(inside),
        _ => None,
    }
}

/// `"name" = value`.
struct Pair {
    name: LitStr,
    value: Expr,
}

impl syn::parse::Parse for Pair {
    fn parse(input: syn::parse::ParseStream<'_>) -> Result<Self> {
        let name = input.parse()?;
        input.parse::<Token![=]>()?;
        Ok(Self { name, value: input.parse()? })
    }
}
