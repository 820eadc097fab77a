//! A pickle machine that can do nothing but describe tensors: it knows the opcodes and the few names that a dictionary of
//! weights needs, refuses every other one, and calls nothing.
//!
//! Values live in one list and refer to each other by index, so that no nesting is too deep to drop, and memory grows
//! only with the pickle's length. (Opcodes: Python's `pickletools`, protocols 0 to 4.)

use std::collections::HashMap;

use super::ConvertError;
use super::pickled::{Described, Global, Id, Kind, Pickled, Storage, Value};

/// The longest pickle that is read: AtlasNet's are under 200 KiB.
const LENGTH_LIMIT: usize = 1 << 26;

fn broken(why: &str) -> ConvertError {
    ConvertError::Broken(format!("its pickle {why}"))
}

fn opcode(what: &str) -> ConvertError {
    ConvertError::Opcode(what.to_owned())
}

/// Reads the pickle that `bytes` begin with.
///
/// # Errors
/// When it is cut short or damaged, or names or does what a dictionary of weights has no need of.
pub fn read(bytes: &[u8]) -> Result<Pickled, ConvertError> {
    let bytes = &bytes[..bytes.len().min(LENGTH_LIMIT)];
    Machine { bytes, at: 0, values: Vec::new(), stack: Vec::new(), memo: HashMap::new(), copied: 0 }.run()
}

struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    values: Vec<Value>,
    stack: Vec<Id>,
    memo: HashMap<u64, Id>,
    /// Entries of lists made into dictionaries.
    copied: usize,
}

impl<'a> Machine<'a> {
    fn run(mut self) -> Result<Pickled, ConvertError> {
        loop {
            let op = self.take(1)?[0];
            if op == b'.' {
                let root = self.pop()?;
                return Ok(Pickled { values: self.values, root, length: self.at });
            }
            self.step(op)?;
        }
    }

