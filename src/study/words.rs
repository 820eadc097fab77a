//! Words with measured numbers in them: sentences that are said only where a condition on the measurements holds.
//!
//! A condition compares expressions: `collapsed > 0.8 * patches and cd > 2 * vae.cd`. A text quotes them: `{collapsed:1}
//! of {patches} patches`, `{cd / vae.cd:2}`, with so many decimals, or three figures. A name is a measure of the
//! experiment at hand, or after another experiment's id and a dot, of that one. What was not measured makes a condition
//! false and leaves a text unsaid.

use serde::Deserialize;
use thiserror::Error;

/// Finds a measured value by its name, as written.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<f64>;

/// Why words can't be read.
#[derive(Debug, Error, PartialEq)]
#[error("in '{source_text}': {why}")]
pub struct WordsError {
    source_text: String,
    why: String,
}

/// Arithmetic on measures.
#[derive(Clone, Debug, PartialEq)]
enum Expression {
    Number(f64),
    Name(String),
    Binary(Box<Expression>, char, Box<Expression>),
}

impl Expression {
    fn value(&self, lookup: Lookup) -> Option<f64> {
        match self {
            Self::Number(x) => Some(*x),
            Self::Name(name) => lookup(name),
            Self::Binary(a, operator, b) => {
                let (a, b) = (a.value(lookup)?, b.value(lookup)?);
                let found = match operator {
                    '+' => a + b,
                    '-' => a - b,
                    '*' => a * b,
                    _ => a / b,
                };
                found.is_finite().then_some(found)
            }
        }
    }

    fn names<'a>(&'a self, into: &mut Vec<&'a str>) {
        match self {
            Self::Number(_) => {}
            Self::Name(name) => into.push(name),
            Self::Binary(a, _, b) => [a, b].into_iter().for_each(|e| e.names(into)),
        }
    }
}

/// Comparisons that must all hold.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct Condition(Vec<(Expression, String, Expression)>);

impl Condition {
    /// Whether it holds; not where a measure is missing.
    pub fn holds(&self, lookup: Lookup) -> bool {
        self.0.iter().all(|(a, comparison, b)| {
            let (Some(a), Some(b)) = (a.value(lookup), b.value(lookup)) else { return false };
            match comparison.as_str() {
                "<" => a < b,
                "<=" => a <= b,
                ">" => a > b,
                _ => a >= b,
            }
        })
    }

    /// The measures that it names.
    pub fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.0.iter().for_each(|(a, _, b)| [a, b].into_iter().for_each(|e| e.names(&mut names)));
        names
    }
}

impl TryFrom<String> for Condition {
    type Error = WordsError;

    fn try_from(source: String) -> Result<Self, WordsError> {
        let mut reader = Reader::new(&source);
        let mut comparisons = Vec::new();
        loop {
            let a = reader.sum()?;
            let comparison = match reader.next() {
                Some(c) if ["<", "<=", ">", ">="].contains(&c.as_str()) => c,
                _ => return Err(reader.wrong("expected one of < <= > >=")),
            };
            comparisons.push((a, comparison, reader.sum()?));
            match reader.next().as_deref() {
                None => return Ok(Self(comparisons)),
                Some("and") => {}
                Some(other) => return Err(reader.wrong(&format!("expected 'and' before '{other}'"))),
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Plain(String),
    Value(Expression, Option<usize>),
}

/// A text with measured values in braces.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct Text(Vec<Piece>);

impl Text {
    /// The text with its numbers; `None` where one was not measured.
    pub fn filled(&self, lookup: Lookup) -> Option<String> {
        let piece = |piece: &Piece| match piece {
            Piece::Plain(text) => Some(text.clone()),
            Piece::Value(expression, decimals) => expression.value(lookup).map(|x| match decimals {
                Some(decimals) => format!("{x:.decimals$}").replace('-', "−"),
                None => figures(x),
            }),
        };
        self.0.iter().map(piece).collect()
    }

    /// The measures that it names.
    pub fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for piece in &self.0 {
            if let Piece::Value(expression, _) = piece {
                expression.names(&mut names);
            }
        }
        names
    }
}

impl TryFrom<String> for Text {
    type Error = WordsError;

    fn try_from(source: String) -> Result<Self, WordsError> {
        let wrong = |why: &str| WordsError { source_text: source.clone(), why: why.to_owned() };
        let mut pieces = Vec::new();
        let mut rest = source.as_str();
        while let Some((plain, behind)) = rest.split_once('{') {
            let (inside, after) = behind.split_once('}').ok_or_else(|| wrong("a '{' without its '}'"))?;
            let (expression, decimals) = match inside.split_once(':') {
                Some((expression, decimals)) => {
                    let decimals = decimals.trim().parse().ok().filter(|d| *d <= 9);
                    (
                        expression,
                        Some(decimals.ok_or_else(|| wrong("after ':' stands the number of decimals, 0 to 9"))?),
                    )
                }
                None => (inside, None),
            };
            let mut reader = Reader::new(expression);
            let expression = reader.sum()?;
            if let Some(other) = reader.next() {
                return Err(reader.wrong(&format!("'{other}' follows no operator")));
            }
            pieces.push(Piece::Plain(plain.to_owned()));
            pieces.push(Piece::Value(expression, decimals));
            rest = after;
        }
        pieces.push(Piece::Plain(rest.to_owned()));
        Ok(Self(pieces))
    }
}

/// Three figures, whole numbers as such.
pub fn figures(x: f64) -> String {
    let text = match x.abs() {
        _ if x == x.round() && x.abs() < 1e6 => format!("{x:.0}"),
        a if a >= 100.0 => format!("{x:.0}"),
        a if a >= 10.0 => format!("{x:.1}"),
        a if a >= 1.0 => format!("{x:.2}"),
        a if a >= 0.1 => format!("{x:.3}"),
        a if a >= 1e-3 => trimmed(&format!("{x:.4}")).to_owned(),
        _ => {
            let text = format!("{x:.1e}");
            let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
            format!("{}e{power}", trimmed(digits))
        }
    };
    text.replace('-', "−")
}

/// Without zeros after the point that say nothing.
fn trimmed(digits: &str) -> &str {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits }
}

/// Tokens from left to right.
struct Reader {
    source: String,
    tokens: Vec<String>,
    at: usize,
}

impl Reader {
    fn new(source: &str) -> Self {
        let mut tokens: Vec<String> = Vec::new();
        let mut open = false;
        for c in source.chars() {
            let word = c.is_alphanumeric() || c == '_' || c == '.';
            match tokens.last_mut() {
                Some(last) if open && word => last.push(c),
                Some(last) if c == '=' && (last == "<" || last == ">") => last.push(c),
                _ if c.is_whitespace() => {}
                _ => tokens.push(c.to_string()),
            }
            open = word;
        }
        Self { source: source.to_owned(), tokens, at: 0 }
    }

