//! Who lies across each edge of a closed surface, and the proof that it is one.

use thiserror::Error;

/// Why a surface is not closed and manifold.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NotClosed {
    #[error("the surface has no triangles; decode or close a shape first")]
    Empty,
    #[error("triangle {triangle} names vertex {vertex}, but there are only {vertices}; close the shape again")]
    OutOfRange { triangle: usize, vertex: u32, vertices: usize },
    #[error(
        "{edges} edges don't part two triangles that face the same way, the first at vertex {vertex}; close the shape first"
    )]
    Edges { edges: usize, vertex: u32 },
}

/// For every half-edge the one that runs back along it. Half-edge `3 t + k` runs from corner `k` of triangle `t` to the next.
#[derive(Clone, Debug, Default)]
pub struct Adjacency {
    /// `[3 T]`
    twins: Vec<u32>,
}

impl Adjacency {
    /// Pairs the half-edges of `triangles`, whose indices are below `vertices`. O(T).
    ///
    /// # Errors
    /// Where the surface is not closed and consistently oriented.
    pub fn new(triangles: &[[u32; 3]], vertices: usize) -> Result<Self, NotClosed> {
        if triangles.is_empty() {
            return Err(NotClosed::Empty);
        }
        let out_of_range = |t: &[u32; 3]| t.iter().copied().find(|&v| v as usize >= vertices);
        if let Some((triangle, vertex)) = triangles.iter().enumerate().find_map(|(t, c)| Some((t, out_of_range(c)?))) {
            return Err(NotClosed::OutOfRange { triangle, vertex, vertices });
        }
        let pairing = Pairing::new(triangles, vertices);
        match pairing.faults.first() {
            Some(&half) => {
                Err(NotClosed::Edges { edges: pairing.faults.len(), vertex: triangles.as_flattened()[half as usize] })
            }
            None => Ok(Self { twins: pairing.twins }),
        }
    }

    /// The half-edge that runs back along `half`.
    pub fn twin(&self, half: usize) -> usize {
        self.twins[half] as usize
    }

    /// The half-edge after `half` around the corner that it starts from, clockwise seen from outside: it starts there as well.
    pub fn around(&self, half: usize) -> usize {
        next(self.twin(half))
    }

    /// Half-edges of the surface.
    pub fn len(&self) -> usize {
        self.twins.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.twins.is_empty()
    }
}

/// The half-edge behind `half` in its triangle.
pub fn next(half: usize) -> usize {
    if half % 3 == 2 { half - 2 } else { half + 1 }
}

/// The half-edge before `half` in its triangle.
pub fn previous(half: usize) -> usize {
    if half.is_multiple_of(3) { half + 2 } else { half - 1 }
}

/// Vertices of a welded surface at which it is not a closed manifold: on an edge without exactly two opposite triangles, on two
/// triangles that lie on each other, or where two sheets meet in nothing but a point. Ascending.
pub fn faulty_vertices(triangles: &[[u32; 3]], vertices: usize) -> Vec<u32> {
    let Pairing { twins, faults } = Pairing::new(triangles, vertices);
    let corners = triangles.as_flattened();
    let mut faulty: Vec<u32> = faults.iter().flat_map(|&h| [corners[h as usize], corners[next(h as usize)]]).collect();
    // A triangle and its reverse are neighbours along all three edges.
    for (t, triangle) in triangles.iter().enumerate() {
        let across = [0, 1, 2].map(|k| twins[3 * t + k] / 3);
        if across[0] != NOBODY / 3 && (across[0] == across[1] || across[1] == across[2] || across[2] == across[0]) {
            faulty.extend(triangle);
        }
    }
    if faults.is_empty() {
        let mut fans = vec![0u8; vertices];
        let mut seen = vec![false; corners.len()];
        for start in 0..corners.len() {
            if !seen[start] {
                fans[corners[start] as usize] = fans[corners[start] as usize].saturating_add(1);
                let mut half = start;
                while !seen[half] {
                    seen[half] = true;
                    half = next(twins[half] as usize);
                }
            }
        }
        faulty.extend((0..vertices as u32).filter(|&v| fans[v as usize] > 1));
    }
    faulty.sort_unstable();
    faulty.dedup();
    faulty
}

