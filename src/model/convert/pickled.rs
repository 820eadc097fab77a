//! What a pickle of weights describes. Values live in one list and refer to each other by index, so that no nesting is too
//! deep to drop.

use std::rc::Rc;

/// The type of a storage's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    F16,
    F32,
    F64,
    I64,
    /// A type that no weight has: it may stand in the file, and is never read.
    Other(usize),
}

impl Kind {
    /// Bytes a number.
    pub fn size(self) -> usize {
        match self {
            Self::F16 => 2,
            Self::F32 => 4,
            Self::F64 | Self::I64 => 8,
            Self::Other(size) => size,
        }
    }

    pub(super) fn of_storage(name: &str) -> Option<Self> {
        Some(match name {
            "HalfStorage" => Self::F16,
            "FloatStorage" => Self::F32,
            "DoubleStorage" => Self::F64,
            "LongStorage" => Self::I64,
            "BFloat16Storage" | "ShortStorage" => Self::Other(2),
            "IntStorage" => Self::Other(4),
            "CharStorage" | "ByteStorage" | "BoolStorage" => Self::Other(1),
            _ => return None,
        })
    }
}

/// A stretch of the file that tensors look into.
#[derive(Clone, Debug, PartialEq)]
pub struct Storage {
    pub key: Rc<str>,
    pub kind: Kind,
    /// Where a view of another storage begins in it; else 0.
    pub offset: usize,
}

/// A tensor as a pickle describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Described {
    pub storage: Storage,
    /// In numbers, as the strides.
    pub offset: usize,
    pub shape: Vec<usize>,
    pub strides: Vec<usize>,
}

/// The names that may be called.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Global {
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
    Storage(Kind),
}

/// Where a value stands in the machine's list.
pub type Id = usize;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Mark,
    None,
    Int(i128),
    /// Never needed, but part of some dictionaries.
    Float,
    Text(Rc<str>),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Global(Global),
    Storage(Storage),
    Tensor(Described),
}

/// What a pickle came to.
#[derive(Debug)]
pub struct Pickled {
    pub(super) values: Vec<Value>,
    pub(super) root: Id,
    /// Bytes read.
    pub length: usize,
}

impl Pickled {
    /// The value itself.
    pub fn root(&self) -> Id {
        self.root
    }

    pub fn int(&self, id: Id) -> Option<i128> {
        if let Some(Value::Int(x)) = self.values.get(id) { Some(*x) } else { None }
    }

    pub fn text(&self, id: Id) -> Option<&str> {
        if let Some(Value::Text(x)) = self.values.get(id) { Some(x) } else { None }
    }

    pub fn tensor(&self, id: Id) -> Option<&Described> {
        if let Some(Value::Tensor(x)) = self.values.get(id) { Some(x) } else { None }
    }

    /// Every tensor that was described, named or not.
    pub fn tensors(&self) -> impl Iterator<Item = &Described> {
        self.values.iter().filter_map(|v| if let Value::Tensor(t) = v { Some(t) } else { None })
    }

    /// The entries of a list or tuple.
    pub fn list(&self, id: Id) -> Option<&[Id]> {
        if let Some(Value::List(x) | Value::Tuple(x)) = self.values.get(id) { Some(x) } else { None }
    }

    /// The entries of a dictionary.
    pub fn dict(&self, id: Id) -> Option<&[(Id, Id)]> {
        if let Some(Value::Dict(x)) = self.values.get(id) { Some(x) } else { None }
    }
}
