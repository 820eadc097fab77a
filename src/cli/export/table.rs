//! A table of latents as text: comma-separated values under a header line `name,z0,z1,...`, with or without `length`.

use crate::latent::Latent;

/// One line of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// In the file, the first being 1.
    pub line: usize,
    pub name: String,
    pub latent: Latent,
    /// Metres, where the table says so.
    pub length: Option<f32>,
}

/// Where a column of the table goes.
enum Column {
    Name,
    Length,
    Number(usize),
}

/// Reads a table of latents `[groups, dim]`.
///
/// # Errors
/// What is wrong, and in which line.
pub fn parse(text: &str, groups: usize, dim: usize) -> Result<Vec<Row>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let wanted = groups * dim;
    let form = || format!("name,z0,...,z{}, and length if you like", wanted.saturating_sub(1));
    let (_, header) =
        lines.next().ok_or_else(|| format!("the table is empty; its first line names its columns: {}", form()))?;
    let columns = columns(&cells(header).map_err(|why| format!("line 1: {why}"))?, wanted)
        .map_err(|why| format!("line 1: {why}; for this model it is {}", form()))?;
    let mut rows = Vec::new();
    for (index, line) in lines {
        let line_number = index + 1;
        let row = row(&cells(line).map_err(|why| format!("line {line_number}: {why}"))?, &columns, groups, dim);
        let (name, latent, length) = row.map_err(|why| format!("line {line_number}: {why}"))?;
        rows.push(Row { line: line_number, name, latent, length });
    }
    if rows.is_empty() {
        return Err("the table has a header and no line below it; give one line a shape".to_owned());
    }
    Ok(rows)
}

fn columns(header: &[String], wanted: usize) -> Result<Vec<Column>, String> {
    let mut columns = Vec::new();
    let (mut named, mut numbers, mut lengths) = (0, vec![false; wanted], 0);
    for title in header {
        let title = title.trim().to_lowercase();
        let number = title.strip_prefix('z').and_then(|n| n.parse::<usize>().ok());
        columns.push(match (title.as_str(), number) {
            ("name", _) => {
                named += 1;
                Column::Name
            }
            ("length", _) => {
                lengths += 1;
                Column::Length
            }
            (_, Some(n)) if n < wanted && !numbers[n] => {
                numbers[n] = true;
                Column::Number(n)
            }
            (_, Some(n)) if n < wanted => return Err(format!("z{n} is there twice")),
            (_, Some(n)) => return Err(format!("z{n} is more than the model takes")),
            (other, None) => return Err(format!("'{other}' is no column of such a table")),
        });
    }
    if named != 1 || lengths > 1 {
        return Err("one column is called name, and at most one length".to_owned());
    }
    match numbers.iter().position(|there| !there) {
        Some(missing) => Err(format!("z{missing} is missing")),
        None => Ok(columns),
    }
}

fn row(
    cells: &[String],
    columns: &[Column],
    groups: usize,
    dim: usize,
) -> Result<(String, Latent, Option<f32>), String> {
    if cells.len() != columns.len() {
        return Err(format!("it has {} cells, the header {}", cells.len(), columns.len()));
    }
    let (mut name, mut values, mut length) = (String::new(), vec![0.0; groups * dim], None);
    for (cell, column) in cells.iter().zip(columns) {
        let cell = cell.trim();
        match column {
            Column::Name => name = cell.to_owned(),
            Column::Length if cell.is_empty() => {}
            Column::Length => {
                length = Some(super::super::length(cell).map_err(|why| format!("length '{cell}': {why}"))?)
            }
            Column::Number(n) => {
                let number = cell.parse::<f32>().ok().filter(|x| x.is_finite());
                values[*n] = number.ok_or_else(|| format!("z{n} is '{cell}', which is no finite number"))?;
            }
        }
    }
    let latent = Latent::new(groups, dim, values).map_err(|e| e.to_string())?;
    Ok((name, latent, length))
}

/// The cells of a line; a cell in double quotes may hold commas, and a doubled quote for one.
fn cells(line: &str) -> Result<Vec<String>, String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => cell.extend(letters.next()),
            '"' if quoted => quoted = false,
            '"' if cell.trim().is_empty() => {
                cell.clear();
                quoted = true;
            }
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            other => cell.push(other),
        }
    }
    if quoted {
        return Err("a quote is not closed".to_owned());
    }
    cells.push(cell);
    Ok(cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_gives_its_shapes() {
        let text = "\u{feff}name,z0,z1,length\r\nplain,0.5,-1e-3,\r\n\r\n\"a \"\"b\"\", c\", 1 ,2,0.9\r\n";
        let rows = parse(text, 1, 2).unwrap();
        let names: Vec<(usize, &str, Option<f32>)> = rows.iter().map(|r| (r.line, r.name.as_str(), r.length)).collect();
        assert_eq!(names, [(2, "plain", None), (4, "a \"b\", c", Some(0.9))]);
        assert_eq!(rows[0].latent.values(), [0.5, -1e-3]);
        // Columns in another order, and a latent a patch.
        let rows = parse("z3,z2,z1,z0,name\n3,2,1,0,x\n", 2, 2).unwrap();
        assert_eq!((rows[0].latent.group(1), rows[0].latent.groups()), (&[2.0, 3.0][..], 2));
    }

    #[test]
    fn mistakes_are_told_by_their_line() {
        let head = "name,z0,z1\n";
        for (text, words) in [
            ("".to_owned(), "empty"),
            (head.to_owned(), "no line below"),
            ("a,b\n".to_owned(), "line 1: 'a' is no column"),
            ("name,z0\nx,1\n".to_owned(), "line 1: z1 is missing"),
            ("name,z0,z1,z2\n".to_owned(), "line 1: z2 is more"),
            ("name,z0,z0,z1\n".to_owned(), "line 1: z0 is there twice"),
            ("z0,z1\n".to_owned(), "line 1: one column is called name"),
            (format!("{head}x,1,2\ny,1\n"), "line 3: it has 2 cells, the header 3"),
            (format!("{head}x,1,nan\n"), "line 2: z1 is 'nan'"),
            (format!("{head}x,1,inf\n"), "line 2: z1 is 'inf'"),
            (format!("{head}\nx,1,two\n"), "line 3: z1 is 'two'"),
            (format!("{head}\"x,1,2\n"), "line 2: a quote"),
            ("name,z0,z1,length\nx,1,2,-4\n".to_owned(), "line 2: length '-4': give metres"),
        ] {
            let said = parse(&text, 1, 2).unwrap_err();
            assert!(said.contains(words), "{text:?}: {said}");
        }
    }
}