const NOBODY: u32 = u32::MAX;

struct Pairing {
    /// [`NOBODY`] where there is none, or more than one.
    twins: Vec<u32>,
    /// Half-edges without exactly one twin.
    faults: Vec<u32>,
}

impl Pairing {
    fn new(triangles: &[[u32; 3]], vertices: usize) -> Self {
        let corners = triangles.as_flattened();
        // Half-edges by the vertex that they start from.
        let mut start = vec![0u32; vertices + 1];
        corners.iter().for_each(|&v| start[v as usize + 1] += 1);
        (0..vertices).for_each(|v| start[v + 1] += start[v]);
        let mut fill = start.clone();
        let mut leaving = vec![0u32; corners.len()];
        for (half, &v) in corners.iter().enumerate() {
            leaving[fill[v as usize] as usize] = half as u32;
            fill[v as usize] += 1;
        }
        let from = |v: u32| &leaving[start[v as usize] as usize..start[v as usize + 1] as usize];
        let (mut twins, mut faults) = (vec![NOBODY; corners.len()], Vec::new());
        for half in 0..corners.len() {
            let (a, b) = (corners[half], corners[next(half)]);
            let mut back = from(b).iter().filter(|&&h| corners[next(h as usize)] == a);
            let twin = back.next();
            let same = from(a).iter().filter(|&&h| corners[next(h as usize)] == b).count();
            match twin {
                Some(&twin) if a != b && back.next().is_none() && same == 1 => twins[half] = twin,
                _ => faults.push(half as u32),
            }
        }
        Self { twins, faults }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TETRAHEDRON: [[u32; 3]; 4] = [[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]];

    #[test]
    fn a_closed_surface_pairs_every_edge() {
        let adjacency = Adjacency::new(&TETRAHEDRON, 4).unwrap();
        let corners = TETRAHEDRON.as_flattened();
        for half in 0..adjacency.len() {
            let twin = adjacency.twin(half);
            assert_eq!(adjacency.twin(twin), half);
            assert_eq!((corners[half], corners[next(half)]), (corners[next(twin)], corners[twin]));
            assert_eq!(corners[adjacency.around(half)], corners[half]);
            assert_eq!(next(previous(half)), half);
        }
        assert!(faulty_vertices(&TETRAHEDRON, 4).is_empty());
    }

    #[test]
    fn what_is_open_doubled_or_turned_is_refused() {
        assert_eq!(Adjacency::new(&[], 4).unwrap_err(), NotClosed::Empty);
        assert!(matches!(Adjacency::new(&TETRAHEDRON[1..], 4), Err(NotClosed::Edges { edges: 3, .. })));
        let mut turned = TETRAHEDRON;
        turned[2].swap(0, 1);
        assert!(matches!(Adjacency::new(&turned, 4), Err(NotClosed::Edges { .. })));
        assert!(matches!(Adjacency::new(&TETRAHEDRON, 3), Err(NotClosed::OutOfRange { vertex: 3, .. })));
        assert_eq!(faulty_vertices(&TETRAHEDRON[1..], 4), [0, 1, 2]);
    }

    #[test]
    fn folded_and_pinched_surfaces_are_found() {
        assert_eq!(faulty_vertices(&[[0, 1, 2], [2, 1, 0]], 3), [0, 1, 2]);
        // Two tetrahedra that share vertex 0.
        let mut pinched = TETRAHEDRON.to_vec();
        pinched.extend(TETRAHEDRON.map(|t| t.map(|v| if v == 0 { 0 } else { v + 3 })));
        assert_eq!(faulty_vertices(&pinched, 7), [0]);
    }
}
