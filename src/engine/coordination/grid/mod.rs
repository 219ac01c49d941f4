//! A grid of cells with bodies that push each other, after SwarmBench (arXiv 2505.04364, repo x66ccff/swarmbench,
//! physics.py and environment.py). `push` moves them, `sight` is what an agent sees and hears, `measures` says what
//! the group did.

pub mod measures;
mod push;
pub mod sight;
mod tangle;

use push::Scratch;

/// The force of an agent's push (repo physics.py).
pub const PUSH: i32 = 2;
/// Boards and bodies are numbered by u32; no system comes near.
const NOBODY: u32 = u32::MAX;

/// A place; row 0 is the top one. May lie outside of the board.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    pub row: i32,
    pub column: i32,
}

impl Cell {
    pub const fn new(row: i32, column: i32) -> Self {
        Self { row, column }
    }

    /// The next cell that way.
    pub fn step(self, direction: Direction) -> Self {
        let [rows, columns] = direction.vector();
        Self::new(self.row + rows, self.column + columns)
    }

    pub fn manhattan(self, other: Self) -> i32 {
        (self.row - other.row).abs() + (self.column - other.column).abs()
    }

    pub fn chebyshev(self, other: Self) -> i32 {
        (self.row - other.row).abs().max((self.column - other.column).abs())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    Up,
    Down,
    Left,
    Right,
}

impl Direction {
    /// In the order in which a round resolves them.
    pub const ALL: [Self; 4] = [Self::Up, Self::Down, Self::Left, Self::Right];

    /// Rows and columns of one step.
    pub const fn vector(self) -> [i32; 2] {
        match self {
            Self::Up => [-1, 0],
            Self::Down => [1, 0],
            Self::Left => [0, -1],
            Self::Right => [0, 1],
        }
    }

    pub const fn opposite(self) -> Self {
        match self {
            Self::Up => Self::Down,
            Self::Down => Self::Up,
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }
}

/// Something that takes room and weighs something.
#[derive(Clone, Copy, Debug)]
struct Body {
    /// Where the first cell of its shape is.
    at: Cell,
    /// Which of the board's shapes; 0 is the single cell.
    shape: u32,
    mass: i32,
    fixed: bool,
    escaped: bool,
}

/// Cells and the bodies on them. Bodies are numbered in the order in which they were placed.
#[derive(Clone, Debug)]
pub struct Board {
    rows: i32,
    columns: i32,
    /// [rows * columns], row by row: the body on each cell.
    occupant: Vec<u32>,
    bodies: Vec<Body>,
    /// Offsets of a shape's cells from its first one.
    shapes: Vec<Vec<Cell>>,
    scratch: Scratch,
}

impl Board {
    /// An empty board of at least one cell.
    pub fn new(rows: u32, columns: u32) -> Self {
        assert!(rows > 0 && columns > 0, "a board has cells");
        Self {
            rows: rows as i32,
            columns: columns as i32,
            occupant: vec![NOBODY; (rows * columns) as usize],
            bodies: Vec::new(),
            shapes: vec![vec![Cell::new(0, 0)]],
            scratch: Scratch::default(),
        }
    }

    pub fn rows(&self) -> i32 {
        self.rows
    }

    pub fn columns(&self) -> i32 {
        self.columns
    }

    /// Places a body on free cells of the board. Mass is floor(sqrt(cells)) (repo physics.py) unless given.
    pub fn place(&mut self, cells: &[Cell], mass: Option<i32>, fixed: bool) -> u32 {
        assert!(!cells.is_empty(), "a body has cells");
        let body = self.bodies.len() as u32;
        let shape = if cells.len() == 1 {
            0
        } else {
            let offset = |c: &Cell| Cell::new(c.row - cells[0].row, c.column - cells[0].column);
            self.shapes.push(cells.iter().map(offset).collect());
            self.shapes.len() as u32 - 1
        };
        for cell in cells {
            assert!(self.is_free(*cell), "a body is placed on free cells of the board");
            let index = self.index(*cell).expect("a free cell is on the board");
            self.occupant[index] = body;
        }
        let mass = mass.unwrap_or(cells.len().isqrt() as i32).max(1);
        self.bodies.push(Body { at: cells[0], shape, mass, fixed, escaped: false });
        body
    }

