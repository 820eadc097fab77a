//! Disjoint sets of numbered things (Tarjan 1975, with path halving): what hangs together in a mesh.

/// Sets of `0..n`, at first each alone.
#[derive(Clone, Debug)]
pub struct Sets(Vec<u32>);

impl Sets {
    pub fn new(count: usize) -> Self {
        Self((0..count as u32).collect())
    }

    /// The least member of the set that `i` belongs to.
    ///
    /// # Panics
    /// For a number that there isn't.
    pub fn of(&mut self, mut i: u32) -> u32 {
        let root = &mut self.0;
        while root[i as usize] != i {
            root[i as usize] = root[root[i as usize] as usize];
            i = root[i as usize];
        }
        i
    }

    /// Makes one set of two.
    ///
    /// # Panics
    /// As [`Sets::of`].
    pub fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.of(a), self.of(b));
        self.0[a.max(b) as usize] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_joined_by_way_of_others_is_one_set() {
        let mut sets = Sets::new(7);
        for (a, b) in [(6, 5), (4, 3), (5, 4), (1, 1)] {
            sets.join(a, b);
        }
        let of: Vec<u32> = (0..7).map(|i| sets.of(i)).collect();
        assert_eq!(of, [0, 1, 2, 3, 3, 3, 3]);
    }
}
