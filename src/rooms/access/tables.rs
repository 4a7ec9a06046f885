//! Layout tables say so: `role="presentation"` (WCAG 1.3.1), and header cells
//! of data tables say what they head. A data table without a caption or a
//! header row says that it is one: browsers guess, and take most such tables in
//! mail for layout (Chromium announces the seed's table of dates as nothing). `th` alone is no proof of data: 84 % of
//! the tables with one use it for columns of layout.

use super::Plan;
use super::known::KNOWN;
use crate::finding::Why;
use crate::html::{At, El};
use crate::scene::{Level, Scene, TableFacts};
use crate::tag::Tag;
use crate::tape::{NONE, State};

/// A table that is there for the layout, and does not say so.
const LAYOUT: &str = "access.table.layout";
/// A table of data that nothing but its content shows to be one.
const DATA: &str = "access.table.data";
/// A header row whose cells do not say what they head.
const HEADER: &str = "access.table.header";

pub(super) fn visit(tag: &mut Tag<'_>, scene: &Scene<'_>, _: &Plan) {
    match tag.el() {
        El::Table => table(tag, scene),
        El::Th if scene.level == Level::Clean => header(tag, scene),
        _ => {}
    }
}

fn table(tag: &mut Tag<'_>, scene: &Scene<'_>) {
    if tag.get(At::Role).is_some_and(|role| !role.trim().is_empty()) {
        return;
    }
    let Some(facts) = scene.table(tag.index()) else { return };
    let Some(reason) = layout(facts) else {
        if facts.complete && !facts.nested && !facts.caption && !facts.header_row {
            tag.set(At::Role, "table", Why::rule(DATA));
        }
        return;
    };
    if tag.set(At::Role, "presentation", Why::rule(LAYOUT).evidence(reason, 0))
        && scene.level == Level::Clean
    {
        // What is no table has no name; axe: aria-prohibited-attr.
        for name in [At::AriaLabel, At::AriaLabelledby] {
            if tag.get(name).is_some() {
                tag.drop_attr(name, Why::rule(LAYOUT).evidence("a name on a layout table", 0));
            }
        }
    }
}

fn header(tag: &mut Tag<'_>, scene: &Scene<'_>) {
    let heads = |facts: &TableFacts| facts.header_row && layout(facts).is_none() && facts.complete;
    if tag.get(At::Scope).is_none()
        && let Some(table) = table_of(tag)
        && super::roles::known_of(tag.tape, table).is_none_or(|role| role == "table")
        && scene.table(table).is_some_and(heads)
    {
        tag.set(At::Scope, "col", Why::rule(HEADER).to("col"));
    }
}

/// The table of a cell.
fn table_of(tag: &Tag<'_>) -> Option<u32> {
    let mut at = tag.tape.nodes[tag.index() as usize].parent;
    while at != NONE {
        let node = tag.tape.nodes.get(at as usize)?;
        match node.el {
            El::Table if node.state == State::Kept => return Some(at),
            El::Tr | El::Tbody | El::Thead | El::Tfoot => at = node.parent,
            _ => return None,
        }
    }
    None
}

