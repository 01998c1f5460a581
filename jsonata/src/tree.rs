//! What a parsed expression is made of: what it reads, what it asks of its host, what has to be said differently.

use std::collections::BTreeSet;

use jsonata_core::ast::{AstNode, PathStep, Stage};

use crate::expression::Vocabulary;

/// The host function that stands for a method call: its first argument is the method's name, the second the
/// object.
pub(crate) const METHOD: &str = "__method";
/// The host function that stands around the width of `$pad`.
pub(crate) const WIDTH: &str = "__width";

/// What an expression needs.
#[derive(Debug, Default)]
pub(crate) struct Needs {
    /// The fields of the input that it may read; meaningless when it reads all.
    pub(crate) fields: BTreeSet<String>,
    /// Whether it may read any field, such as by `$` or `*`.
    pub(crate) reads_all: bool,
    /// The host's functions that it calls.
    pub(crate) functions: BTreeSet<&'static str>,
}

/// Functions that take the context for an argument that is missing, with the number of arguments from which on
/// they do not. Those that take texts or numbers only do not matter: the input is an object.
const TAKES_CONTEXT: &[(&str, usize)] = &[("lookup", 2), ("each", 2), ("sift", 2), ("eval", usize::MAX)];
/// Functions without arguments.
const TAKES_NOTHING: &[&str] = &["now", "millis", "random"];

/// Finds what the expression needs, and rewrites calls that only a host can carry out.
pub(crate) fn prepare(node: &mut AstNode, vocabulary: &Vocabulary, needs: &mut Needs) {
    for_each_child(node, &mut |child| prepare(child, vocabulary, needs));
    match node {
        AstNode::Name(name) | AstNode::String(name) => {
            needs.fields.insert(name.clone());
        }
        AstNode::Wildcard
        | AstNode::Descendant
        | AstNode::Parent(_)
        | AstNode::ParentVariable(_)
        | AstNode::Transform { .. } => needs.reads_all = true,
        AstNode::Variable(name) => match host_function(name, vocabulary) {
            Some(function) => {
                needs.functions.insert(function);
            }
            // `$` alone is the context, `$$` the input.
            None => needs.reads_all |= name.is_empty() || name == "$",
        },
        AstNode::Function { name, args, is_builtin: true } => {
            if let Some(function) = host_function(name, vocabulary) {
                needs.functions.insert(function);
                needs.reads_all |= args.is_empty() && vocabulary.takes_context.contains(&function);
            } else {
                let least =
                    TAKES_CONTEXT.iter().find(|(known, _)| known == name).map_or(1, |(_, least)| *least);
                needs.reads_all |= args.len() < least && !TAKES_NOTHING.contains(&name.as_str());
            }
            if name == "pad"
                && let Some(width) = args.get_mut(1)
                && !matches!(width, AstNode::Placeholder)
            {
                wrap(width);
                needs.functions.insert(WIDTH);
            }
        }
        AstNode::Function { name, args, is_builtin: is_builtin @ false }
            if vocabulary.methods.contains(&name.as_str()) =>
        {
            let method = AstNode::String(std::mem::replace(name, METHOD.to_owned()));
            *is_builtin = true;
            args.splice(0..0, [method, AstNode::Variable(String::new())]);
            needs.functions.insert(METHOD);
        }
        _ => {}
    }
}

fn wrap(node: &mut AstNode) {
    let inner = std::mem::replace(node, AstNode::Null);
    *node = AstNode::Function { name: WIDTH.to_owned(), args: vec![inner], is_builtin: true };
}

fn host_function(name: &str, vocabulary: &Vocabulary) -> Option<&'static str> {
    vocabulary.functions.iter().find(|function| **function == name).copied()
}

fn for_each_child(node: &mut AstNode, visit: &mut dyn FnMut(&mut AstNode)) {
    match node {
        AstNode::String(_)
        | AstNode::Name(_)
        | AstNode::Number(_)
        | AstNode::Boolean(_)
        | AstNode::Null
        | AstNode::Undefined
        | AstNode::Placeholder
        | AstNode::Regex { .. }
        | AstNode::Variable(_)
        | AstNode::ParentVariable(_)
        | AstNode::Wildcard
        | AstNode::Descendant
        | AstNode::Parent(_) => {}
        AstNode::Path { steps } => steps.iter_mut().for_each(|step| step_children(step, visit)),
        AstNode::Binary { lhs, rhs, .. } => {
            visit(lhs);
            visit(rhs);
        }
        AstNode::Unary { operand, .. } => visit(operand),
        AstNode::Function { args, .. } => args.iter_mut().for_each(visit),
        AstNode::Call { procedure, args } => {
            visit(procedure);
            args.iter_mut().for_each(visit);
        }
        AstNode::Lambda { body, .. } => visit(body),
        AstNode::Array(items) | AstNode::Block(items) | AstNode::ArrayGroup(items) => {
            items.iter_mut().for_each(visit);
        }
        AstNode::Object(pairs) => pair_children(pairs, visit),
        AstNode::ObjectTransform { input, pattern } => {
            visit(input);
            pair_children(pattern, visit);
        }
        AstNode::Conditional { condition, then_branch, else_branch } => {
            visit(condition);
            visit(then_branch);
            if let Some(branch) = else_branch {
                visit(branch);
            }
        }
        AstNode::FunctionApplication(inner) => visit(inner),
        AstNode::Sort { input, terms } => {
            visit(input);
            terms.iter_mut().for_each(|(term, _)| visit(term));
        }
        AstNode::Transform { location, update, delete } => {
            visit(location);
            visit(update);
            if let Some(delete) = delete {
                visit(delete);
            }
        }
    }
}

fn step_children(step: &mut PathStep, visit: &mut dyn FnMut(&mut AstNode)) {
    visit(&mut step.node);
    for stage in &mut step.stages {
        match stage {
            Stage::Filter(filter) => visit(filter),
            Stage::KeepArray | Stage::Index(_) => {}
        }
    }
}

fn pair_children(pairs: &mut [(AstNode, AstNode)], visit: &mut dyn FnMut(&mut AstNode)) {
    for (key, value) in pairs {
        visit(key);
        visit(value);
    }
}
