//! Aligned columns for a terminal.

/// Rows under a header; the first column is flush left, numbers flush right.
#[derive(Clone, Debug)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new<S: Into<String>>(header: impl IntoIterator<Item = S>) -> Self {
        Self { rows: vec![header.into_iter().map(Into::into).collect()] }
    }

    pub fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }
}

/// Whether a cell belongs to a column of numbers.
fn numeric(cell: &str) -> bool {
    cell.is_empty() || cell == "-" || cell.trim_end_matches([' ', '%']).parse::<f64>().is_ok()
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let cells = |c: usize| self.rows.iter().filter_map(move |r| r.get(c));
        let widths: Vec<usize> = (0..columns).map(|c| cells(c).map(|s| s.chars().count()).max().unwrap_or(0)).collect();
        let right: Vec<bool> = (0..columns).map(|c| cells(c).skip(1).all(|s| numeric(s))).collect();
        for row in &self.rows {
            let mut line = String::new();
            for (c, cell) in row.iter().enumerate() {
                let pad = " ".repeat(widths[c] - cell.chars().count());
                let gap = if c == 0 { "" } else { "  " };
                line += &if right[c] { format!("{gap}{pad}{cell}") } else { format!("{gap}{cell}{pad}") };
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_flush_right_and_words_flush_left() {
        let mut table = Table::new(["sword", "CD", "file"]);
        table.row(["a", "0.3", "a.glb"]);
        table.row(["long name", "12.25", "b.glb"]);
        assert_eq!(table.to_string(), "sword         CD  file\na            0.3  a.glb\nlong name  12.25  b.glb\n");
    }
}
