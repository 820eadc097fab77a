//! `--shard I/N`: one of N disjoint parts of a batch, for the I-th job of a job array.

use std::str::FromStr;

/// Part `number` of `count`, the first being 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    pub number: usize,
    pub count: usize,
}

impl Shard {
    /// All of it.
    pub const WHOLE: Self = Self { number: 1, count: 1 };

    /// Which of `items` shapes belong to it: every N-th, so that the parts take equally long.
    pub fn indices(self, items: usize) -> impl Iterator<Item = usize> {
        (self.number - 1..items).step_by(self.count)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        match parsed {
            Some((number, count)) if number >= 1 && number <= count && count <= 100_000 => Ok(Self { number, count }),
            _ => Err("give I/N, such as 3/8 for the third of eight parts; I is 1 to N, N at most 100000".to_owned()),
        }
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.number, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_disjoint_and_make_the_whole() {
        let mut all: Vec<usize> = (1..=8).flat_map(|number| Shard { number, count: 8 }.indices(101)).collect();
        all.sort_unstable();
        assert_eq!(all, (0..101).collect::<Vec<_>>());
        assert_eq!(Shard { number: 5, count: 8 }.indices(3).count(), 0);
        assert_eq!("3/8".parse(), Ok(Shard { number: 3, count: 8 }));
        assert!(["0/8", "9/8", "3", "a/b", "1/0", "-1/2", "1/999999"].iter().all(|t| t.parse::<Shard>().is_err()));
    }
}