    /// Puts a body of one cell elsewhere, by no force of the board's own: a prey that runs.
    pub fn put(&mut self, body: u32, to: Cell) {
        assert!(self.bodies[body as usize].shape == 0, "only single cells are put elsewhere");
        assert!(self.is_free(to), "a body is put on a free cell of the board");
        let from = self.bodies[body as usize].at;
        if let Some(index) = self.index(from) {
            self.occupant[index] = NOBODY;
        }
        let index = self.index(to).expect("a free cell is on the board");
        self.occupant[index] = body;
        self.bodies[body as usize].at = to;
    }

    /// Where the first cell of a body is; none once it has escaped.
    pub fn place_of(&self, body: u32) -> Option<Cell> {
        let body = &self.bodies[body as usize];
        (!body.escaped).then_some(body.at)
    }

    /// All cells of a body, also those outside of the board; none once it has escaped.
    pub fn cells_of(&self, body: u32) -> impl Iterator<Item = Cell> {
        let Body { at, shape, escaped, .. } = self.bodies[body as usize];
        let cells = self.shapes[shape as usize].iter();
        cells.take(if escaped { 0 } else { usize::MAX }).map(move |c| at.plus(*c))
    }

    /// The body on a cell.
    pub fn at(&self, cell: Cell) -> Option<u32> {
        self.index(cell).map(|i| self.occupant[i]).filter(|body| *body != NOBODY)
    }

    pub fn is_inside(&self, cell: Cell) -> bool {
        (0..self.rows).contains(&cell.row) && (0..self.columns).contains(&cell.column)
    }

    /// On the board, with nobody there.
    pub fn is_free(&self, cell: Cell) -> bool {
        self.index(cell).is_some_and(|i| self.occupant[i] == NOBODY)
    }

    pub fn has_escaped(&self, body: u32) -> bool {
        self.bodies[body as usize].escaped
    }

    /// All cells of the board, row by row.
    pub fn cells(&self) -> impl Iterator<Item = Cell> + use<> {
        let columns = self.columns;
        (0..self.rows).flat_map(move |row| (0..columns).map(move |column| Cell::new(row, column)))
    }

    /// The place of a cell in columns of [rows * columns].
    pub fn index(&self, cell: Cell) -> Option<usize> {
        self.is_inside(cell).then(|| (cell.row * self.columns + cell.column) as usize)
    }
}

impl Cell {
    fn plus(self, offset: Cell) -> Self {
        Self::new(self.row + offset.row, self.column + offset.column)
    }
}

#[cfg(test)]
pub(crate) mod drawn {
    //! Boards drawn as text: `.` free, `#` fixed, a small letter an agent, a large letter a body of all such cells.
    use super::*;

    /// The board and its bodies' letters. Agents come first, by the alphabet, so that moves are given in that order.
    pub fn board(rows: &[&str]) -> (Board, Vec<char>) {
        let mut board = Board::new(rows.len() as u32, rows[0].len() as u32);
        let drawn: Vec<(char, Cell)> = rows
            .iter()
            .enumerate()
            .flat_map(|(r, row)| {
                row.chars().enumerate().map(move |(c, char)| (char, Cell::new(r as i32, c as i32)))
            })
            .filter(|(char, _)| *char != '.')
            .collect();
        let mut letters: Vec<char> = drawn.iter().map(|(char, _)| *char).collect();
        letters.sort_by_key(|c| (!c.is_lowercase(), *c));
        letters.dedup();
        for letter in &letters {
            let cells: Vec<Cell> =
                drawn.iter().filter(|(c, _)| c == letter).map(|(_, cell)| *cell).collect();
            board.place(&cells, None, *letter == '#');
        }
        (board, letters)
    }

    pub fn text(board: &Board, letters: &[char]) -> Vec<String> {
        (0..board.rows())
            .map(|row| {
                (0..board.columns())
                    .map(|column| {
                        board.at(Cell::new(row, column)).map_or('.', |b| letters[b as usize])
                    })
                    .collect()
            })
            .collect()
    }
}