    fn step(&mut self, op: u8) -> Result<(), ConvertError> {
        match op {
            // PROTO, FRAME: nothing to do but skip.
            0x80 => drop(self.take(1)?),
            0x95 => drop(self.take(8)?),
            b'(' => self.push(Value::Mark),
            b'0' => drop(self.pop()?),
            b'1' => drop(self.pop_mark()?),
            b'2' => {
                let top = *self.stack.last().ok_or_else(|| broken("takes from an empty stack"))?;
                self.stack.push(top);
            }
            b'N' => self.push(Value::None),
            0x88 => self.push(Value::Int(1)),
            0x89 => self.push(Value::Int(0)),
            b'J' => {
                let x = self.number(4)? as u32;
                self.push(Value::Int(i128::from(x as i32)));
            }
            b'K' | b'M' => {
                let x = self.number(if op == b'K' { 1 } else { 2 })?;
                self.push(Value::Int(i128::from(x)));
            }
            0x8a | 0x8b => {
                let n = self.number(if op == 0x8a { 1 } else { 4 })? as usize;
                if n > 16 {
                    return Err(opcode("a number of more than 128 bits"));
                }
                let raw = self.take(n)?;
                let sign = if raw.last().is_some_and(|b| b & 0x80 != 0) { -1 } else { 0 };
                let x = raw.iter().rev().fold(sign, |x: i128, b| x << 8 | i128::from(*b));
                self.push(Value::Int(x));
            }
            b'I' | b'L' => {
                let line = self.line()?;
                let x = line.trim_end_matches('L').parse().map_err(|_| broken("holds a number that is none"))?;
                self.push(Value::Int(x));
            }
            b'G' => {
                self.take(8)?;
                self.push(Value::Float);
            }
            // Python 2 wrote its names as byte strings, Python 3 as unicode.
            b'X' | b'T' | b'U' | 0x8c | 0x8d | b'B' | b'C' => {
                let n = self.number(match op {
                    b'U' | 0x8c | b'C' => 1,
                    0x8d => 8,
                    _ => 4,
                })?;
                let raw = self.take(usize::try_from(n).unwrap_or(usize::MAX))?;
                let text = std::str::from_utf8(raw).map_err(|_| broken("holds a name that is no text"))?;
                self.push(Value::Text(text.into()));
            }
            b']' => self.push(Value::List(Vec::new())),
            b'}' => self.push(Value::Dict(Vec::new())),
            b')' => self.push(Value::Tuple(Vec::new())),
            b'l' | b't' => {
                let items = self.pop_mark()?;
                self.push(if op == b'l' { Value::List(items) } else { Value::Tuple(items) });
            }
            b'd' => {
                let items = self.pop_mark()?;
                self.push(Value::Dict(pairs(&items)?));
            }
            0x85..=0x87 => {
                let n = usize::from(op - 0x84);
                let from = self.stack.len().checked_sub(n).ok_or_else(|| broken("takes from an empty stack"))?;
                let items = self.stack.split_off(from);
                self.push(Value::Tuple(items));
            }
            b'a' | b'e' => {
                let items = if op == b'a' { vec![self.pop()?] } else { self.pop_mark()? };
                match self.top()? {
                    Value::List(list) => list.extend(items),
                    _ => return Err(broken("appends to what is no list")),
                }
            }
            b's' | b'u' => {
                let items = if op == b's' {
                    let value = self.pop()?;
                    vec![self.pop()?, value]
                } else {
                    self.pop_mark()?
                };
                let items = pairs(&items)?;
                match self.top()? {
                    Value::Dict(dict) => dict.extend(items),
                    _ => return Err(broken("sets an entry of what is no dictionary")),
                }
            }
            b'q' | b'r' | 0x94 => {
                let key = match op {
                    b'q' => self.number(1)?,
                    b'r' => self.number(4)?,
                    _ => self.memo.len() as u64,
                };
                let top = *self.stack.last().ok_or_else(|| broken("remembers from an empty stack"))?;
                self.memo.insert(key, top);
            }
            b'h' | b'j' => {
                let key = self.number(if op == b'h' { 1 } else { 4 })?;
                let id = *self.memo.get(&key).ok_or_else(|| broken("recalls what it never remembered"))?;
                self.stack.push(id);
            }
            b'c' => {
                let (module, name) = (self.line()?.to_owned(), self.line()?.to_owned());
                self.global(&module, &name)?;
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                match (&self.values[module], &self.values[name]) {
                    (Value::Text(module), Value::Text(name)) => {
                        let (module, name) = (module.clone(), name.clone());
                        self.global(&module, &name)?;
                    }
                    _ => return Err(broken("asks for a global without a name")),
                }
            }
            b'Q' => {
                let id = self.pop()?;
                let storage = self.storage(id)?;
                self.push(Value::Storage(storage));
            }
            b'R' => self.reduce()?,
            b'b' => {
                // The metadata that a state_dict carries along: versions of modules.
                self.pop()?;
                if !matches!(self.top()?, Value::Dict(_)) {
                    return Err(opcode("BUILD on what is no dictionary"));
                }
            }
            b'i' => {
                let (module, name) = (self.line()?.to_owned(), self.line()?.to_owned());
                return Err(ConvertError::Global(format!("{module}.{name}")));
            }
            0x81 | 0x92 | b'o' => return Err(opcode("the making of an object (NEWOBJ or OBJ)")),
            0x82..=0x84 => return Err(opcode("a registered extension (EXT)")),
            b'P' => return Err(opcode("a persistent name as text (PERSID)")),
            _ => return Err(opcode(&format!("the opcode 0x{op:02x}"))),
        }
        Ok(())
    }

    fn take(&mut self, n: usize) -> Result<&'a [u8], ConvertError> {
        let end = self.at.checked_add(n).filter(|&end| end <= self.bytes.len());
        let end = end.ok_or_else(|| broken("ends early"))?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn number(&mut self, n: usize) -> Result<u64, ConvertError> {
        Ok(self.take(n)?.iter().rev().fold(0, |x, b| x << 8 | u64::from(*b)))
    }

