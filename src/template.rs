//! The template: the unit square that each patch deforms, as a regular grid of uv points and triangles.

/// A regular grid of `side x side` points over the unit square, counter-clockwise triangles in the uv plane
/// (so that a triangle's normal agrees with `f_u x f_v`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Template {
    side: usize,
}

impl Template {
    /// A grid of `side x side` points. At least 2, or a patch has no triangle.
    ///
    /// # Panics
    /// Never: a smaller side is raised to 2.
    pub fn grid(side: usize) -> Self {
        Self { side: side.max(2) }
    }

    /// Points along one side.
    pub fn side(&self) -> usize {
        self.side
    }

    /// Points of one patch, `side * side`.
    pub fn len(&self) -> usize {
        self.side * self.side
    }

    /// A template is never empty.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// uv of every point, `[side * side, 2]`, u fastest, both in 0..=1.
    pub fn uv(&self) -> Vec<[f32; 2]> {
        let step = 1.0 / (self.side - 1) as f32;
        let at = |i: usize| if i + 1 == self.side { 1.0 } else { i as f32 * step };
        (0..self.len()).map(|i| [at(i % self.side), at(i / self.side)]).collect()
    }

    /// Triangles of one patch, `[2 (side-1)^2, 3]`, indices into [`Template::uv`].
    pub fn triangles(&self) -> Vec<[u32; 3]> {
        let side = self.side as u32;
        let mut triangles = Vec::with_capacity(2 * (self.side - 1).pow(2));
        for v in 0..side - 1 {
            for u in 0..side - 1 {
                let [a, b, c, d] = [v * side + u, v * side + u + 1, (v + 1) * side + u + 1, (v + 1) * side + u];
                // Alternate the diagonal, so that no direction of shear is favoured.
                if (u + v) % 2 == 0 {
                    triangles.extend([[a, b, c], [a, c, d]]);
                } else {
                    triangles.extend([[a, b, d], [b, c, d]]);
                }
            }
        }
        triangles
    }

    /// Indices of the border points in order around the square, `[4 (side-1)]`.
    pub fn border(&self) -> Vec<u32> {
        let side = self.side as u32;
        let last = side - 1;
        let bottom = 0..last;
        let right = (0..last).map(|v| v * side + last);
        let top = (1..=last).rev().map(|u| last * side + u);
        let left = (1..=last).rev().map(|v| v * side);
        bottom.chain(right).chain(top).chain(left).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triangles_are_counter_clockwise_and_fill_the_square() {
        for side in [2, 3, 10] {
            let template = Template::grid(side);
            let uv = template.uv();
            let mut area = 0.0;
            for [a, b, c] in template.triangles() {
                let [a, b, c] = [uv[a as usize], uv[b as usize], uv[c as usize]];
                let twice = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
                assert!(twice > 0.0);
                area += twice / 2.0;
            }
            assert!((area - 1.0).abs() < 1e-5, "{area}");
        }
    }

    #[test]
    fn border_visits_each_outer_point_once() {
        let template = Template::grid(5);
        let border = template.border();
        let unique: std::collections::BTreeSet<_> = border.iter().collect();
        assert_eq!(unique.len(), 16);
        assert!(border.iter().all(|&i| {
            let uv = template.uv()[i as usize];
            uv.iter().any(|&x| x == 0.0 || x == 1.0)
        }));
    }
}
