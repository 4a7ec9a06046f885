//! What is counted of a table while it is open.

use super::{SHORT_CELL, TableFacts};

/// A table whose end has not come.
#[derive(Default)]
pub(super) struct OpenTable {
    pub at: u32,
    pub facts: TableFacts,
    pub cell: Option<Cell>,
    /// Of the row at hand: cells, filled ones, filled `th`.
    cells: u32,
    filled: u32,
    headers: u32,
    first_row_headers: bool,
    first_row_cells: u32,
}

#[derive(Default)]
pub(super) struct Cell {
    pub th: bool,
    pub letters: u32,
    /// Text outside links.
    pub bare: bool,
    pub image: bool,
}

impl OpenTable {
    pub(super) fn new(at: u32) -> Self {
        OpenTable { at, ..OpenTable::default() }
    }

    /// `complete`: its end tag has come.
    pub(super) fn end(mut self, complete: bool) -> TableFacts {
        self.end_row();
        let header_row = self.first_row_headers && self.facts.headers == self.first_row_cells;
        TableFacts { complete, header_row, ..self.facts }
    }

    pub(super) fn end_cell(&mut self) {
        let Some(cell) = self.cell.take() else { return };
        self.cells += 1;
        self.facts.headers += u32::from(cell.th);
        self.facts.images += u32::from(cell.image);
        if cell.letters == 0 {
            return;
        }
        self.filled += 1;
        self.headers += u32::from(cell.th);
        self.facts.filled += 1;
        self.facts.short += u32::from(cell.letters <= SHORT_CELL);
        self.facts.linked += u32::from(!cell.bare);
    }

    pub(super) fn end_row(&mut self) {
        self.end_cell();
        if self.cells > 0 {
            if self.facts.rows == 0 {
                self.first_row_cells = self.cells;
                self.first_row_headers = self.cells >= 2 && self.headers == self.cells;
            }
            self.facts.rows += 1;
            self.facts.columns = self.facts.columns.max(self.cells);
            self.facts.filled_rows += u32::from(self.filled >= 2);
        }
        (self.cells, self.filled, self.headers) = (0, 0, 0);
    }
}