    fn line(&mut self) -> Result<&'a str, ConvertError> {
        let rest = &self.bytes[self.at..];
        let n = rest.iter().position(|b| *b == b'\n').ok_or_else(|| broken("ends early"))?;
        self.at += n + 1;
        std::str::from_utf8(&rest[..n]).map(str::trim).map_err(|_| broken("holds a name that is no text"))
    }

    fn push(&mut self, value: Value) {
        self.stack.push(self.values.len());
        self.values.push(value);
    }

    /// Takes a value, which a mark is not.
    fn pop(&mut self) -> Result<Id, ConvertError> {
        let id = self.stack.pop().ok_or_else(|| broken("takes from an empty stack"))?;
        if matches!(self.values[id], Value::Mark) { Err(broken("takes a mark for a value")) } else { Ok(id) }
    }

    /// Takes everything down to the last mark, and the mark.
    fn pop_mark(&mut self) -> Result<Vec<Id>, ConvertError> {
        let mark = self.stack.iter().rposition(|&id| matches!(self.values[id], Value::Mark));
        let items = self.stack.split_off(mark.ok_or_else(|| broken("looks for a mark that it never set"))?);
        Ok(items[1..].to_vec())
    }

    fn top(&mut self) -> Result<&mut Value, ConvertError> {
        let id = *self.stack.last().ok_or_else(|| broken("looks at an empty stack"))?;
        Ok(&mut self.values[id])
    }

    fn global(&mut self, module: &str, name: &str) -> Result<(), ConvertError> {
        let global = match (module, name) {
            ("collections", "OrderedDict") => Global::OrderedDict,
            ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2") => Global::RebuildTensor,
            ("torch._utils", "_rebuild_parameter") => Global::RebuildParameter,
            ("torch" | "torch.cuda", name) if Kind::of_storage(name).is_some() => {
                Global::Storage(Kind::of_storage(name).unwrap_or(Kind::F32))
            }
            _ => return Err(ConvertError::Global(format!("{module}.{name}"))),
        };
        self.push(Value::Global(global));
        Ok(())
    }

    /// `('storage', type, key, location, numel)`, and in the old container `view` as a sixth: None, or `(key, offset, size)`.
    fn storage(&self, id: Id) -> Result<Storage, ConvertError> {
        let bad = || broken("describes a storage in an unknown way");
        let Value::Tuple(items) = &self.values[id] else { return Err(bad()) };
        let get = |i: usize| items.get(i).map(|&id| &self.values[id]);
        let (Some(Value::Text(word)), Some(Value::Global(Global::Storage(kind))), Some(Value::Text(key))) =
            (get(0), get(1), get(2))
        else {
            return Err(bad());
        };
        let offset = match get(5) {
            Some(Value::Tuple(view)) => match view.get(1).map(|&id| &self.values[id]) {
                Some(Value::Int(x)) => usize::try_from(*x).map_err(|_| bad())?,
                _ => return Err(bad()),
            },
            _ => 0,
        };
        if &**word != "storage" {
            return Err(bad());
        }
        Ok(Storage { key: key.clone(), kind: *kind, offset })
    }

    /// Calls what is known: the arguments on top, the name below.
    fn reduce(&mut self) -> Result<(), ConvertError> {
        let (arguments, callee) = (self.pop()?, self.pop()?);
        let Value::Tuple(arguments) = &self.values[arguments] else { return Err(broken("calls without arguments")) };
        let argument = |i: usize| arguments.get(i).map(|&id| &self.values[id]);
        let bad = || broken("describes a tensor in an unknown way");
        let made = match &self.values[callee] {
            Value::Global(Global::OrderedDict) => match argument(0) {
                None => Value::Dict(Vec::new()),
                // Python 2's: a list of [key, value].
                Some(Value::List(items)) => {
                    let pair = |id: &Id| match &self.values[*id] {
                        Value::List(p) | Value::Tuple(p) if p.len() == 2 => Ok((p[0], p[1])),
                        _ => Err(broken("makes a dictionary of what are no pairs")),
                    };
                    // A list that is named again and again must not grow without bound.
                    self.copied += items.len();
                    if self.copied > self.bytes.len() {
                        return Err(broken("copies a list over and over"));
                    }
                    Value::Dict(items.iter().map(pair).collect::<Result<_, _>>()?)
                }
                Some(_) => return Err(broken("makes a dictionary of what is no list")),
            },
            // (storage, offset, shape, strides, ...)
            Value::Global(Global::RebuildTensor) => {
                let sizes = |value: Option<&Value>| match value {
                    Some(Value::Tuple(items)) if items.len() <= 8 => {
                        let size = |id: &Id| match &self.values[*id] {
                            Value::Int(x) => usize::try_from(*x).map_err(|_| bad()),
                            _ => Err(bad()),
                        };
                        items.iter().map(size).collect::<Result<Vec<usize>, _>>()
                    }
                    _ => Err(bad()),
                };
                let (Some(Value::Storage(storage)), Some(Value::Int(offset))) = (argument(0), argument(1)) else {
                    return Err(bad());
                };
                let (shape, strides) = (sizes(argument(2))?, sizes(argument(3))?);
                if shape.len() != strides.len() {
                    return Err(bad());
                }
                let offset = usize::try_from(*offset).map_err(|_| bad())?;
                Value::Tensor(Described { storage: storage.clone(), offset, shape, strides })
            }
            // (tensor, requires_grad, hooks)
            Value::Global(Global::RebuildParameter) => match argument(0) {
                Some(Value::Tensor(tensor)) => Value::Tensor(tensor.clone()),
                _ => return Err(bad()),
            },
            _ => return Err(opcode("a call of what is no function (REDUCE)")),
        };
        self.push(made);
        Ok(())
    }
}