    fn next(&mut self) -> Option<String> {
        self.at += 1;
        self.tokens.get(self.at - 1).cloned()
    }

    fn operator(&mut self, among: [&str; 2]) -> Option<char> {
        let found = self.tokens.get(self.at).filter(|t| among.contains(&t.as_str()))?.chars().next();
        self.at += 1;
        found
    }

    fn wrong(&self, why: &str) -> WordsError {
        WordsError { source_text: self.source.clone(), why: why.to_owned() }
    }

    fn sum(&mut self) -> Result<Expression, WordsError> {
        let mut left = self.product()?;
        while let Some(operator) = self.operator(["+", "-"]) {
            left = Expression::Binary(Box::new(left), operator, Box::new(self.product()?));
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Expression, WordsError> {
        let mut left = self.atom()?;
        while let Some(operator) = self.operator(["*", "/"]) {
            left = Expression::Binary(Box::new(left), operator, Box::new(self.atom()?));
        }
        Ok(left)
    }

    fn atom(&mut self) -> Result<Expression, WordsError> {
        let Some(token) = self.next() else { return Err(self.wrong("a number or a measure is missing")) };
        if let Ok(number) = token.parse() {
            return Ok(Expression::Number(number));
        }
        if token.starts_with(|c: char| c.is_alphabetic()) && token != "and" {
            return Ok(Expression::Name(token));
        }
        Err(self.wrong(&format!("'{token}' is neither a number nor a measure")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(name: &str) -> Option<f64> {
        match name {
            "cd" => Some(3.0),
            "vae.cd" => Some(1.5),
            "collapsed" => Some(20.25),
            _ => None,
        }
    }

    fn condition(text: &str) -> bool {
        Condition::try_from(text.to_owned()).unwrap().holds(&lookup)
    }

    fn text(text: &str) -> Option<String> {
        Text::try_from(text.to_owned()).unwrap().filled(&lookup)
    }

    #[test]
    fn conditions_compare_measures() {
        assert!(condition("cd >= 2 * vae.cd") && !condition("cd > 2 * vae.cd"));
        assert!(condition("cd > 2.9 and collapsed <= 20.25 and vae.cd + cd * 2 - 1 < 6.6"));
        assert!(!condition("cd > 2.9 and collapsed < 20"));
        // What nobody measured is not claimed, whichever way.
        assert!(!condition("kl < 1") && !condition("kl >= 1") && !condition("cd / 0 > 1"));
    }

    #[test]
    fn texts_quote_what_was_measured_or_are_not_said() {
        assert_eq!(text("{collapsed:0} of 25, {cd / vae.cd:2} times"), Some("20 of 25, 2.00 times".into()));
        assert_eq!(text("{collapsed}, {cd}, {vae.cd - cd}"), Some("20.2, 3, −1.50".into()));
        assert_eq!(text("{kl} nats"), None);
        assert_eq!([0.001, 0.00012, 1e-5, -0.5, 250.0].map(figures), ["0.001", "1.2e−4", "1e−5", "−0.500", "250"]);
        assert_eq!(text("plain"), Some("plain".into()));
        let names = Text::try_from("{a.x} {b + 2 * c}".to_owned()).unwrap();
        assert_eq!(names.names(), ["a.x", "b", "c"]);
    }

    #[test]
    fn what_can_not_be_read_is_quoted() {
        for bad in ["cd", "cd = 2", "cd > ", "cd > 2 cd < 3", "> 2", "cd > 2 and", "cd > #"] {
            let said = Condition::try_from(bad.to_owned()).unwrap_err().to_string();
            assert!(said.contains(bad), "{said}");
        }
        for bad in ["{cd", "{}", "{cd:x}", "{cd cd}", "{cd:12}"] {
            assert!(Text::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