/// Why a table is layout, if it is. One whose end is not known counts as data
/// unless a table stands in it.
fn layout(facts: &TableFacts) -> Option<&'static str> {
    if facts.nested {
        return Some("holds a table");
    }
    if !facts.complete {
        return None;
    }
    if facts.rows <= 1 {
        return Some("one row at most");
    }
    if facts.columns <= 1 {
        return Some("one column");
    }
    if facts.caption {
        return None;
    }
    let share = |part: u32| f64::from(part) / f64::from(facts.filled.max(1));
    if f64::from(facts.filled_rows) < KNOWN.table_filled_rows {
        Some("no two rows with two filled cells")
    } else if facts.images > 0 {
        Some("pictures in its cells")
    } else if share(facts.short) < KNOWN.table_short_share {
        Some("long texts in its cells")
    } else if share(facts.linked) > KNOWN.table_linked_share {
        Some("mostly links in its cells")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{found, patched, rinsed};

    const ROWS: &str = "<tr><td>Item</td><td>Price</td></tr><tr><td>Tea</td><td>3.00</td></tr>";

    fn is_layout(table: &str) -> bool {
        rinsed(table).starts_with("<table role=\"presentation\">")
    }

    #[test]
    fn layout_tables_say_so() {
        for rows in [
            "",
            "<tr><td>a</td><td>b</td></tr>",
            "<tr><td>a</td></tr><tr><td>b</td></tr>",
            "<tr></tr><tr><td>a</td><td>b</td></tr>",
            "<tr><td>a</td><td>b</td></tr><tr><td>c</td><td><table></table></td></tr>",
            "<tr><td>a</td><td></td></tr><tr><td>c</td><td>\u{a0}</td></tr>",
            "<tr><td>a</td><td>b</td></tr><tr><td><img src=x alt=y></td><td>d</td></tr><tr><td>a</td><td>b</td></tr>",
            "<tr><td><a href=a>One</a></td><td><a href=b>Two</a></td></tr>\
             <tr><td><a href=c>Three</a></td><td><a href=d>Four</a></td></tr>",
            "<tr><th>Left column</th><th>Right column</th></tr>",
        ] {
            assert!(is_layout(&format!("<table>{rows}</table>")), "{rows}");
        }
        assert_eq!(found("<table><tr><td>a</td></tr></table>"), ["access.table.layout"]);
    }

    #[test]
    fn data_tables_stay() {
        let long = "word ".repeat(400);
        for rows in [
            ROWS.to_owned(),
            format!("{ROWS}{ROWS}<tr><td>About</td><td><p>{long}</p></td></tr>"),
            format!("<caption>Prices</caption>{ROWS}"),
        ] {
            assert!(!is_layout(&format!("<table>{rows}</table>")), "{rows}");
        }
    }

    #[test]
    fn data_tables_say_so_where_nothing_else_does() {
        let rows =
            "<tr><td>Open:</td><td>28 January</td></tr><tr><td>Close:</td><td>8 April</td></tr>";
        let said =
            |inner: &str| rinsed(&format!("<table>{inner}</table>")).contains("role=\"table\"");
        assert!(said(rows));
        assert_eq!(found(&format!("<table>{rows}</table>")), ["access.table.data"]);
        assert!(!said(&format!("<caption>Dates</caption>{rows}")));
        assert!(!said(&format!("<tr><th>What</th><th>When</th></tr>{rows}")));
        // Without its end nothing is sure.
        assert!(!rinsed(&format!("<table>{rows}")).contains("role=\"presentation\""));
    }

    #[test]
    fn an_authors_role_stays() {
        let html = "<table role=\"table\"><tbody><tr><td>a</td></tr></tbody></table>";
        assert_eq!(rinsed(html), html);
        assert!(
            rinsed("<table role=\"tabel\"><tr><td>a</td></tr></table>")
                .contains("role=\"presentation\"")
        );
        assert!(
            rinsed("<table role=\"\"><tr><td>a</td></tr></table>")
                .contains("role=\"presentation\"")
        );
    }

    #[test]
    fn a_header_row_heads_its_columns() {
        let rows = "<tr><td>Tea</td><td>3.00</td></tr><tr><td>Milk</td><td>1.00</td></tr>";
        let html = rinsed(&format!("<table><tr><th>Item</th><th>Price</th></tr>{rows}</table>"));
        assert_eq!(html.matches("<th scope=\"col\">").count(), 2, "{html}");
        let html = rinsed(&format!("<table>{rows}<tr><th>Sum</th><td>4.00</td></tr></table>"));
        assert!(!html.contains("scope"), "{html}");
    }

    #[test]
    fn at_patch_too() {
        assert!(
            patched("<table><tr><td>a</td></tr></table>")
                .starts_with("<table role=\"presentation\">")
        );
    }
}