fn pairs(items: &[Id]) -> Result<Vec<(Id, Id)>, ConvertError> {
    if !items.len().is_multiple_of(2) {
        return Err(broken("sets a key without a value"));
    }
    Ok(items.chunks_exact(2).map(|p| (p[0], p[1])).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_names_are_refused_and_never_called() {
        let called = |bytes: &[u8]| read(bytes).unwrap_err();
        assert_eq!(called(b"cos\nsystem\n(S'echo'\ntR."), ConvertError::Global("os.system".into()));
        assert_eq!(called(b"\x80\x04\x8c\x05posix\x8c\x06system\x93."), ConvertError::Global("posix.system".into()));
        assert_eq!(called(b"(ios\nsystem\n."), ConvertError::Global("os.system".into()));
        assert!(matches!(called(b"\x80\x02}\x81."), ConvertError::Opcode(_)));
        assert!(matches!(called(b"\x80\x02}}b}R."), ConvertError::Broken(_) | ConvertError::Opcode(_)));
    }

    #[test]
    fn nesting_costs_nothing_but_its_length() {
        let deep = [&b")"[..], &vec![0x85; 3_000_000], b"."].concat();
        let pickled = read(&deep).unwrap();
        assert_eq!(pickled.list(pickled.root()).map(<[Id]>::len), Some(1));
    }

    #[test]
    fn numbers_and_dictionaries_of_either_python_are_read() {
        let read_int = |bytes: &[u8]| {
            let pickled = read(bytes).unwrap();
            pickled.int(pickled.root()).unwrap()
        };
        assert_eq!(read_int(b"J\xfe\xff\xff\xff."), -2);
        assert_eq!(read_int(b"\x8a\x01\xff."), -1);
        assert_eq!(read_int(b"I12\n."), 12);
        for dict in [
            &b"ccollections\nOrderedDict\n)R(U\x01aK\x07u."[..],
            b"ccollections\nOrderedDict\n(]](X\x01\x00\x00\x00aK\x07eatR.",
        ] {
            let pickled = read(dict).unwrap();
            let [(key, value)] = pickled.dict(pickled.root()).unwrap() else { panic!("one entry") };
            assert_eq!((pickled.text(*key), pickled.int(*value)), (Some("a"), Some(7)));
        }
    }
}
