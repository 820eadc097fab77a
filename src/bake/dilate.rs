//! Charts grown over the empty texels around them, so that no filter and no mip level draws from nothing.

/// For every texel `[side, side]` the covered one nearest to it, itself where it is covered. Offsets are passed on from
/// neighbour to neighbour down and up the square (Danielsson 1980), so a distance may be off by a fraction of a texel.
///
/// # Panics
/// Never; without any covered texel each is its own.
pub(super) fn sources(side: usize, is_covered: impl Fn(usize) -> bool) -> Vec<u32> {
    let mut source: Vec<u32> = (0..side * side).map(|at| if is_covered(at) { at as u32 } else { u32::MAX }).collect();
    let distance2 = |from: u32, x: usize, y: usize| {
        let (dx, dy) = ((from as usize % side).abs_diff(x), (from as usize / side).abs_diff(y));
        dx * dx + dy * dy
    };
    let mut take = |x: usize, y: usize, dx: isize, dy: isize| {
        let (i, j) = (x as isize + dx, y as isize + dy);
        if i < 0 || j < 0 || i >= side as isize || j >= side as isize {
            return;
        }
        let (at, offered) = (y * side + x, source[j as usize * side + i as usize]);
        let own = source[at];
        if offered != u32::MAX && (own == u32::MAX || distance2(offered, x, y) < distance2(own, x, y)) {
            source[at] = offered;
        }
    };
    for y in 0..side {
        for x in 0..side {
            [(-1, 0), (0, -1), (-1, -1), (1, -1)].into_iter().for_each(|(dx, dy)| take(x, y, dx, dy));
        }
        (0..side).rev().for_each(|x| take(x, y, 1, 0));
    }
    for y in (0..side).rev() {
        for x in (0..side).rev() {
            [(1, 0), (0, 1), (1, 1), (-1, 1)].into_iter().for_each(|(dx, dy)| take(x, y, dx, dy));
        }
        (0..side).for_each(|x| take(x, y, -1, 0));
    }
    source.iter().enumerate().map(|(at, &from)| if from == u32::MAX { at as u32 } else { from }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_texel_takes_about_the_nearest_that_is_covered() {
        let covered = [3 * 32 + 4, 20 * 32 + 29, 31 * 32, 12 * 32 + 12];
        let source = sources(32, |at| covered.contains(&at));
        for (at, &from) in source.iter().enumerate() {
            let distance = |from: usize| {
                let (dx, dy) = ((from % 32).abs_diff(at % 32) as f32, (from / 32).abs_diff(at / 32) as f32);
                dx.hypot(dy)
            };
            let least = covered.iter().map(|&c| distance(c)).fold(f32::INFINITY, f32::min);
            assert!(covered.contains(&(from as usize)) && distance(from as usize) <= least + 0.5, "{at}");
        }
        assert_eq!(sources(4, |_| false), (0..16).collect::<Vec<u32>>());
    }
}
